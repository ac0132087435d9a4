"""What people look at: dashboards, saved queries, and metrics made from log lines."""

# ruff: noqa: ARG002, D102  the base class documents the methods and says what each is given

from typing import Any

from local.realisers.realiser import Name, Properties, Realiser, if_there


class Dashboard(Realiser):
    """Its id is its name. CloudWatch refuses a body that is no JSON."""

    pulumi_type = "aws:cloudwatch/dashboard:Dashboard"
    service = "cloudwatch"
    replaced_by = frozenset({"dashboardName"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = given.fit(self.request("PutDashboard"))
        self.aws.put_dashboard(**request)
        return request["DashboardName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = if_there(self.aws.get_dashboard, DashboardName=resource_id)
        return {"dashboardArn": found["DashboardArn"]} if found else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_dashboards, DashboardNames=[resource_id])


class QueryDefinition(Realiser):
    """A saved query of Logs Insights. Its id is CloudWatch's. Moto has none: see `local/moto_queries.py`."""

    pulumi_type = "aws:cloudwatch/queryDefinition:QueryDefinition"
    service = "logs"
    replaced_by = frozenset()

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = given.fit(self.request("PutQueryDefinition"))
        return self.aws.put_query_definition(**request)["queryDefinitionId"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        found = self.aws.describe_query_definitions(queryDefinitionNamePrefix=known["name"])["queryDefinitions"]
        if not any(query["queryDefinitionId"] == resource_id for query in found):
            return None
        arn = self.place.arn("logs", f"query-definition:{resource_id}")
        return {"queryDefinitionId": resource_id, "arn": arn}

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        with self.reading(inputs) as given:
            request = given.fit(self.request("PutQueryDefinition"))
        self.aws.put_query_definition(queryDefinitionId=resource_id, **request)

    def delete(self, resource_id: str, known: Properties) -> None:
        if_there(self.aws.delete_query_definition, queryDefinitionId=resource_id)


class LogMetricFilter(Realiser):
    """A metric of a log group's lines. Its id is its name, its group's is known."""

    pulumi_type = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    service = "logs"
    name = Name("name", 512)
    replaced_by = frozenset({"name", "logGroupName"})

    def create(self, inputs: Properties) -> str:
        with self.reading(inputs) as given:
            request = given.fit(
                self.request("PutMetricFilter"),
                {
                    "name": "filterName",
                    "pattern": "filterPattern",
                    "metricTransformation": "metricTransformations",
                    "metricTransformation.name": "metricName",
                    "metricTransformation.namespace": "metricNamespace",
                    "metricTransformation.value": "metricValue",
                },
            )
        self.aws.put_metric_filter(**request)
        return request["filterName"]

    def read(self, resource_id: str, known: Properties) -> Properties | None:
        return {} if self._find(resource_id, known) else None

    def update(self, resource_id: str, inputs: Properties, old: Properties) -> None:
        self.create(inputs)

    def delete(self, resource_id: str, known: Properties) -> None:
        if self._find(resource_id, known):
            self.aws.delete_metric_filter(logGroupName=known["logGroupName"], filterName=resource_id)

    def _find(self, name: str, known: Properties) -> dict[str, Any] | None:
        of_group = {"logGroupName": known["logGroupName"], "filterNamePrefix": name}
        filters = (if_there(self.aws.describe_metric_filters, **of_group) or {}).get("metricFilters", [])
        return next((found for found in filters if found["filterName"] == name), None)
