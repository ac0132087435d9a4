import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.players.metric_math import MetricMathError, Series, evaluate, names_in

SERIES: dict[str, Series] = {"m1": (1.0, None, 3.0), "m2": (10.0, 20.0, None), "none": (None, None, None)}


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "m1.__class__",
        "[m1 for m1 in m2]",
        "m1 if m2 else 0",
        "lambda: 0",
        "m1 ** 99",
        "'text'",
        "True",
        "max(m1)",
        "FILL(m1)",
        "FILL(m1, m2)",
        "FILL(3, 0)",
        "METRICS()",
        "[m1, m2]",
        "MAX([m1, 3])",
        "[m1, m2] + 1",
        "1 / 0",
        "m1 +",
        "m1\x00",
        "",
        "1+" * 600 + "1",
    ],
)
def test_what_is_not_known_metric_math_is_refused_and_never_run(expression: str):
    with pytest.raises(MetricMathError):
        evaluate(expression, SERIES, 3)


def test_an_unknown_id_is_named():
    with pytest.raises(MetricMathError, match="no query has the id 'm9'; there are m1, m2, none"):
        evaluate("m1 + m9", SERIES, 3)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m1 + m2", (11.0, None, None)),
        ("m1 - 1", (0.0, None, 2.0)),
        ("-m1 * 2", (-2.0, None, -6.0)),
        ("(m1 + 1) / 2", (1.0, None, 2.0)),
        ("m1 / (m1 - 1)", (None, None, 1.5)),
        ("FILL(m1, 0) + FILL(m2, 0)", (11.0, 20.0, 3.0)),
        ("FILL(m1, -1)", (1.0, -1.0, 3.0)),
        ("FILL(m1, REPEAT)", (1.0, 1.0, 3.0)),
        ("FILL(none, 0)", (0.0, 0.0, 0.0)),
        ("MAX([m1, m2])", (10.0, 20.0, 3.0)),
        ("MIN([m1, m2, none])", (1.0, 20.0, 3.0)),
        ("SUM([m1, m2])", (11.0, 20.0, 3.0)),
        ("AVG([m1, m2])", (5.5, 20.0, 3.0)),
        ("MAX(m2)", (20.0, 20.0, 20.0)),
        ("m1 / MAX(none)", (None, None, None)),
        ("100 * 2", (200.0, 200.0, 200.0)),
        (" m1 ", (1.0, None, 3.0)),
    ],
)
def test_an_expression_is_worked_out_period_by_period(expression: str, expected: Series):
    assert evaluate(expression, SERIES, 3) == expected


def test_the_ids_that_an_expression_uses_are_told_from_its_functions():
    assert names_in("MAX([m1, FILL(m2, REPEAT)]) + e1") == {"m1", "m2", "e1"}


@given(st.text(alphabet="m12+-*/()[], .FILMAX", max_size=30))
def test_any_text_is_either_worked_out_or_refused(text: str):
    try:
        answer = evaluate(text, SERIES, 3)
    except MetricMathError:
        return
    assert len(answer) == 3
