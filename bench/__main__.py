"""`python -m bench`: three jobs, raced by the worker, by FFmpeg in several ways and by MoviePy, in one run.

It prints a table a job in Markdown. The rounds are interleaved, so that a machine that others load slows all alike;
contenders far behind run in the first round only.
"""

import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bench import footage
from bench.contenders import Track, contenders
from bench.processes import timed
from bench.quality import vmaf
from bench.race import Race, races
from bench.score import Score
from bench.table import LIMIT, OURS, table
from bench.worker_stand import WorkerStand, worker_stand
from jobs.notification import Times

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / ".local" / "bench"
"""Where the sources are kept from run to run."""

Seconds = Annotated[float, typer.Option(min=1, max=60, help="How long each job's video is.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often the worker and the limit run; the table has medians.")]
Only = Annotated[list[str] | None, typer.Option(help="Race this job alone: reel, concat or trim; may be repeated.")]
Peers = Annotated[bool, typer.Option(help="Race the others too, not only the worker and the limit.")]
Python = Annotated[Path, typer.Option(help="The interpreter that has MoviePy.")]


def main(
    seconds: Seconds = 20.0,
    rounds: Rounds = 3,
    only: Only = None,
    *,
    peers: Peers = True,
    moviepy_python: Python = REPOSITORY / ".venv-bench" / "bin" / "python",
) -> None:
    """Race, and print the tables."""
    chosen = [race for race in races(seconds) if only is None or race.name in only]
    if not chosen:
        raise typer.BadParameter(f"there is no {', '.join(only or [])}; there are reel, concat and trim")
    threads = os.cpu_count() or 1
    kept = FOLDER / f"{seconds:g}s"
    kept.mkdir(parents=True, exist_ok=True)
    sources = footage.sources(kept, seconds)
    typer.echo(f"{datetime.now(UTC):%Y-%m-%d}, {threads} processors, {platform.machine()}, {_processor()}")
    with tempfile.TemporaryDirectory(prefix="warm-pool-bench-") as name:
        folder = Path(name)
        for path in sources.values():
            (folder / path.name).symlink_to(path)
        with worker_stand(sources, folder, threads) as stand:
            for race in chosen:
                track = Track(folder, footage.fonts(folder, race.words), threads)
                typer.echo("\n" + table(race, _race(race, track, stand, rounds, moviepy_python if peers else None)))
    typer.echo(
        f"\nThe machine's load (1, 5, 15 minutes) at the end: {', '.join(f'{one:.1f}' for one in os.getloadavg())}"
    )


def _race(race: Race, track: Track, stand: WorkerStand, rounds: int, moviepy_python: Path | None) -> dict[str, Score]:
    """The scores of one race, the limit's and the worker's first."""
    others = contenders(race, moviepy_python or Path())
    if moviepy_python is None:
        others = {LIMIT: others[LIMIT]}
    scores = {name: Score() for name in (LIMIT, OURS, *others)}
    stand.warm_up(race)
    for number in range(rounds):
        # Who runs first in a round changes, since the first one's files warm the disk's cache for the other.
        pair = (LIMIT, OURS) if number % 2 == 0 else (OURS, LIMIT)
        for name in (*pair, *(others if number == 0 else ())):
            if name == OURS:
                _run_ours(race, track, stand, scores[OURS], number)
            elif number not in scores[name].runs:
                output = f"{race.name}.mp4"
                scores[name].runs[number] = timed(lambda make=others[name], output=output: make(race, track, output))
                _look(race, track, output, scores[name], with_vmaf=name == LIMIT and number == rounds - 1)
    return scores


def _run_ours(race: Race, track: Track, stand: WorkerStand, score: Score, number: int) -> None:
    job_id = stand.send(race)
    score.runs[number] = timed(stand.work)
    record = stand.record(job_id)
    assert record.times is not None
    score.note = _stages(record.times)
    output = f"{race.name}-ours.mp4"
    stand.fetch(record, track.folder / output)
    _look(race, track, output, score, with_vmaf=score.vmaf is None)


def _look(race: Race, track: Track, output: str, score: Score, *, with_vmaf: bool) -> None:
    score.size_bytes = (track.folder / output).stat().st_size
    if with_vmaf:
        score.vmaf = vmaf(race, track, output)


def _stages(times: Times) -> str:
    return (
        f"The worker's last run by its record: download {times.download_seconds:.2f} s, "
        f"render {times.render_seconds:.2f} s, upload {times.upload_seconds:.2f} s."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "processor unknown")


if __name__ == "__main__":
    typer.run(main)
