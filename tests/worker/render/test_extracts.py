"""The streams that pictures beside the video are made of."""

import subprocess
from pathlib import Path

import pytest

from jobs.spec import parse_spec
from tests.worker.render.studio import spec_of
from worker.render.extracts import extract_chains, extracts_of
from worker.render.ffmpeg import executable
from worker.render.limits import Limits
from worker.render.planning import make_plan


@pytest.mark.parametrize("fps", [1, 25, 59.94])
@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (8, 5)])
def test_no_two_pictures_of_a_file_have_one_time(tmp_path: Path, fps: float, columns: int, rows: int):
    # The encoder refuses a time that it had already, or does not: that depends on which of its threads is first.
    sheet = {"columns": columns, "rows": rows, "width": 32}
    plan = make_plan(
        parse_spec(spec_of({"color": "#FF0000", "duration": 20 / fps}, fps=fps, thumbnails=sheet)), {}, Limits()
    )
    video = f"color=s=160x90:r={plan.fps},trim=end_frame={plan.frames}[video]"
    extracts = extracts_of(plan)
    argv = [executable(), "-nostdin", "-v", "error"]
    argv += ["-filter_complex", ";".join([video, *extract_chains(extracts)]), "-map", "[encoded]", "-f", "null", "-"]
    for number, _ in enumerate(extracts):
        argv += ["-map", f"[picture{number}]", "-fps_mode", "passthrough", "-f", "framecrc", f"{number}.txt"]

    subprocess.run(argv, check=True, cwd=tmp_path, timeout=60)

    for number, extract in enumerate(extracts):
        lines = (tmp_path / f"{number}.txt").read_text().splitlines()
        times = [int(line.split(",")[2]) for line in lines if not line.startswith("#")]
        assert len(times) == extract.pictures
        assert times == sorted(set(times)), lines
