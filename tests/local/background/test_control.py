"""Starting and ending, where no stack needs to run for it."""

import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from local.background import control
from local.background.folder import Folder
from local.background.order import Order
from local.background.standing import Standing
from tests.local.background.facts import some_facts

STUBBORN = """
import signal, sys, time
from pathlib import Path
from local.background.claim import PidFile
signal.signal(signal.SIGTERM, signal.SIG_IGN)
claim = PidFile(Path(sys.argv[1])).take()
claim.sign()
print("held", flush=True)
time.sleep(600)
"""


class Terminal:
    """A console and what was printed on it."""

    def __init__(self) -> None:
        self._file = io.StringIO()
        self.console = Console(file=self._file, width=200)

    @property
    def told(self) -> str:
        return self._file.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "up")


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_what_is_up_already_is_told_of_again_and_other_options_are_not_taken(folder: Folder, terminal: Terminal):
    facts = some_facts()
    claim = folder.pid_file.take()
    assert claim is not None
    folder.say(Standing(stage="ready", facts=facts))

    control.up(terminal.console, folder, facts.order)
    assert "up already" in terminal.told
    assert facts.link in terminal.told
    assert "make down" not in terminal.told.splitlines()[-1]

    control.up(terminal.console, folder, Order(floor=2))
    assert "keeps the options that it was started with" in terminal.told.splitlines()[-1]
    claim.let_go()


def test_a_token_is_for_the_eyes_of_its_owner_only(folder: Folder):
    folder.path.mkdir()
    folder.say(Standing(stage="ready", facts=some_facts()))
    [state] = [path for path in folder.path.iterdir() if "client-token" in path.read_text()]
    assert state.stat().st_mode & 0o077 == 0


def test_no_facts_are_told_of_a_stack_that_is_dead_though_its_state_says_ready(folder: Folder):
    claim = folder.pid_file.take()
    assert claim is not None
    folder.say(Standing(stage="ready", facts=some_facts()))
    assert control.facts_of(folder) == some_facts()
    claim.let_go()
    assert control.facts_of(folder) is None


def test_down_where_nothing_ever_was_says_so(folder: Folder, terminal: Terminal):
    control.down(terminal.console, folder)
    assert terminal.told == "No stack is up here.\n"


def test_down_leaves_a_stranger_alone_who_was_given_the_number_of_a_dead_keeper(folder: Folder, terminal: Terminal):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as stranger:
        folder.path.mkdir()
        folder.pid_file.path.write_text(f"{stranger.pid}\n")
        folder.say(Standing(stage="ready", facts=some_facts()))

        control.down(terminal.console, folder)

        assert stranger.poll() is None
        stranger.communicate(b"\n")
        assert stranger.returncode == 0
    assert f"process {stranger.pid}) is dead already" in terminal.told
    assert (folder.standing(), folder.pid_file.pid()) == (Standing(), None)


def test_down_kills_a_keeper_that_does_not_end(folder: Folder, terminal: Terminal, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(control, "END_SECONDS", 0.3)
    argv = [sys.executable, "-c", STUBBORN, str(folder.pid_file.path)]
    root = Path(control.__file__).parents[2]
    with subprocess.Popen(argv, cwd=root, stdout=subprocess.PIPE, start_new_session=True) as keeper:
        assert keeper.stdout is not None
        keeper.stdout.readline()

        try:
            control.down(terminal.console, folder)
            assert keeper.wait(5) == -signal.SIGKILL
        finally:
            keeper.kill()
    assert "killing it" in terminal.told
    assert not folder.pid_file.is_held()


def test_a_keeper_that_dies_at_once_is_a_start_that_failed_with_the_end_of_its_log(
    folder: Folder, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "__init__.py").touch()
    monkeypatch.setattr(control, "REPOSITORY", tmp_path)  # where there is no keeper to start
    monkeypatch.delenv("PYTHONPATH", raising=False)
    before = set(Path("/proc/self/fd").iterdir()) if Path("/proc").is_dir() else set()

    with pytest.raises(control.StartError, match=r"exit code 1(.|\n)*No module named"):
        control.up(terminal.console, folder, Order())

    assert not folder.pid_file.is_held()
    assert folder.standing() == Standing()
    if before:
        assert set(Path("/proc/self/fd").iterdir()) <= before, "the claim is still open"
