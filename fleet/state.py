"""What the warmkeeper remembers from one look to the next."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from fleet.command import Command
from fleet.level import Level


@dataclass(frozen=True, slots=True)
class Breaker:
    """Whether the fleet gets anywhere. Times are seconds of the epoch.

    `fruitless_since`: when the unbroken spell of readings began in which no work got done; `sound_since`: the same for
    readings in which the workers were whole; `least_load`: the fewest jobs seen since either spell or the trip began;
    `most_running`: the most workers seen since the first of them began; `tripped_at`: when the fleet was cut down to
    one task, None while it was not.
    """

    fruitless_since: float | None = None
    sound_since: float | None = None
    least_load: int = 0
    most_running: int = 0
    tripped_at: float | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """How many workers were needed lately. Times are seconds of the epoch.

    `samples`: the points (time, need) at which the need changed within the last minute, oldest first, bounded in
    number; `quick` and `steady`: its averages over about one and ten minutes until `read_at`, when it was `need`;
    `rises`: by how much it rose in about the ten minutes before, all in all.
    """

    samples: tuple[tuple[float, int], ...] = ()
    need: int = 0
    quick: float = 0.0
    steady: float = 0.0
    read_at: float | None = None
    rises: float = 0.0


@dataclass(frozen=True, slots=True)
class FleetState:
    """The memory of the decision. Every field has a default: an empty table is a fleet that was never looked at.

    All times are seconds of the epoch. `desired`, `level` and `kind` are those of the last decision that was carried
    out. `busy_at`: last load or call; `called_at`: last activity or `wake` command that is heeded; `calls_from`:
    activity up to then is not heeded (a `sleep` command came after it); `empty_since`, `phantom_since`,
    `waiting_since`: the first of the unbroken row of readings that were empty, that had work in flight but none
    waiting, that had work waiting; `waking_since`: the wake whose first running worker was not seen yet; `command_id`:
    the last command that was taken up; `order`: the hold or sleep that is in force.
    """

    desired: int = 0
    level: Level = Level.ASLEEP
    kind: str = ""
    busy_at: float | None = None
    called_at: float | None = None
    calls_from: float = 0.0
    empty_since: float | None = None
    phantom_since: float | None = None
    waiting_since: float | None = None
    waking_since: float | None = None
    command_id: str = ""
    order: Command | None = None
    breaker: Breaker = field(default_factory=Breaker)
    demand: Demand = field(default_factory=Demand)


_ADAPTER = TypeAdapter(FleetState)


def to_json(state: FleetState) -> str:
    """The state as it is stored."""
    return _ADAPTER.dump_json(state, exclude_defaults=True).decode()


def from_json(document: str) -> FleetState:
    """The state that `to_json` wrote; fields that this version does not know are left out.

    Raises:
        pydantic.ValidationError: the document is no state.
    """
    return _ADAPTER.validate_json(document)
