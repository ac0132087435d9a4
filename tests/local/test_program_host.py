import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.program_host import LOADED, OUTPUTS, SAID, HungRunError, ProgramHost, _load, named_by
from local.program_run import Order
from tests.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def host() -> Iterator[ProgramHost]:
    host = ProgramHost(REPOSITORY)
    yield host
    host.close()


class Run:
    def __init__(self, host: ProgramHost, folder: Path) -> None:
        self.host, self.folder = host, folder
        (folder / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
        (folder / "Pulumi.local.yaml").write_text("config: {}")

    def __call__(self, source: str, *, timeout_seconds: float = 60, **environment: str) -> int:
        (self.folder / "__main__.py").write_text(source)
        folder = str(self.folder)
        order = Order(NOWHERE, "local", {}, {}, state_folder=folder, program_folder=folder, destroy=False)
        return self.host.run(order, environment, self.folder, timeout_seconds=timeout_seconds)

    def left(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def run(host: ProgramHost, tmp_path: Path) -> Run:
    return Run(host, tmp_path)


def test_a_run_that_hangs_is_ended_with_the_host_and_the_next_one_is_well(run: Run) -> None:
    note = run.folder / "pid"
    hangs = f"import os, time, pathlib; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(1000)"
    with pytest.raises(HungRunError):
        run(hangs, timeout_seconds=2)
    if note.exists():  # on a slow machine it had not even begun
        wait_until(lambda: not Path(f"/proc/{note.read_text()}").exists(), 10, "the end of the run that hung")
    assert run("import pulumi; pulumi.export('a', 1)") == 0
    assert run.left(OUTPUTS) == '{"a": 1}'


def test_a_run_that_is_killed_is_told_by_its_signal_and_costs_the_host_nothing(run: Run) -> None:
    assert run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)") == -signal.SIGKILL
    host_pid = run.host._started().pid
    assert run("") == 0
    assert run.host._started().pid == host_pid


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "import os; os.fork = None; raise KeyboardInterrupt"])
def test_a_program_that_leaves_is_a_failure_and_no_second_host(run: Run, end: str) -> None:
    assert run(end) == os.EX_SOFTWARE
    assert "__main__.py" in run.left(SAID)


def test_each_run_has_its_own_environment_folder_and_modules(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rooms.py").write_text("name = 'first'")
    source = "import os, pulumi, rooms; pulumi.export('all', [rooms.name, os.getcwd(), dict(os.environ)])"
    assert run(source, ONE="1") == 0
    assert f'["first", "{tmp_path}", {{"ONE": "1"' in run.left(OUTPUTS)
    (tmp_path / "rooms.py").write_text("name = 'the second'")
    assert run(source, TWO="2") == 0
    assert f'["the second", "{tmp_path}", {{"TWO": "2"' in run.left(OUTPUTS)


def test_the_next_run_finds_loaded_what_one_had_to_load(run: Run) -> None:
    assert run("import pulumi_aws as aws; aws.sqs.Queue") == 0
    assert "pulumi_aws.sqs.queue" in run.left(LOADED)
    assert run("import sys, pulumi; pulumi.export('there', 'pulumi_aws.sqs.queue' in sys.modules)") == 0
    assert run.left(OUTPUTS) == '{"there": true}'


def test_what_a_programs_text_names_is_loaded_before_its_first_run(run: Run) -> None:
    source = "import sys, pulumi; pulumi.export('there', {'pulumi_aws.sns.topic', 'pydantic.main'} <= {*sys.modules})"
    named = "# aws.sns.Topic, but neither aws.nothing.There nor aws.sns.Nothing"
    assert run(f"{source}  {named}\nfrom pydantic import BaseModel") == 0
    assert run.left(OUTPUTS) == '{"there": true}'


def test_of_the_programs_own_modules_none_is_loaded_ahead() -> None:
    named = named_by(REPOSITORY)
    assert {("pulumi_aws.ecs", "Service"), ("pydantic", "BaseModel"), ("pulumi", "")} <= set(named)
    assert {module.partition(".")[0] for module, _ in named}.isdisjoint({"components", "jobs", "json", "typing"})


def test_what_cannot_be_loaded_ahead_is_left_to_the_run_and_what_talks_is_not_taken_for_an_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _load([("no_such_package", "Thing"), ("this", "s")], {"modules": ["nor.this_one"], "services": []})
    said = capsys.readouterr()
    assert not said.out
    assert "The Zen of Python" in said.err
