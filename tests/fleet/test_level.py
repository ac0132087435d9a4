import pytest

from fleet.level import Level, level_of


@pytest.mark.parametrize(
    ("desired", "running", "level"),
    [
        (0, 0, Level.ASLEEP),
        (0, 3, Level.ASLEEP),
        (2, 0, Level.WAKING),
        (2, 1, Level.WARM),
        (1, 1, Level.WARM),
        (3, 1, Level.BURST),
    ],
)
def test_a_fleet_is_asleep_waking_warm_or_bursting(desired: int, running: int, level: Level):
    assert level_of(desired, running, floor=2) is level


def test_levels_rank_from_asleep_to_burst():
    assert [level.rank for level in Level] == [0, 1, 2, 3]
