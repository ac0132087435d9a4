"""More clips of HEVC than one graph takes are joined as they are."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.worker.render.splice.conftest import HEIGHT, WIDTH, numbers
from tests.worker.render.splice.test_splicer import assert_plays
from tests.worker.render.studio import Studio, spec_of
from worker.render.ffmpeg import executable
from worker.render.limits import Limits
from worker.render.splice.alike import write_list
from worker.render.splice.strip import SpliceError


def test_segments_of_hevc_are_joined_frame_by_frame(studio: Studio, counted: Path, caplog: pytest.LogCaptureFixture):
    clips = [{"source": "c", "trim": {"start": 0.4 * at, "end": 0.4 * at + 0.4}} for at in range(6)]
    spec = spec_of(*clips, width=WIDTH, height=HEIGHT, codec="hevc", poster={"at": 1.0})

    shown = studio.render(spec, {"c": counted}, limits=Limits(max_inputs=2))

    video = shown.result.video
    assert list(numbers(shown.frames)) == list(range(60))
    assert len(shown.sound) == pytest.approx(2.4 * 48000, abs=1024)
    assert not caplog.records
    assert_plays(shown)
    argv = (executable(), "-hide_banner", "-i", str(video), "-map", "0:v", "-c", "copy", "-f", "framecrc", "-")
    ended = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=30)
    assert re.search(r"Video: hevc .*\(hvc1 / ", ended.stderr)
    packets = [line.split(",") for line in ended.stdout.splitlines() if line.startswith("0,")]
    times = sorted(int(packet[2]) for packet in packets)
    assert [time - times[0] for time in times] == [frame * (times[1] - times[0]) for frame in range(60)]
    assert sorted(path.name for path in video.parent.iterdir() if path.name != "source-0") == [
        "ffmpeg.log",
        "poster.jpg",
        "video.mp4",
    ]


def test_a_segment_of_a_few_frames_is_not_joined(studio: Studio, counted: Path, caplog: pytest.LogCaptureFixture):
    clips = [{"source": "c", "trim": {"start": at, "end": at + 0.4}} for at in (0.0, 0.4)]
    spec = spec_of(*clips, {"color": "#ffffff", "duration": 0.04}, width=WIDTH, height=HEIGHT, codec="hevc")

    shown = studio.render(spec, {"c": counted}, limits=Limits(max_inputs=2))

    assert list(numbers(shown.frames))[:20] == list(range(20))
    assert [record.__dict__["cause"] for record in caplog.records] == ["a segment is too short"]


def test_segments_of_other_parameter_sets_are_not_joined(tmp_path: Path):
    files = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for file, record in zip(files, (b"one", b"two"), strict=True):
        file.write_bytes(b"....\0\0\0\x0bhvcC" + record)

    with pytest.raises(SpliceError, match="other parameter sets"):
        write_list(tmp_path, files)


def test_what_has_no_record_is_not_joined(tmp_path: Path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"no record")

    with pytest.raises(SpliceError, match="no decoder's record"):
        write_list(tmp_path, [file])
