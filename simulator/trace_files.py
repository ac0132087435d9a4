"""Traces read from CSV files: jobs with their times, or counts by interval. The header tells which it is.

- `arrived_at,seconds`: our own; `arrived_at` in ISO 8601 or in seconds.
- `gmt_create,…,exec_time_seconds,…`: jobs of alibaba/clusterdata, cluster-trace-v2026-GenAI, as published.
- `timestamp,value`: counts by interval, as CloudWatch's exports and numenta/NAB have them. Each interval's jobs are
  spread over it at random, and take a log-normal time.
"""

import csv
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from simulator.trace import Trace, trace_of

REST_SECONDS = 600.0
"""What a trace covers beyond its last arrival, so that every policy is seen coming to rest."""

Row = dict[str, str]


class InvalidTrace(ValueError):  # noqa: N818 - what it is, as the terminal says it
    """The file is no trace; the message names the file, the line and what would do."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How what a file does not say is drawn.

    `seed` tells one drawing from another. Counts are multiplied by `count_scale` and are the means of Poisson numbers,
    or with `exact_counts` the numbers themselves; their jobs take log-normal times of `job_seconds` (the median) and
    `job_spread` (of the logarithm). Arrivals that are recorded in whole seconds fall anywhere within them.
    """

    seed: int = 1
    count_scale: float = 1.0
    job_seconds: float = 60.0
    job_spread: float = 0.6
    exact_counts: bool = False

    @property
    def chance(self) -> random.Random:
        """The source of this drawing."""
        return random.Random(self.seed)  # noqa: S311 - must be the same again for a seed


def read_trace(path: Path, drawing: Drawing | None = None) -> Trace:
    """The trace in a file, named after it.

    Raises:
        InvalidTrace: it is none.
        OSError: it cannot be read.
    """
    drawing = drawing or Drawing()
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        header = set(reader.fieldnames or ())
    read = next((reader for columns, reader in _READERS.items() if set(columns) <= header), None)
    if read is None:
        known = "; ".join(",".join(columns) for columns in _READERS)
        raise InvalidTrace(f"{path}: its header is {','.join(sorted(header)) or 'empty'}; a trace has {known}")
    if not rows:
        raise InvalidTrace(f"{path}: there are no rows below the header")
    try:
        return read(path.stem, rows, drawing)
    except _LineError as error:
        raise InvalidTrace(f"{path}, {error}") from None
    except ValueError as error:
        raise InvalidTrace(f"{path}: {error}") from None


def write_trace(trace: Trace, path: Path) -> None:
    """Write a trace in our own form."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("arrived_at", "seconds"))
        for arrival, service in zip(trace.arrivals, trace.services, strict=True):
            stamp = datetime.fromtimestamp(trace.began_at + arrival, UTC)
            writer.writerow((stamp.isoformat(timespec="milliseconds"), f"{service:.2f}"))


def spread_counts(name: str, counts: Sequence[tuple[float, float, float]], drawing: Drawing) -> Trace:
    """A trace of counts (start in seconds of the epoch, length in seconds, jobs on average in it).

    Raises:
        ValueError: no job comes of them.
    """
    chance = drawing.chance
    began_at = counts[0][0]
    jobs: list[tuple[float, float]] = []
    for start, seconds, count in counts:
        mean = count * drawing.count_scale
        for _ in range(round(mean) if drawing.exact_counts else _poisson(chance, mean)):
            arrival = start - began_at + chance.uniform(0.0, seconds)
            jobs.append((arrival, drawing.job_seconds * chance.lognormvariate(0.0, drawing.job_spread)))
    last_start, last_seconds, _ = counts[-1]
    return trace_of(name, jobs, began_at=began_at, length_seconds=last_start + last_seconds - began_at + REST_SECONDS)


class _LineError(Exception):
    """What is wrong on which line."""


def _our_own(name: str, rows: Sequence[Row], drawing: Drawing) -> Trace:
    return _jobs(name, rows, "arrived_at", "seconds", drawing)


def _image_jobs(name: str, rows: Sequence[Row], drawing: Drawing) -> Trace:
    return _jobs(name, rows, "gmt_create", "exec_time_seconds", drawing)


def _jobs(name: str, rows: Sequence[Row], arrival: str, service: str, drawing: Drawing) -> Trace:
    chance = drawing.chance
    # Some jobs failed, or were still at work: they took no time on record, but a worker all the same.
    jobs = [
        (_moment(at), _number(seconds, nothing=1.0))
        for at, seconds in zip(_cells(rows, arrival), _cells(rows, service), strict=True)
    ]
    if all(at == int(at) for at, _ in jobs):
        jobs = [(at + chance.random(), seconds) for at, seconds in jobs]
    began_at = math.floor(min(at for at, _ in jobs))
    return trace_of(
        name,
        ((at - began_at, seconds) for at, seconds in jobs),
        began_at=began_at,
        length_seconds=max(at for at, _ in jobs) - began_at + REST_SECONDS,
    )


def _counts(name: str, rows: Sequence[Row], drawing: Drawing) -> Trace:
    starts = [_moment(cell) for cell in _cells(rows, "timestamp")]
    values = [_number(cell) for cell in _cells(rows, "value")]
    gaps = sorted(later - earlier for earlier, later in pairwise(starts))
    if not gaps or gaps[0] <= 0:
        raise ValueError("its timestamps do not ascend, so the intervals are not known")
    seconds = gaps[len(gaps) // 2]
    return spread_counts(name, [(start, seconds, value) for start, value in zip(starts, values, strict=True)], drawing)


_Reader = Callable[[str, Sequence[Row], Drawing], Trace]
_READERS: dict[tuple[str, str], _Reader] = {
    ("arrived_at", "seconds"): _our_own,
    ("gmt_create", "exec_time_seconds"): _image_jobs,
    ("timestamp", "value"): _counts,
}


@dataclass(frozen=True, slots=True)
class _Cell:
    line: int
    column: str
    text: str

    def wrong(self, remedy: str) -> _LineError:
        return _LineError(f"line {self.line}: {self.column} is {self.text!r}; {remedy}")


def _cells(rows: Sequence[Row], column: str) -> Iterable[_Cell]:
    # The header is line 1.
    return (_Cell(line, column, row[column] or "") for line, row in enumerate(rows, start=2))


def _moment(cell: _Cell) -> float:
    try:
        return float(cell.text)
    except ValueError:
        pass
    try:
        stamp = datetime.fromisoformat(cell.text)
    except ValueError:
        raise cell.wrong("a time is ISO 8601 or seconds") from None
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def _number(cell: _Cell, *, nothing: float | None = None) -> float:
    if not cell.text and nothing is not None:
        return nothing
    try:
        number = float(cell.text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise cell.wrong("it must be a number of 0 or more")
    return number


def _poisson(chance: random.Random, mean: float) -> int:
    """A Poisson number, by the times between events: exact, and quick enough for counts of some hundreds."""
    number, elapsed = 0, chance.expovariate(1.0) if mean > 0 else math.inf
    while elapsed < mean:
        number += 1
        elapsed += chance.expovariate(1.0)
    return number
