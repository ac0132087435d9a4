"""Children that never outlive this process, with real ones."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from local import processes
from tests.local.alive import is_alive
from tests.waiting import wait_until

ENVIRONMENT = {"PATH": os.environ["PATH"]}
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
PARENT = """
import subprocess, sys, time
from pathlib import Path
from local import processes
pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
child = processes.start([sys.executable, "-c", sys.argv[1]], env={}, cwd=Path("."), **pipe)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel ties a child to its parent's life")


def begin(tmp_path: Path, script: str) -> tuple[subprocess.Popen[bytes], Path]:
    output = tmp_path / "output"
    with output.open("wb") as file:
        child = processes.start(
            [sys.executable, "-c", script], env=ENVIRONMENT, cwd=tmp_path, stdout=file, stderr=subprocess.STDOUT
        )
    return child, output


def up(output: Path) -> str:
    return wait_until(output.read_text, what="the child's first words")


@only_linux
def test_a_child_dies_with_its_parent_even_by_sigkill(tmp_path: Path):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            PARENT,
            STUBBORN,
        ],
        cwd=Path(processes.__file__).parents[1],
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not is_alive(child), what="the child's end")


def test_a_child_outlives_the_thread_that_asked_for_it(tmp_path: Path):
    begun: list[tuple[subprocess.Popen[bytes], Path]] = []
    thread = threading.Thread(target=lambda: begun.append(begin(tmp_path, STUBBORN)))
    thread.start()
    thread.join()
    child, output = begun[0]
    up(output)
    time.sleep(0.1)  # time enough for a signal that must not come
    assert child.poll() is None
    processes.end(child, 0)


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace_and_not_before(tmp_path: Path):
    child, output = begin(tmp_path, STUBBORN)
    up(output)
    asked_at = time.monotonic()
    assert processes.end(child, 0.3) == -signal.SIGKILL
    assert time.monotonic() - asked_at >= 0.3


def test_ending_kills_what_the_process_left_in_process_groups_of_its_own(tmp_path: Path):
    child, output = begin(
        tmp_path,
        "import subprocess, sys, time\n"
        f"orphan = subprocess.Popen([sys.executable, '-c', {STUBBORN!r}], stdout=subprocess.PIPE, process_group=0)\n"
        "orphan.stdout.readline()\n"
        "print(orphan.pid, flush=True)\n"
        "time.sleep(600)",
    )
    orphan = int(up(output))
    assert processes.end(child, 5) == -signal.SIGTERM
    wait_until(lambda: not is_alive(orphan), what="the orphan's end")


def test_a_program_that_is_not_there_exits_127_and_says_so(tmp_path: Path):
    output = tmp_path / "output"
    with output.open("wb") as file:
        child = processes.start(
            ["no-such-program"], env=ENVIRONMENT, cwd=tmp_path, stdout=file, stderr=subprocess.STDOUT
        )
    assert child.wait(10) == 127
    assert "no-such-program" in output.read_text()


def test_a_process_that_ends_by_itself_keeps_its_exit_code(tmp_path: Path):
    child, _ = begin(tmp_path, "raise SystemExit(3)")
    child.wait(10)
    assert processes.end(child, 5) == 3


def test_a_drained_process_ends_within_the_grace_with_its_own_exit_code(tmp_path: Path):
    child, output = begin(
        tmp_path,
        "import signal, sys\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"  # a handler may run just before a sleep begins
        "print('up', flush=True)\n"
        "signal.sigwait([signal.SIGTERM])\n"
        "sys.exit(7)",
    )
    up(output)
    assert processes.end(child, 10) == 7


def test_a_child_leads_its_own_session_and_sees_exactly_its_environment(tmp_path: Path):
    child, output = begin(
        tmp_path, "import os, sys; print(os.getsid(0) == os.getpid(), sorted(os.environ), repr(sys.stdin.read()))"
    )
    child.wait(10)
    leads, *rest = output.read_text().split(maxsplit=1)
    assert leads == "True"
    assert rest[0].strip() in {"['PATH'] ''", "['LC_CTYPE', 'PATH'] ''"}, "Python itself may add LC_CTYPE"
