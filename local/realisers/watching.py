"""CloudWatch: log groups and metric alarms."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from collections.abc import Mapping, Sequence
from typing import Any

from local.realisers.drift import drifted
from local.realisers.inputs import Reader, fit
from local.realisers.realiser import Name, Properties, Realiser, if_there, pairs


class LogGroup(Realiser):
    """A log group. Its id is its name."""

    pulumi_type = "aws:cloudwatch/logGroup:LogGroup"
    service = "logs"
    name = Name("name", 512)
    replaced_by = frozenset({"name", "logGroupClass"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            days = given.take("retentionInDays", 0)
            identity = self.fixed(given, "CreateLogGroup", {"name": "logGroupName"})
        self.aws.create_log_group(**identity)
        self._retain(identity["logGroupName"], days)
        return identity["logGroupName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        group = self._find(resource_id)
        return {"arn": group["arn"].removesuffix(":*")} if group else None

    def drift(self, resource_id: str, known: Properties) -> Properties:
        """Of how long lines are kept; a group that keeps them for ever says nothing of it."""
        live = {"retentionInDays": 0, **(self._find(resource_id) or {})}
        return drifted(known, {"retentionInDays": "retentionInDays"}, live)

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            days = given.take("retentionInDays", 0)
            self.fixed(given, "CreateLogGroup", {"name": "logGroupName"})
        self._retain(resource_id, days)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_log_group, logGroupName=resource_id)

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(resourceArn=known["arn"], tags=dict(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(resourceArn=known["arn"], tagKeys=list(keys))

    def _find(self, name: str) -> dict[str, Any] | None:
        groups = self.aws.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        return next((group for group in groups if group["logGroupName"] == name), None)

    def _retain(self, group: str, days: int) -> None:
        if days:
            self.aws.put_retention_policy(logGroupName=group, retentionInDays=days)
        else:
            if_there(self.aws.delete_retention_policy, logGroupName=group)


COMPARED = {
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "datapointsToAlarm": "DatapointsToAlarm",
    "evaluationPeriods": "EvaluationPeriods",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "treatMissingData": "TreatMissingData",
}
"""An alarm's inputs whose drift is seen: all but its dimensions and its metric queries."""


class MetricAlarm(Realiser):
    """A new alarm knows nothing yet (moto says OK), and one that is put again keeps its state, as on AWS."""

    pulumi_type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    service = "cloudwatch"
    name = Name("name", 255)
    replaced_by = frozenset({"name"})
    taggable = True

    def create(self, inputs: Properties) -> str:
        request = self._request(inputs)
        self.aws.put_metric_alarm(**request)
        self.aws.set_alarm_state(
            AlarmName=request["AlarmName"],
            StateValue="INSUFFICIENT_DATA",
            StateReason="Unchecked: Initial alarm creation",
        )
        return request["AlarmName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = self._find(resource_id)
        return {"arn": found["AlarmArn"]} if found else None

    def drift(self, resource_id: str, known: Properties) -> Properties:
        return drifted(known, COMPARED, self._find(resource_id) or {})

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        before = self._find(resource_id) or {}
        self.aws.put_metric_alarm(**self._request(inputs))
        self.aws.set_alarm_state(
            AlarmName=resource_id,
            StateValue=before.get("StateValue", "INSUFFICIENT_DATA"),
            StateReason=before.get("StateReason", ""),
            StateReasonData=before.get("StateReasonData", "{}"),
        )

    def delete(self, resource_id: str, known: Properties) -> None:
        self.aws.delete_alarms(AlarmNames=[resource_id])

    def tag(self, known: Properties, tags: Mapping[str, str]) -> None:
        self.aws.tag_resource(ResourceARN=known["arn"], Tags=pairs(tags))

    def untag(self, known: Properties, keys: Sequence[str]) -> None:
        self.aws.untag_resource(ResourceARN=known["arn"], TagKeys=list(keys))

    def _find(self, alarm: str) -> dict[str, Any] | None:
        return next(iter(self.aws.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]), None)

    def _request(self, inputs: Properties) -> dict[str, Any]:
        with self.reading(inputs) as given:
            metrics = [self._metric(query) for query in given.parts("metricQueries")]
            dimensions = pairs(given.take("dimensions", {}), "Name")
            request = given.fit(
                self.request("PutMetricAlarm"),
                {"name": "AlarmName", "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile"},
            )
        if metrics:
            request["Metrics"] = metrics
        return {**request, "Dimensions": dimensions} if dimensions else request

    def _metric(self, query: Reader) -> dict[str, Any]:
        """A metric query; Pulumi has the statistic's parts and the metric's in one object, CloudWatch in two."""
        metric = query.part("metric").take_all("namespace", "metricName", "dimensions", "period", "stat", "unit")
        rest = query.take_all("id", "expression", "label", "returnData", "period", "accountId")
        if metric:
            identity = {name: metric.pop(name) for name in ("namespace", "metricName") if name in metric}
            identity["dimensions"] = pairs(metric.pop("dimensions", {}), "Name")
            rest["metricStat"] = {"metric": identity, **metric}
        fitted = fit(self.request("PutMetricAlarm"), {"metrics": [rest]}, where=self.pulumi_type, renames={})
        return {"ReturnData": False, **fitted["Metrics"][0]}
