"""What a confined process may not do."""

import resource
import sys
import time
from pathlib import Path

import pytest

from tests.waiting import wait_until
from worker.render.confined import end_group, start

BOUNDS = {"cpu_seconds": 10.0, "address_space_bytes": 1024**3, "file_bytes": 1000}


def run(folder: Path, code: str) -> tuple[int, str]:
    process = start((sys.executable, "-c", code), folder=folder, **BOUNDS)
    said = process.communicate(timeout=20)[1].decode()
    return process.returncode, said


def test_its_bounds_hold(tmp_path: Path):
    code = (
        "import resource as r, sys\n"
        "kinds = (r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_CORE)\n"
        "print(*(r.getrlimit(kind)[0] for kind in kinds), file=sys.stderr)\n"
    )

    assert run(tmp_path, code) == (0, "11 1001 0\n")


def test_it_writes_no_more_than_it_may(tmp_path: Path):
    return_code, said = run(tmp_path, "with open('x', 'wb') as file: file.write(bytes(5000))")

    assert return_code != 0
    assert "File too large" in said
    assert (tmp_path / "x").stat().st_size <= 1001


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not bound what is mapped")
def test_it_takes_no_more_memory_than_it_may(tmp_path: Path):
    return_code, said = run(tmp_path, "bytes(2 * 1024**3)")

    assert return_code != 0
    assert "MemoryError" in said


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels choose by themselves")
def test_it_is_the_first_to_go_where_memory_runs_out(tmp_path: Path):
    code = "import sys; print(open('/proc/self/oom_score_adj').read().strip(), file=sys.stderr)"

    assert run(tmp_path, code) == (0, "1000\n")
    assert Path("/proc/self/oom_score_adj").read_text("ascii").strip() != "1000"


def test_it_starts_in_its_folder_with_an_empty_environment_and_nothing_to_read(tmp_path: Path):
    code = (
        "import os, sys\n"
        "names = sorted(set(os.environ) - {'LC_CTYPE'})\n"
        "print(os.getcwd(), names, sys.stdin.read() == '', file=sys.stderr)\n"
    )

    assert run(tmp_path, code) == (0, f"{tmp_path} ['LC_ALL'] True\n")


def test_ending_it_ends_what_it_started_even_if_it_does_not_listen(tmp_path: Path):
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "open(f'pid-{os.getpid()}', 'w').close()\n"
        "time.sleep(60)\n"
    )
    process = start((sys.executable, "-c", code), folder=tmp_path, **BOUNDS)
    wait_until(lambda: len(list(tmp_path.glob("pid-*"))) == 2, what="both processes run")
    pids = [int(path.name.removeprefix("pid-")) for path in tmp_path.glob("pid-*")]

    began = time.monotonic()
    end_group(process, grace_seconds=0.2)

    assert time.monotonic() - began < 2
    assert process.stderr is not None
    process.stderr.close()
    wait_until(lambda: not any(_is_alive(pid) for pid in pids), what="both processes are gone")


def _is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except FileNotFoundError:
        return False


def test_this_process_keeps_its_own_bounds(tmp_path: Path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    run(tmp_path, "pass")

    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before
