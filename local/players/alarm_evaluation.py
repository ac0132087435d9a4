"""What state an alarm is in, given its datapoints: a function of its arguments, as CloudWatch documents it.

The rules, with the tables of examples that the tests repeat, are those of CloudWatch's user guide, "Configuring how
CloudWatch alarms treat missing data" and "Evaluating an alarm".
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
MissingData = Literal["missing", "ignore", "breaching", "notBreaching"]

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
"""Every comparison of a static threshold; the others are of anomaly detection bands."""

SPARE_PERIODS = 2
"""How many periods beyond the evaluation periods are looked at (the guide's example: 5 datapoints for 3 periods)."""


@dataclass(frozen=True)
class Rule:
    """What makes an alarm ring: `datapoints_to_alarm` (M) breaching ones of the last `evaluation_periods` (N)."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: MissingData = "missing"

    @property
    def range_periods(self) -> int:
        """How many periods an evaluation looks back over."""
        return self.evaluation_periods + SPARE_PERIODS

    def breaches(self, value: float) -> bool:
        """Whether one datapoint is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


@dataclass(frozen=True)
class Verdict:
    """The state that follows, and the datapoints that it follows from (oldest first; None: missing)."""

    state: State
    reason: str
    evaluated: tuple[float | None, ...]


def evaluate(datapoints: Sequence[float | None], rule: Rule, current: State) -> Verdict:
    """Answer the state after an evaluation of `datapoints` (one a period of the range, oldest first, None: missing)."""
    window = tuple(datapoints[-rule.range_periods :])
    real = [value for value in window if value is not None]
    if len(real) >= rule.evaluation_periods:
        return _verdict_of_real(real[-rule.evaluation_periods :], rule)
    fills = rule.evaluation_periods - len(real)
    breaching = sum(rule.breaches(value) for value in real)
    if rule.treat_missing_data == "breaching":
        state: State = "ALARM" if breaching + fills >= rule.datapoints_to_alarm else "OK"
    elif rule.treat_missing_data == "notBreaching" or breaching >= rule.datapoints_to_alarm:
        state = "ALARM" if breaching >= rule.datapoints_to_alarm else "OK"
    elif not real:
        state = "INSUFFICIENT_DATA" if rule.treat_missing_data == "missing" else current
    elif breaching < len(real):
        state = "OK"
    elif rule.treat_missing_data == "missing" and _is_lasting_breach(window, rule):
        state = "ALARM"
    else:
        state = current
    return Verdict(state, _reason_of_missing(state, real, fills, rule), window[-rule.evaluation_periods :])


def _verdict_of_real(latest: Sequence[float], rule: Rule) -> Verdict:
    breaching = sum(rule.breaches(value) for value in latest)
    state: State = "ALARM" if breaching >= rule.datapoints_to_alarm else "OK"
    counted = breaching if state == "ALARM" else len(latest) - breaching
    was = "was" if counted == 1 else "were"
    negation = "" if state == "ALARM" else "not "
    reason = (
        f"Threshold Crossed: {counted} out of the last {rule.evaluation_periods} datapoints {list(latest)} {was} "
        f"{negation}{_in_words(rule.comparison)} the threshold ({rule.threshold}) "
        f"(minimum {rule.datapoints_to_alarm} for ALARM)."
    )
    return Verdict(state, reason, tuple(latest))


def _is_lasting_breach(window: Sequence[float | None], rule: Rule) -> bool:
    """Whether the oldest breaching datapoint of the evaluation periods is at least as old as M, all since too or gone.

    CloudWatch's guard against ringing early over data that is only late.
    """
    periods = window[-rule.evaluation_periods :]
    oldest = next((index for index, value in enumerate(periods) if value is not None), len(periods))
    return len(periods) - oldest >= rule.datapoints_to_alarm


def _reason_of_missing(state: State, real: Sequence[float], fills: int, rule: Rule) -> str:
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {fills} datapoints were unknown."
    treatment = "maintained" if state != "ALARM" and rule.treat_missing_data == "ignore" else rule.treat_missing_data
    return (
        f"Threshold Crossed: {len(real)} datapoints {list(real)} and {fills} missing ones treated as [{treatment}], "
        f"{_in_words(rule.comparison)} the threshold ({rule.threshold}) being a breach."
    )


def _in_words(comparison: str) -> str:
    return {
        "GreaterThanThreshold": "greater than",
        "GreaterThanOrEqualToThreshold": "greater than or equal to",
        "LessThanThreshold": "less than",
        "LessThanOrEqualToThreshold": "less than or equal to",
    }[comparison]
