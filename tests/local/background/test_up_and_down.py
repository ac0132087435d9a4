"""The stack in the background as a person meets it: started, used, ended, killed and interrupted at the terminal."""

import json
import os
import re
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import typer.main
import urllib3

from jobs.table import JobsTable
from local.__main__ import app
from local.aws import client_on, hermetic_session
from local.background.folder import Folder
from local.background.standing import Facts
from tests.local.alive import command_of, is_alive, is_listened_to
from tests.local.background.terminal import HOW_TO, ROOT, Terminal, block, blocks, descendants_of
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.timeout(170),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="descendants are found through /proc, as on Linux"),
]

JPEG = b"\xff\xd8\xff"
QUICK = "--minute-seconds 4 --cold-start-seconds 0.2 --without-engine"


@dataclass(frozen=True)
class Standing:
    """A stack that is up, by what was printed of it."""

    terminal: Terminal
    told: str

    @property
    def link(self) -> str:
        found = re.search(r"http://127\.0\.0\.1:\d+/#token=\S+", self.told)
        assert found, self.told
        return found[0]

    @property
    def url(self) -> str:
        return self.link.partition("/#")[0]

    @property
    def ports(self) -> set[int]:
        """All that is listened to by its keeper's address book: the page, AWS."""
        return {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", self.told)}

    def ask(self, method: str, path: str, body: object = None) -> urllib3.BaseHTTPResponse:
        [token] = parse_qs(urlsplit(self.link).fragment)["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        text = None if body is None else json.dumps(body)
        return urllib3.PoolManager(retries=False, timeout=30).request(
            method, self.url + path, headers=headers, body=text
        )

    def facts(self) -> Facts:
        facts = Folder(self.terminal.folder / "up").standing().facts
        assert facts is not None
        return facts

    def workers(self) -> list[int]:
        return [pid for pid in descendants_of(self.terminal.keeper()) if b"\0-m\0worker" in command_of(pid)]


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Standing, Standing]]:
    """Two stacks side by side, started at once, as two checkouts have them."""
    terminals = [Terminal(tmp_path_factory.mktemp(name), QUICK) for name in ("mine", "other")]
    try:
        starting = [terminal.begin(block("sh", "make up")) for terminal in terminals]
        told = [process.communicate(timeout=150)[0] for process in starting]
        assert [process.returncode for process in starting] == [0, 0], told
        mine, other = (Standing(terminal, words) for terminal, words in zip(terminals, told, strict=True))
        yield mine, other
    finally:
        for terminal in terminals:
            terminal.run(block("sh", "make down"))


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """One without a stack, and without one afterwards."""
    yield (terminal := Terminal(tmp_path, QUICK))
    terminal.run(block("sh", "make down"))


@pytest.fixture(scope="module")
def mine(stacks: tuple[Standing, Standing]) -> Standing:
    return stacks[0]


def test_its_page_is_there_for_everybody_and_its_link_has_a_token_that_is_in_force(mine: Standing):
    page = urllib3.request("GET", f"{mine.url}/")
    assert (page.status, b"Wake the fleet" in page.data) == (200, True)
    fleet = mine.ask("GET", "/fleet")
    assert (fleet.status, "desired" in fleet.json()) == (200, True)
    assert urllib3.request("GET", f"{mine.url}/fleet").status == 401


def test_two_stacks_have_nothing_in_common(stacks: tuple[Standing, Standing]):
    mine, other = stacks
    assert mine.ports.isdisjoint(other.ports)
    assert mine.terminal.keeper() != other.terminal.keeper()


def test_killing_it_leaves_no_worker_and_whoever_comes_next_is_told(stacks: tuple[Standing, Standing]):
    other = stacks[1]
    assert other.ask("POST", "/fleet/heartbeat").status == 202
    wait_until(other.workers, 60, "a worker")
    keeper = other.terminal.keeper()
    started = [keeper, *descendants_of(keeper)]

    os.kill(keeper, signal.SIGKILL)

    wait_until(lambda: not [pid for pid in started if is_alive(pid)], 10, "the end of it and of all that it started")
    wait_until(lambda: not [port for port in other.ports if is_listened_to(port)], 10, "its ports to be closed")
    code, told = other.terminal.run(block("sh", "eval") + "true")
    assert "no stack is up here" in told

    code, told = other.terminal.run('ARGS="$ARGS -c noSuchKey=1" make up')
    assert code != 0
    assert f"process {keeper}) ended without `make down`; starting anew" in told
    assert "noSuchKey is set by the overrides, but Pulumi.yaml does not declare it" in told
    code, told = other.terminal.run(block("sh", "make down"))
    assert (code, told) == (0, "No stack is up here.\n"), "the start that failed left something"


def test_up_again_says_the_same_and_starts_nothing(mine: Standing):
    keeper = mine.terminal.keeper()
    code, told = mine.terminal.run(block("sh", "make up"))
    assert code == 0
    assert "up already" in told
    assert told.splitlines()[1:] == mine.told[mine.told.index("The local stack is up") :].splitlines()[1:]
    assert mine.terminal.keeper() == keeper


def test_a_preview_wakes_a_worker_and_the_how_tos_calls_are_answered_by_it(mine: Standing, tmp_path: Path):
    spec = json.loads((ROOT / "examples" / "warm.json").read_text("utf-8"))

    def is_answered() -> bool:
        answer = mine.ask("POST", "/previews", {"spec": spec, "at": 1})
        assert answer.status in {200, 429, 503}, answer.data
        return answer.status == 200 and answer.data.startswith(JPEG)

    assert not is_answered()
    wait_until(lambda: " runs\n" in mine.terminal.timeline(), 60, "a worker on the timeline")
    wait_until(is_answered, 60, "a picture")

    calls = block("sh", "/previews").replace("preview.jpg", shlex.quote(str(tmp_path / "preview.jpg")))
    code, told = mine.terminal.run(block("sh", "eval") + calls)
    assert (code, '"desired": 1' in told) == (0, True), told
    assert (tmp_path / "preview.jpg").read_bytes().startswith(JPEG)


def test_the_readmes_sender_reaches_it_from_a_shell_that_evaluated_env(mine: Standing, tmp_path: Path):
    [sender] = [text for text in blocks(ROOT / "README.md", "python") if "send_message" in text]
    for words, quicker in (
        ('    "webhook": "https://example.com/renders",', ""),  # tests tell no stranger anything
        ('"width": 1080, "height": 1920', '"width": 180, "height": 320'),  # and render no more than they need
    ):
        assert words in sender
        sender = sender.replace(words, quicker)
    (tmp_path / "sender.py").write_text(sender)
    code, told = mine.terminal.run(f"{block('sh', 'eval')}.venv/bin/python {shlex.quote(str(tmp_path / 'sender.py'))}")
    assert (code, told) == (0, "")

    news = "webhook for order-4711: job.done, signature verified"
    wait_until(lambda: news in mine.terminal.timeline(), 90, "the webhook of the README's job")
    wait_until(lambda: "job order-4711 is done" in mine.terminal.timeline(), 10, "the end of it on the timeline")
    facts = mine.facts()
    dynamodb = client_on(hermetic_session(), "dynamodb", facts.endpoint_url)
    record = JobsTable(dynamodb, facts.outputs["jobsTable"]).read("order-4711")
    assert record is not None
    assert (record.state, record.attempts) == ("done", 1)


def test_the_how_tos_sender_follows_its_job_and_fetches_the_video(mine: Standing, tmp_path: Path):
    sender = block("python", "send_message")
    assert '"warm.mp4"' in sender
    (tmp_path / "send.py").write_text(sender.replace('"warm.mp4"', repr(str(tmp_path / "warm.mp4"))))
    code, told = mine.terminal.run(f"{block('sh', 'eval')}.venv/bin/python {shlex.quote(str(tmp_path / 'send.py'))}")
    assert (code, told.splitlines()[-1].strip()) == (0, "done"), told
    assert (tmp_path / "warm.mp4").read_bytes()[4:8] == b"ftyp"


def test_the_how_tos_command_puts_a_clip_of_ones_own_into_the_bucket(mine: Standing, tmp_path: Path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"a clip")
    upload = block("sh", "upload_file").replace(" clip.mp4", f" {shlex.quote(str(clip))}")
    assert mine.terminal.run(block("sh", "eval") + upload) == (0, "")
    facts = mine.facts()
    s3 = client_on(hermetic_session(), "s3", facts.endpoint_url)
    assert s3.get_object(Bucket=facts.outputs["bucket"], Key="sources/clip.mp4")["Body"].read() == b"a clip"


def test_the_how_tos_options_are_options():
    named = set(re.findall(r"`(--[a-z-]+)", HOW_TO.read_text("utf-8")))
    parameters = typer.main.get_group(app).commands["up"].params
    known = {option for parameter in parameters for option in (*parameter.opts, *parameter.secondary_opts)}
    assert named
    assert named <= known


def test_a_start_that_is_interrupted_leaves_nothing(terminal: Terminal):
    with terminal.begin(block("sh", "make up")) as starting:
        lines = iter(starting.stdout or ())
        assert any("Pulumi program" in line for line in lines), "it ended before the program was deployed"
        keeper = terminal.keeper()
        started = wait_until(lambda: descendants_of(keeper), 30, "the program's process")

        os.killpg(starting.pid, signal.SIGINT)  # as the terminal does: to make and to all in its group

        told, _ = starting.communicate(timeout=60)
    assert "everything that was started has ended" in told
    assert [pid for pid in (keeper, *started) if is_alive(pid)] == []
    assert (terminal.folder / "up" / "pid").read_text() == ""
    assert not (terminal.folder / "up" / "state.json").exists()


def test_down_ends_workers_functions_and_cloud_and_says_so_when_there_is_nothing_left_to_end(mine: Standing):
    assert mine.ask("POST", "/fleet/heartbeat").status == 202
    wait_until(mine.workers, 60, "a worker")
    keeper = mine.terminal.keeper()
    started = descendants_of(keeper)
    before = len(mine.terminal.timeline())

    code, told = mine.terminal.run(block("sh", "make down"))

    assert (code, "The stack is down" in told) == (0, True), told
    assert [pid for pid in (keeper, *started) if is_alive(pid)] == []
    assert [port for port in mine.ports if is_listened_to(port)] == []
    assert mine.terminal.run(block("sh", "make down")) == (0, "No stack is up here.\n")
    log = (mine.terminal.folder / "up" / "log").read_text()
    assert "Traceback" not in log, log[-3000:]
    assert "ended as asked" in log
    assert "is told to stop" in mine.terminal.timeline()[before:]
