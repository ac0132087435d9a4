"""How far a render is, from FFmpeg's own lines."""

from hypothesis import given
from hypothesis import strategies as st

from worker.render.progress import Progress, ProgressReader


def read(reader: ProgressReader, block: str, elapsed_seconds: float) -> Progress | None:
    found = None
    for line in block.split():
        found = reader.read(line, elapsed_seconds)
    return found


def test_a_block_ends_with_its_progress_line():
    reader = ProgressReader(total_seconds=10.0)

    assert reader.read("out_time_us=2500000", 1.0) is None
    progress = read(reader, "frame=75 out_time_us=2500000 progress=continue", 5.0)

    assert progress == Progress(fraction=0.25, frames_per_second=15.0, out_seconds=2.5, eta_seconds=15.0)
    assert reader.frames == 75


def test_before_the_first_frame_there_is_no_telling_how_long_it_takes():
    progress = read(ProgressReader(10.0), "frame=0 out_time_us=N/A progress=continue", 0.5)

    assert progress == Progress(0.0, 0.0, 0.0, None)


def test_the_last_line_is_the_whole():
    progress = read(ProgressReader(10.0), "frame=299 out_time_us=9966667 progress=end", 5.0)

    assert progress is not None
    assert (progress.fraction, progress.eta_seconds) == (1.0, 0.0)


@given(st.lists(st.one_of(st.integers(), st.just("N/A")), max_size=20))
def test_progress_never_falls_back_and_never_leaves_its_range(times: list[object]):
    reader = ProgressReader(total_seconds=3.0)

    blocks = [read(reader, f"frame=1 out_time_us={time} progress=continue", 1.0) for time in times]
    fractions = [block.fraction for block in blocks if block]

    assert fractions == sorted(fractions)
    assert all(0 <= fraction <= 1 for fraction in fractions)
