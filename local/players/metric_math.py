"""CloudWatch metric math over aligned series, as far as alarms here use it; nothing is ever handed to `eval`.

A series is a tuple of datapoints, oldest first, one a period, None where there is none; every series of an expression
has the same length. Known: numbers, ids of other queries, + - * / and unary minus, brackets, and the functions below.
"""

import ast
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence

Series = tuple[float | None, ...]
Value = float | Series | list[Series]

OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": sum,
    "AVG": statistics.fmean,
}
"""Of a list of series: one series, period by period. Of one series: one number."""
LONGEST_EXPRESSION = 1024
"""CloudWatch's own limit, in characters."""


class MetricMathError(ValueError):
    """The expression is not one that CloudWatch or this evaluator knows; says which part."""


def evaluate(expression: str, series: Mapping[str, Series], periods: int) -> Series:
    """Work out `expression` over `series` (id -> datapoints, each `periods` long).

    A number stands for itself in every period, so an expression without series answers a constant one.
    """
    answer = _value(_parse(expression), series)
    if isinstance(answer, list):
        raise MetricMathError(f"the expression {expression!r} answers several series; an alarm watches one")
    return answer if isinstance(answer, tuple) else (answer,) * periods


def names_in(expression: str) -> set[str]:
    """The ids of other queries that an expression uses."""
    # Ids begin with a lower-case letter; functions and REPEAT are in capitals.
    return {node.id for node in ast.walk(_parse(expression)) if isinstance(node, ast.Name) and node.id[0].islower()}


def _parse(expression: str) -> ast.expr:
    if len(expression) > LONGEST_EXPRESSION:
        raise MetricMathError(f"an expression may have {LONGEST_EXPRESSION} characters at most")
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise MetricMathError(f"cannot read the expression {expression!r}: {error}") from error


def _value(node: ast.expr, series: Mapping[str, Series]) -> Value:
    match node:
        case ast.Constant(value=bool()):
            raise MetricMathError("true and false are not numbers")
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            if name not in series:
                raise MetricMathError(f"no query has the id {name!r}; there are {', '.join(sorted(series)) or 'none'}")
            return series[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _combine(operator.sub, 0.0, _single(operand, series))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _combine(OPERATORS[type(op)], _single(left, series), _single(right, series))
        case ast.List(elts=elements):
            return [_as_series(element, series) for element in elements]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, arguments, series)
        case _:
            raise MetricMathError(f"{ast.unparse(node)!r} is not among the metric math that is known here")


def _single(node: ast.expr, series: Mapping[str, Series]) -> float | Series:
    value = _value(node, series)
    if isinstance(value, list):
        raise MetricMathError(f"{ast.unparse(node)!r} is several series where one is wanted")
    return value


def _as_series(node: ast.expr, series: Mapping[str, Series]) -> Series:
    value = _value(node, series)
    if not isinstance(value, tuple):
        raise MetricMathError(f"{ast.unparse(node)!r} is not a series")
    return value


def _call(name: str, arguments: Sequence[ast.expr], series: Mapping[str, Series]) -> Value:
    if name in AGGREGATES and len(arguments) == 1:
        return _aggregate(AGGREGATES[name], _value(arguments[0], series))
    if name == "FILL" and len(arguments) == 2:  # noqa: PLR2004 - what and with what
        return _fill(_as_series(arguments[0], series), arguments[1])
    raise MetricMathError(f"the function {name} with {len(arguments)} arguments is not known here")


def _aggregate(function: Callable[[Sequence[float]], float], value: Value) -> Value:
    if isinstance(value, list):
        columns = [[point for point in column if point is not None] for column in zip(*value, strict=True)]
        return tuple(function(column) if column else None for column in columns)
    if isinstance(value, tuple):
        present = [point for point in value if point is not None]
        return function(present) if present else tuple(None for _ in value)
    return value


def _fill(points: Series, filler: ast.expr) -> Series:
    match filler:
        case ast.Name(id="REPEAT"):
            filled: list[float | None] = []
            for point in points:
                filled.append(point if point is not None or not filled else filled[-1])
            return tuple(filled)
        case ast.Constant(value=int() | float() as number):
            return tuple(float(number) if point is None else point for point in points)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return tuple(-float(number) if point is None else point for point in points)
        case _:
            raise MetricMathError(f"FILL takes a number or REPEAT, not {ast.unparse(filler)!r}")


def _combine(function: Callable[[float, float], float], left: float | Series, right: float | Series) -> float | Series:
    if isinstance(left, tuple):
        others = right if isinstance(right, tuple) else (right,) * len(left)
        return tuple(_apply(function, a, b) for a, b in zip(left, others, strict=True))
    if isinstance(right, tuple):
        return tuple(_apply(function, left, b) for b in right)
    answer = _apply(function, left, right)
    if answer is None:
        raise MetricMathError("division by zero")
    return answer


def _apply(function: Callable[[float, float], float], left: float | None, right: float | None) -> float | None:
    """Combine two datapoints; a missing one, or a division by zero, leaves none."""
    if left is None or right is None:
        return None
    try:
        return function(left, right)
    except ZeroDivisionError:
        return None
