import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.names import LongNameError, autoname
from local.realisers.realiser import Name


def test_a_name_that_leaves_no_room_is_an_error() -> None:
    with pytest.raises(LongNameError, match="64"):
        autoname(Name("name", 64), "x" * 57)


def test_aws_lower_case_is_kept_to() -> None:
    assert re.fullmatch(r"media-[0-9a-f]{7}", autoname(Name("bucket", 63, lower_case=True), "Media"))


@given(st.text(alphabet="abcXYZ-09", min_size=1, max_size=56))
def test_a_name_is_within_the_limit_and_new_each_time(logical_name: str) -> None:
    name = Name("name", 64)
    first, second = autoname(name, logical_name), autoname(name, logical_name)
    assert first != second
    assert len(first) <= 64
    assert re.fullmatch(r"[0-9a-f]{7}", first.removeprefix(f"{logical_name}-"))
