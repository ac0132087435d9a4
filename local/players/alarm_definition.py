"""An alarm as CloudWatch stores it, read into what evaluates it: which metrics, which period, which rule."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from local.players import metric_math
from local.players.alarm_evaluation import COMPARISONS, MissingData, Rule
from local.players.metric_math import Series
from local.players.metrics import Metric

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef, MetricDataQueryOutputTypeDef

STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": statistics.fmean,
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
    "Sum": math.fsum,
}


class UnplayableAlarmError(ValueError):
    """CloudWatch may know what the alarm asks for; the local stack does not. Says what it is."""


@dataclass(frozen=True)
class MetricQuery:
    """One statistic of one metric, a datapoint a period."""

    metric: Metric
    statistic: str
    period_minutes: int

    def datapoint(self, values: Sequence[float]) -> float | None:
        """The statistic of a period's samples; None without any."""
        return STATISTICS[self.statistic](values) if values else None


@dataclass(frozen=True)
class Definition:
    """What an alarm watches, and when it rings."""

    rule: Rule
    queries: Mapping[str, MetricQuery]
    expressions: Mapping[str, str]
    """Metric math by id, in an order in which each needs only queries and expressions before it."""
    watched: str
    """The id of the query or expression whose datapoints are judged."""

    def datapoints(self, values_of: Callable[[MetricQuery, int], Sequence[float]]) -> Series:
        """The datapoints of the evaluation's range, oldest first.

        `values_of(query, age)` answers the samples of the period that ended `age` periods ago.
        """
        periods = self.rule.range_periods
        series: dict[str, Series] = {
            name: tuple(query.datapoint(values_of(query, age)) for age in reversed(range(periods)))
            for name, query in self.queries.items()
        }
        for name, expression in self.expressions.items():
            series[name] = metric_math.evaluate(expression, series, periods)
        return series[self.watched]


def definition_of(alarm: "MetricAlarmTypeDef") -> Definition:
    """Read an alarm of DescribeAlarms. Raises UnplayableAlarmError."""
    queries, expressions, watched = _metrics_of(alarm)
    periods = alarm.get("EvaluationPeriods", 1)
    comparison, missing = alarm.get("ComparisonOperator", ""), alarm.get("TreatMissingData") or "missing"
    if comparison not in COMPARISONS:
        raise UnplayableAlarmError(f"the comparison {comparison!r} is not played")
    if missing not in get_args(MissingData):
        raise UnplayableAlarmError(f"there is no treatment of missing data called {missing!r}")
    rule = Rule(
        comparison=comparison,
        threshold=float(alarm.get("Threshold", 0.0)),
        evaluation_periods=periods,
        datapoints_to_alarm=alarm.get("DatapointsToAlarm") or periods,
        treat_missing_data=cast("MissingData", missing),
    )
    return Definition(rule, queries, _in_order(expressions, known=set(queries)), watched)


def _metrics_of(alarm: "MetricAlarmTypeDef") -> tuple[dict[str, MetricQuery], dict[str, str], str]:
    """The queries and expressions by id, and the id that is watched."""
    stored = alarm.get("Metrics") or []
    if not stored:
        return {"m1": _query(alarm, alarm.get("Statistic") or alarm.get("ExtendedStatistic"), alarm)}, {}, "m1"
    watched = [query["Id"] for query in stored if query.get("ReturnData", True)]
    if len(watched) != 1:
        raise UnplayableAlarmError(f"an alarm watches one query; {len(watched)} have ReturnData")
    expressions = {query["Id"]: query.get("Expression", "") for query in stored if query.get("Expression")}
    queries = {query["Id"]: _stat(query) for query in stored if "MetricStat" in query}
    return queries, expressions, watched[0]


def _stat(query: "MetricDataQueryOutputTypeDef") -> MetricQuery:
    stat = query.get("MetricStat")
    assert stat is not None
    return _query(stat["Metric"], stat["Stat"], stat)


def _query(metric: Mapping[str, Any], statistic: str | None, period: Mapping[str, Any]) -> MetricQuery:
    if statistic not in STATISTICS:
        raise UnplayableAlarmError(f"the statistic {statistic!r} is not played; {', '.join(STATISTICS)} are")
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}
    period_seconds = period["Period"]
    if period_seconds % 60:
        raise UnplayableAlarmError(f"a period of {period_seconds} s is not one of whole minutes")
    named = Metric.of(metric.get("Namespace", ""), metric.get("MetricName", ""), dimensions)
    return MetricQuery(named, statistic, period_seconds // 60)


def _in_order(expressions: Mapping[str, str], *, known: set[str]) -> dict[str, str]:
    """The expressions, each after those whose ids it uses."""
    ordered: dict[str, str] = {}
    waiting = dict(expressions)
    while waiting:
        ready = [name for name, text in waiting.items() if metric_math.names_in(text) <= known | set(ordered)]
        if not ready:
            raise UnplayableAlarmError(f"the expressions {', '.join(waiting)} use ids that are unknown or each other")
        ordered |= {name: waiting.pop(name) for name in ready}
    return ordered
