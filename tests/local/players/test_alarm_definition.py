from collections.abc import Sequence
from typing import Any

import pytest

from local.players.alarm_definition import MetricQuery, UnplayableAlarmError, definition_of
from local.players.alarm_evaluation import Rule
from local.players.metric_math import MetricMathError
from local.players.metrics import Metric

PLAIN: dict[str, Any] = {
    "AlarmName": "backlog",
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
    "Dimensions": [{"Name": "QueueName", "Value": "jobs"}],
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 2,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "Metrics": [],
}


def stat(query_id: str, name: str) -> dict[str, Any]:
    metric = {"Namespace": "AWS/SQS", "MetricName": name, "Dimensions": [{"Name": "QueueName", "Value": "jobs"}]}
    return {"Id": query_id, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}


def maths(*queries: dict[str, Any]) -> Any:
    return {**PLAIN, "Metrics": list(queries), "EvaluationPeriods": 1, "TreatMissingData": "breaching"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"ComparisonOperator": "LessThanLowerThreshold"}, "LessThanLowerThreshold"),
        ({"TreatMissingData": "whatever"}, "whatever"),
        ({"Statistic": None, "ExtendedStatistic": "p99"}, "'p99' is not played"),
        ({"Period": 10}, "period of 10 s"),
        ({"Metrics": [stat("m1", "a")]}, "0 have ReturnData"),
        ({"Metrics": [{"Id": "e1", "Expression": "e2", "ReturnData": True}]}, "e1 use ids that are unknown"),
    ],
)
def test_what_cannot_be_played_is_named(change: dict[str, Any], problem: str):
    alarm: Any = {**PLAIN, **change}
    with pytest.raises(UnplayableAlarmError, match=problem):
        definition_of(alarm)


def test_an_expression_that_cannot_be_read_is_refused():
    with pytest.raises(MetricMathError, match="cannot read"):
        definition_of(maths({"Id": "e1", "Expression": "m1 +", "ReturnData": True}))


def test_a_plain_alarm_watches_its_metric():
    alarm: Any = PLAIN
    definition = definition_of(alarm)
    metric = Metric.of("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "jobs"})
    assert definition.queries == {"m1": MetricQuery(metric, "Maximum", 1)}
    assert definition.rule == Rule("GreaterThanOrEqualToThreshold", 1.0, 2, 2, "missing")
    asked: list[int] = []

    def values(_: MetricQuery, age: int) -> Sequence[float]:
        asked.append(age)
        return [] if age == 1 else [1.0, float(age)]

    assert definition.datapoints(values) == (3.0, 2.0, None, 1.0)
    assert asked == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("statistic", "expected"), [("Average", 2.0), ("Sum", 6.0), ("Minimum", 1.0), ("Maximum", 3.0), ("SampleCount", 3)]
)
def test_each_statistic_is_of_the_periods_samples(statistic: str, expected: float):
    assert MetricQuery(Metric.of("N", "n"), statistic, 1).datapoint([3.0, 1.0, 2.0]) == expected


def test_metric_math_builds_on_other_expressions_in_any_order():
    definition = definition_of(
        maths(
            {"Id": "load", "Expression": "both / 2", "ReturnData": True},
            {"Id": "both", "Expression": "FILL(m1, 0) + FILL(m2, 0)", "ReturnData": False},
            stat("m1", "visible"),
            stat("m2", "hidden"),
        )
    )
    values = {"visible": [3.0, 1.0], "hidden": []}
    assert definition.watched == "load"
    assert definition.datapoints(lambda query, _: values[query.metric.name]) == (2.0, 2.0, 2.0)
