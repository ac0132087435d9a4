"""The demo as a person meets it at the terminal. That it plays to its end is what CI's `make demo` shows."""

import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.local.alive import children_of, is_alive, is_listened_to
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.interrupt,
    pytest.mark.timeout(150),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="descendants are found through /proc, as on Linux"),
]


def aws_port_of(pids: list[int]) -> int:
    """The port of the local AWS, out of a child's environment."""
    for pid in pids:
        for entry in (Path("/proc") / str(pid) / "environ").read_bytes().split(b"\0"):
            name, _, value = entry.decode().partition("=")
            if name == "AWS_ENDPOINT_URL":
                return urlsplit(value).port or 0
    return 0


def test_a_demo_that_is_interrupted_half_way_leaves_no_process_and_nothing_listening(tmp_path: Path):
    told = tmp_path / "told.txt"
    argv = [sys.executable, "-m", "local", "demo", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    with told.open("wb") as terminal:
        demo = subprocess.Popen(argv, cwd=ROOT, stdout=terminal, stderr=terminal, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: " runs " in told.read_text(), 90, "a worker that runs")
        started = children_of(demo.pid)
        started += [grandchild for child in started for grandchild in children_of(child)]
        port = aws_port_of(started)
        assert port, "no child was told where AWS is"

        demo.send_signal(signal.SIGINT)

        code = demo.wait(timeout=30)
    finally:
        demo.kill()
    assert code == 130
    assert "everything that was started has ended" in told.read_text()
    wait_until(lambda: not [pid for pid in started if is_alive(pid)], 10, "the end of all that the demo started")
    assert not is_listened_to(port)
