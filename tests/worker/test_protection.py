import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import worker.protection
from tests.worker.world import Clock
from worker.protection import TaskProtection, Work


class Agent(ThreadingHTTPServer):
    """ECS's agent, with an answer that the test sets."""

    daemon_threads = True
    status = 200
    answer: bytes = b'{"protection": {"ProtectionEnabled": true}}'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, Any]] = []
        self.hang = threading.Event()
        self.hang.set()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/task-1"


class Handler(BaseHTTPRequestHandler):
    server: Agent  # pyright: ignore[reportIncompatibleVariableOverride] - the one server it serves

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        self.server.hang.wait(5)
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked has given up
            self.wfile.write(self.server.answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        pass


@pytest.fixture
def agent() -> Iterator[Agent]:
    with Agent() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.hang.set()
        server.shutdown()
        thread.join()


def test_a_deployment_that_waits_for_this_task_forbids_work(agent: Agent):
    agent.answer = b'{"failure": {"Arn": "x", "Reason": "DEPLOYMENT_BLOCKED", "Detail": "y"}}'
    assert TaskProtection(agent.uri).protect() is False


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, b'{"failure": {"Reason": "TASK_NOT_VALID"}}'),
        (400, b'{"error": {"Code": "InvalidParameterException"}}'),
        (403, b'{"error": {"Code": "AccessDeniedException"}}'),
        (404, b"no such page"),
        (504, b'{"error": {"Code": "GatewayTimeout"}}'),
        (200, b"[]"),
        (200, b""),
    ],
)
def test_no_other_answer_stops_work(agent: Agent, status: int, answer: bytes, caplog: pytest.LogCaptureFixture):
    agent.status, agent.answer = status, answer
    assert TaskProtection(agent.uri).protect() is True
    assert answer == b"[]" or "protection was not changed" in caplog.text


def test_an_agent_that_hangs_delays_work_by_no_more_than_the_time_out(agent: Agent, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker.protection, "TIMEOUT_SECONDS", 0.1)
    agent.hang.clear()
    began = time.monotonic()
    assert TaskProtection(agent.uri).protect() is True
    assert time.monotonic() - began < 2


def test_an_agent_that_is_not_there_stops_nothing():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert TaskProtection(f"http://127.0.0.1:{closed.getsockname()[1]}").protect() is True


def test_the_edges_are_asked_for_as_ecs_wants_them(agent: Agent):
    protection = TaskProtection(agent.uri)
    protection.protect()
    protection.unprotect()
    path = "/api/task-1/task-protection/v1/state"
    assert agent.asked == [
        (path, {"ProtectionEnabled": True, "ExpiresInMinutes": 60}),
        (path, {"ProtectionEnabled": False}),
    ]


def test_an_idle_worker_that_was_never_protected_asks_nothing(agent: Agent):
    TaskProtection(agent.uri).unprotect()
    assert agent.asked == []


@pytest.mark.parametrize("last", ["job", "preview"])
def test_a_job_and_a_preview_at_once_are_protected_until_the_last_of_them_ends(agent: Agent, last: Work):
    protection = TaskProtection(agent.uri)
    protection.protect("job")
    protection.protect("preview")
    protection.unprotect("preview" if last == "job" else "job")
    protection.unprotect("preview" if last == "job" else "job")
    assert all(asked["ProtectionEnabled"] for _path, asked in agent.asked)
    protection.unprotect(last)
    assert agent.asked[-1][1] == {"ProtectionEnabled": False}


def test_a_long_job_renews_its_protection_at_half_time(agent: Agent):
    clock = Clock()
    protection = TaskProtection(agent.uri, clock.monotonic)
    protection.protect()
    clock.now += 29 * 60
    protection.renew()
    assert len(agent.asked) == 1
    clock.now += 60
    protection.renew()
    assert len(agent.asked) == 2


def test_without_an_agent_there_is_nothing_to_protect():
    protection = TaskProtection(None)
    assert protection.protect() is True
    protection.renew()
    protection.unprotect()
