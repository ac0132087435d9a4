"""What FFmpeg's last words mean, in words that a job's sender understands."""

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.render.causes import Cause, find_cause

BROKEN = "is truncated or not a video"
OTHER_KIND = "is not a kind of video file that is read here"
TOO_LARGE = "has a larger picture than is allowed"


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("[in#0 @ 0x55] moov atom not found", Cause("source", BROKEN, 0)),
        ("[in#2/mov,mp4 @ 0x5] stream 0, offset 0xeeca: partial file", Cause("source", BROKEN, 2)),
        ("[vist#1:0/h264 @ 0x5] [dec:h264 @ 0x6] Decode error rate 0.67 exceeds", Cause("source", BROKEN, 1)),
        ("[in#0 @ 0x5] Format not on whitelist 'mov'", Cause("source", OTHER_KIND, 0)),
        ("[fc#0 @ 0x5] Stream specifier ':1' matches no streams.", Cause("source", "has no video stream")),
        ("[h264 @ 0x5] Picture size 9x9 exceeds specified max pixel count", Cause("source", TOO_LARGE)),
        ("[out#0/mp4 @ 0x5] Error writing trailer: No space left on device", Cause("machine", "the disk is full")),
        ("x264 [error]: malloc of size 43315443 failed", Cause("machine", "the memory did not suffice")),
        ("av_interleaved_write_frame(): File too large", Cause("output", "the output is larger than is allowed")),
    ],
)
def test_a_line_has_its_cause(line: str, cause: Cause):
    assert find_cause(1, ["some other line", line]) == cause


def test_what_the_machine_lacks_explains_what_looks_like_a_bad_file():
    told = ["[in#0 @ 0x5] Invalid data found when processing input", "Cannot allocate memory"]

    assert find_cause(1, told).kind == "machine"


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGKILL, "machine"), (signal.SIGXCPU, "output"), (signal.SIGXFSZ, "output")]
)
def test_a_signal_has_its_cause(number: signal.Signals, kind: str):
    assert find_cause(-number, []).kind == kind


def test_a_crash_is_told_as_one():
    assert find_cause(-signal.SIGSEGV, []) == Cause("unknown", "FFmpeg was ended by signal 11")


def test_unknown_words_are_told_without_addresses():
    assert find_cause(1, ["[vost#0:0 @ 0x55] [enc @ 0x6] Something odd", ""]) == Cause("unknown", "Something odd")
    assert find_cause(7, []).message == "FFmpeg ended with exit code 7"


@given(st.integers(-64, 255), st.lists(st.text()))
def test_a_cause_is_always_short_and_printable(return_code: int, told: list[str]):
    message = find_cause(return_code, told).message

    assert 0 < len(message) <= 200
    assert "\n" not in message
