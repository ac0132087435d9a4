"""The claim on a folder: only a living holder counts, whatever number stands in the pid file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.background.claim import PidFile
from tests.local.alive import is_alive
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys
from pathlib import Path
from local.background.claim import PidFile
claim = PidFile(Path(sys.argv[1])).take()
claim.sign()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def pid_file(tmp_path: Path) -> PidFile:
    return PidFile(tmp_path / "folder" / "pid")


def begin_holder(pid_file: PidFile) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-c", HOLDER, str(pid_file.path)]
    holder = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


def test_a_file_that_is_not_there_is_held_by_nobody(pid_file: PidFile):
    assert (pid_file.is_held(), pid_file.pid()) == (False, None)


def test_a_second_process_cannot_take_what_a_living_one_holds_and_can_when_it_was_killed(pid_file: PidFile):
    with begin_holder(pid_file) as holder:
        assert pid_file.take() is None
        assert (pid_file.is_held(), pid_file.pid()) == (True, holder.pid)
        holder.kill()
    assert (pid_file.is_held(), pid_file.pid()) == (False, holder.pid), "the dead one's number is still to be read"
    claim = pid_file.take()
    assert claim is not None
    claim.let_go()


def test_the_number_of_a_stranger_makes_the_stranger_no_holder(pid_file: PidFile):
    pid_file.path.parent.mkdir()
    pid_file.path.write_text(f"{os.getpid()}\n")
    assert not pid_file.is_held()


def test_a_claim_passes_on_to_the_child_that_inherits_it_and_not_to_that_ones_children(pid_file: PidFile):
    claim = pid_file.take()
    assert claim is not None
    heir = (
        "import subprocess, sys; from local.background.claim import Claim; Claim(int(sys.argv[1])).sign();"
        "grandchild = subprocess.Popen(['sleep', '60'], close_fds=False); print(grandchild.pid, flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", heir, str(claim.descriptor)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[claim.descriptor],
    ) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        claim.let_go()
        assert (pid_file.is_held(), pid_file.pid()) == (True, child.pid)
        child.kill()
    try:
        wait_until(lambda: not pid_file.is_held(), 5, "the claim to end with its holder")
        assert is_alive(grandchild)
    finally:
        os.kill(grandchild, 9)


def test_a_claim_knows_that_its_file_was_removed_or_replaced(pid_file: PidFile):
    claim = pid_file.take()
    assert claim is not None
    assert claim.is_of(pid_file.path)
    pid_file.path.unlink()
    assert not claim.is_of(pid_file.path)
    pid_file.path.touch()
    assert not claim.is_of(pid_file.path)
    claim.let_go()


def test_a_withdrawn_claim_leaves_no_number(pid_file: PidFile):
    claim = pid_file.take()
    assert claim is not None
    claim.sign()
    claim.withdraw()
    claim.let_go()
    assert (pid_file.is_held(), pid_file.pid()) == (False, None)
