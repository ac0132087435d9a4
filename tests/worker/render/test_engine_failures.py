"""Bad sources, full disks and stops: each ends by its type, with a reason, and leaves no process."""

import os
import threading
import time
from pathlib import Path

import pytest

from jobs.problem import Problem
from jobs.spec import parse_spec
from tests.worker.render.studio import Studio, film, processes_in, spec_of, words
from worker.errors import PermanentError, StoppedError, TransientError
from worker.render.limits import Limits

# Of the long clip, this is more than any machine renders in the fraction of a second that a test needs.
HEAVY = spec_of({"source": "l"}, width=1920, height=1080, fps=60)


def refusal(studio: Studio, source: Path, *, limits: Limits = Limits(), **clip: object) -> Problem:  # noqa: B008 - frozen
    with pytest.raises(PermanentError) as caught:
        studio.render(spec_of({"source": "keys/x.mp4", **clip}), {"keys/x.mp4": source}, limits=limits)
    return caught.value.problem


@pytest.fixture(scope="session")
def truncated(reels: Path, long_clip: Path) -> Path:
    """The first half of a file whose index comes first, as a broken upload leaves it."""
    whole = film(reels / "indexed.mp4", "-i", str(long_clip), "-c", "copy", "-movflags", "+faststart")
    path = reels / "truncated.mp4"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    return path


def test_a_file_that_is_no_video_is_named(studio: Studio, tmp_path: Path):
    path = tmp_path / "x"
    path.write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"no film " * 100)

    problem = refusal(studio, path)

    assert problem.field == "spec.clips[0].source"
    assert problem.message == '"keys/x.mp4" is truncated or not a video'
    assert "upload it again" in problem.remedy
    assert str(tmp_path) not in str(problem)


def test_all_that_ffmpeg_said_of_a_failure_is_in_its_log_and_no_name_of_the_senders(
    studio: Studio, red: Path, truncated: Path
):
    sources = {"sources/secret-name.mp4": red, "sources/other-name.mp4": truncated}
    assert studio.engine().log(studio.folder) is None
    with pytest.raises(PermanentError):
        studio.render(spec_of(*({"source": name} for name in sources)), sources)
    log = studio.engine().log(studio.folder)
    assert log is not None
    said = log.read_text("utf-8")
    assert (
        said.count("$ ffmpeg ") == said.count("(ended with ") == 3
    )  # a look at all, one at the packets of what might be copied, the render
    assert "Input #0, mov,mp4" in said
    assert "source-1" in said
    assert "-filter_complex" in said
    assert "-name.mp4" not in said


def test_an_empty_file_is_named(studio: Studio, tmp_path: Path):
    (tmp_path / "x").touch()

    assert refusal(studio, tmp_path / "x").field == "spec.clips[0].source"


def test_a_file_without_a_picture_is_refused(studio: Studio, red: Path, reels: Path):
    sound = film(reels / "sound.m4a", "-i", str(red), "-vn", "-c:a", "copy")

    assert "has no video stream" in refusal(studio, sound).message


def test_of_two_sources_the_one_that_ends_early_is_named(studio: Studio, red: Path, truncated: Path):
    spec = spec_of({"source": "r"}, {"source": "t", "trim": {"end": 7.0}})

    with pytest.raises(PermanentError) as caught:
        studio.render(spec, {"r": red, "t": truncated})

    assert caught.value.problem.field == "spec.clips[1].source"
    assert "truncated" in caught.value.problem.message


def test_a_trim_beyond_the_end_is_named_with_the_end(studio: Studio, red: Path):
    assert str(refusal(studio, red, trim={"end": 2.0})) == (
        'spec.clips[0].trim.end: is 2 s, but "keys/x.mp4" ends at 1 s; use 1 or less, or leave it out'
    )
    assert refusal(studio, red, trim={"start": 1.0}).field == "spec.clips[0].trim.start"


def test_every_bad_source_is_told_at_once(studio: Studio, tmp_path: Path, red: Path):
    (tmp_path / "x").touch()
    spec = spec_of({"source": "a"}, {"source": "r"}, {"source": "b"})

    with pytest.raises(PermanentError) as caught:
        studio.render(spec, {"a": tmp_path / "x", "r": red, "b": tmp_path / "x"})

    assert [problem.field for problem in caught.value.problems] == ["spec.clips[0].source", "spec.clips[2].source"]


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:{target}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{target}'\n",
    ],
    ids=["hls", "concat"],
)
def test_a_playlist_reads_no_other_file(studio: Studio, tmp_path: Path, red: Path, playlist: str):
    path = tmp_path / "x"
    path.write_text(playlist.format(target=red), "utf-8")

    assert refusal(studio, path).field == "spec.clips[0].source"


def test_a_file_whose_own_texts_pretend_to_be_streams_is_refused(studio: Studio, red: Path, reels: Path):
    key = "x\n  Stream #0:0: Video: h264, yuv420p, 16x16"
    liar = film(
        reels / "liar.mp4", "-i", str(red), "-c", "copy", "-metadata", f"{key}=1", "-movflags", "use_metadata_tags"
    )

    assert "pretend to be streams" in refusal(studio, liar).message


@pytest.mark.parametrize(
    ("limits", "words_of_it"),
    [
        (Limits(max_source_pixels=100), "pixels"),
        (Limits(max_source_seconds=0.5), "seconds"),
        (Limits(max_source_bytes=100), "bytes"),
        (Limits(max_source_fps=10), "frames a second"),
        (Limits(max_source_streams=1), "streams"),
        (Limits(max_output_seconds=0.5), "last 1.0 s together"),
    ],
)
def test_a_source_beyond_a_limit_is_refused_before_it_is_rendered(
    studio: Studio, red: Path, limits: Limits, words_of_it: str
):
    assert words_of_it in refusal(studio, red, limits=limits).message


def test_an_output_that_grows_too_large_is_refused(studio: Studio, long_clip: Path):
    problem = refusal(studio, long_clip, limits=Limits(max_output_bytes=20_000))

    assert problem.field == "spec.output"
    assert "larger" in problem.message


def test_a_render_that_takes_too_long_is_ended(studio: Studio, long_clip: Path):
    with pytest.raises(PermanentError, match=r"more than 0\.2 s"):
        studio.render(HEAVY, {"l": long_clip}, limits=Limits(wall_seconds=0.2))

    assert processes_in(studio.folder) == []


def test_a_render_that_stalls_is_ended_and_may_be_tried_again(studio: Studio, long_clip: Path):
    with pytest.raises(TransientError, match="no progress"):
        studio.render(HEAVY, {"l": long_clip}, limits=Limits(stall_seconds=0.01))

    assert processes_in(studio.folder) == []


def test_too_little_memory_may_be_tried_again(studio: Studio, red: Path):
    limits = Limits(address_space_bytes=200 * 1024**2)

    with pytest.raises(TransientError):
        studio.render(spec_of({"source": "r"}, width=4096, height=4096), {"r": red}, limits=limits)


def test_a_disk_that_refuses_may_be_tried_again(studio: Studio, red: Path, tmp_path: Path):
    studio.folder = tmp_path / "file"
    studio.folder.touch()

    with pytest.raises(TransientError, match="scratch disk"):
        studio.render(spec_of({"source": "r"}), {"r": red})


def test_a_stop_ends_ffmpeg_at_once_and_leaves_no_process(studio: Studio, long_clip: Path):
    stop = threading.Event()
    stopped_at: list[float] = []

    def stop_in_the_middle(_: object) -> None:
        assert processes_in(studio.folder), "FFmpeg runs in the scratch folder"
        if not stop.is_set():
            stopped_at.append(time.monotonic())
            stop.set()

    with pytest.raises(StoppedError):
        studio.engine().render(
            parse_spec(HEAVY), {"l": long_clip}, studio.folder, on_progress=stop_in_the_middle, stop=stop
        )

    assert time.monotonic() - stopped_at[0] < 2
    assert processes_in(studio.folder) == []


def test_what_progress_raises_ends_the_render_and_passes_through(studio: Studio, long_clip: Path):
    def lose_the_lease(_: object) -> None:
        raise ConnectionResetError("lost")

    with pytest.raises(ConnectionResetError):
        studio.engine().render(
            parse_spec(HEAVY), {"l": long_clip}, studio.folder, on_progress=lose_the_lease, stop=threading.Event()
        )

    assert processes_in(studio.folder) == []


def test_a_look_at_a_source_gives_signs_of_life_and_what_they_raise_ends_the_render(studio: Studio, red: Path):
    """A hundred sources may be looked at, each for seconds, and a worker that is silent for minutes is replaced."""
    running: list[str] = []

    def look() -> None:
        running.extend(_command(pid) for pid in processes_in(studio.folder))
        if any("file:source-0" in command for command in running):
            raise ConnectionResetError("lost")

    with pytest.raises(ConnectionResetError):
        studio.engine().render(
            parse_spec(spec_of({"source": "r"})),
            {"r": red},
            studio.folder,
            on_progress=lambda _: None,
            stop=studio.stop,
            alive=look,
        )

    assert processes_in(studio.folder) == []
    assert not any("-filter_complex" in command for command in running), "it ended at the look"


def test_the_thumbnails_of_a_joined_video_give_signs_of_life_and_what_they_raise_ends_the_render(
    studio: Studio, long_clip: Path
):
    running: list[str] = []

    def look() -> None:
        running.extend(_command(pid) for pid in processes_in(studio.folder))
        if any("thumbnails.jpg" in command for command in running):
            raise ConnectionResetError("lost")

    spec = spec_of({"source": "l"}, width=640, height=360, fps=25, thumbnails={})
    with pytest.raises(ConnectionResetError):
        studio.engine().render(
            parse_spec(spec), {"l": long_clip}, studio.folder, on_progress=lambda _: None, stop=studio.stop, alive=look
        )

    assert processes_in(studio.folder) == []


def test_measuring_the_loudness_gives_signs_of_life_and_what_they_raise_ends_the_render(studio: Studio):
    def look() -> None:
        if any("-f null" in _command(pid) for pid in processes_in(studio.folder)):
            raise ConnectionResetError("lost")

    spec = spec_of({"color": "#000000", "duration": 590}, fps=1) | {"sound": {"loudness": {}}}
    with pytest.raises(ConnectionResetError):
        studio.engine().render(
            parse_spec(spec), {}, studio.folder, on_progress=lambda _: None, stop=studio.stop, alive=look
        )

    assert processes_in(studio.folder) == []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except FileNotFoundError:
        return ""


def test_ffmpeg_sees_no_credentials(studio: Studio, long_clip: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up-secret")
    seen: list[bytes] = []

    def look(_: object) -> None:
        seen.extend(Path(f"/proc/{pid}/environ").read_bytes() for pid in processes_in(studio.folder))
        studio.stop.set()

    with pytest.raises(StoppedError):
        studio.engine().render(parse_spec(HEAVY), {"l": long_clip}, studio.folder, on_progress=look, stop=studio.stop)

    assert "AWS_SECRET_ACCESS_KEY" in os.environ
    assert set(seen) == {b"LC_ALL=C\0"}


def test_unknown_fonts_weights_and_too_many_clips_are_told_before_any_download(studio: Studio):
    unknown = words("a") | {"font": {"family": "Robotto", "size": 20}}
    thin = words("b") | {"font": {"family": "Playfair Display", "weight": 100, "size": 20}}
    spec = parse_spec(spec_of(*[{"source": "s"}] * 13, texts=(unknown, thin)))

    with pytest.raises(PermanentError) as caught:
        studio.engine(Limits(max_clips=12)).check(spec)

    assert [str(problem) for problem in caught.value.problems] == [
        "spec.clips: has 13 clips, and one render takes 12; send at most 12 clips a job",
        'spec.tracks[0].text.font.family: "Robotto" is unknown; did you mean "Roboto"?',
        "spec.tracks[1].text.font.weight: is 100, which Playfair Display does not have; use 400 to 900",
    ]


def test_what_exceeds_an_operators_limits_is_told_before_any_download_and_all_of_it(studio: Studio):
    clips = [{"source": "s", "trim": {"end": 4.0}}, {"color": "#000000", "duration": 3.0}]
    spec = spec_of(*clips, texts=(words("12345"), words("67890")), poster={"at": 7.1}) | {
        "sound": {"music": [{"source": "m", "start": 9.0}]}
    }

    with pytest.raises(PermanentError) as caught:
        studio.engine(Limits(max_output_seconds=5, max_output_pixels=14_000, max_clips=1, max_letters=9)).check(
            parse_spec(spec)
        )

    assert [str(problem) for problem in caught.value.problems] == [
        "spec.clips: has 2 clips, and one render takes 1; send at most 1 clips a job",
        "spec.output: is 160x90, 14400 pixels, and a frame may have 14000; make width or height smaller",
        "spec.tracks: have 10 characters in their texts together, more than 9; write less, or send several jobs",
        "spec.clips: last 7.0 s together, more than 5 s; trim them, or send several jobs",
        "spec.sound.music[0].start: is 9 s, but the video ends at 7 s; use less than 7",
        "spec.output.poster.at: is 7.1 s, but the video ends at 7 s; use less than 7",
    ]
    studio.engine(Limits(max_output_seconds=7)).check(parse_spec(spec_of(*clips)))
