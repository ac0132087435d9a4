"""What an hour of a worker costs."""

import pytest

from components.prices import task_usd_per_hour


def test_a_region_without_a_row_is_an_error_not_a_guess():
    with pytest.raises(KeyError):
        task_usd_per_hour("mars-north-1", cpu_units=1024, memory_mib=2048)


def test_two_vcpus_and_four_gigabytes_in_ireland_are_about_72_dollars_a_month():
    hour_usd = task_usd_per_hour("eu-west-1", cpu_units=2048, memory_mib=4096)
    assert hour_usd == pytest.approx(2 * 0.04048 + 4 * 0.004445)
    assert 70 < hour_usd * 730 < 74
