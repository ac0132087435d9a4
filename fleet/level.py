"""How awake the fleet is, in one word."""

from enum import StrEnum


class Level(StrEnum):
    """Asleep costs nothing, waking has no worker yet, warm is the floor, burst is above it."""

    ASLEEP = "asleep"
    WAKING = "waking"
    WARM = "warm"
    BURST = "burst"

    @property
    def rank(self) -> int:
        """The level as a number, for a metric and its graph: 0 asleep, 1 waking, 2 warm, 3 burst."""
        return list(Level).index(self)


def level_of(desired: int, running: int, floor: int) -> Level:
    """The level of a fleet of `desired` tasks of which `running` run."""
    if desired == 0:
        return Level.ASLEEP
    if running == 0:
        return Level.WAKING
    return Level.BURST if desired > floor else Level.WARM
