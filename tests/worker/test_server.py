"""The server's bounds, with real sockets: what a hostile client can hold, and for how long."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

import worker.server
from tests.waiting import wait_until
from tests.worker.web_server import serving
from worker.health import Health
from worker.server import Server
from worker.web import MAX_BODY_BYTES, Web


@pytest.fixture
def port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(worker.server, "SWEEP_SECONDS", 0)
    monkeypatch.setattr(worker.server, "RECEIVE_SECONDS", 1)
    with serving(Web(lambda: Health("ok", 1.0), None), tmp_path) as port:
        yield port


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=0.1)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1000) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def pending(connection: socket.socket) -> bytes:
    """What has come of an answer; nothing once it is read whole."""
    connection.settimeout(0.1)
    try:
        return connection.recv(4000)
    except TimeoutError:
        return b""


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET /health HTTP/1.1\r\nHost: w\r\n",
        b"POST /previews HTTP/1.1\r\nHost: w\r\nContent-Length: 1000\r\n\r\n",
        b"\r\n\r\n",
    ],
    ids=["nothing", "headers", "a body", "blank lines"],
)
def test_a_request_that_drips_in_loses_its_connection_however_steadily_it_drips(port: int, beginning: bytes):
    dripping = connect(port)
    drip = b"\r\n\r\n" if beginning == b"\r\n\r\n" else b"x"
    dripping.sendall(beginning)

    def drips_until_closed() -> bool:
        try:
            dripping.sendall(drip if beginning else b"")
        except ConnectionError:
            return True
        return is_closed(dripping)

    wait_until(drips_until_closed, timeout_seconds=8, what="the server to close the dripping connection")
    dripping.close()


def test_health_is_answered_while_as_many_clients_drip_as_there_are_threads(port: int):
    dripping = [connect(port) for _ in range(worker.server.THREADS + 1)]
    for connection in dripping:
        connection.sendall(b"POST /previews HTTP/1.1\r\nHost: w\r\nContent-Length: 1000\r\n\r\nx")
    assert urllib3.request("GET", f"http://127.0.0.1:{port}/health", timeout=2).status == 200
    for connection in dripping:
        connection.close()


def test_a_connection_may_be_idle_between_requests_for_longer_than_a_request_may_take(port: int):
    connection = connect(port)
    connection.settimeout(5)
    whole = b"GET /health HTTP/1.1\r\nHost: w\r\n\r\n"
    connection.sendall(whole)
    assert connection.recv(4000).startswith(b"HTTP/1.1 200")
    wait_until(lambda: not pending(connection), what="the whole answer")
    dripping = connect(port)
    wait_until(lambda: is_closed(dripping), timeout_seconds=8, what="the end of a connection that asked nothing")
    connection.settimeout(5)
    connection.sendall(whole)
    assert b"HTTP/1.1 200" in connection.recv(4000)


@pytest.mark.parametrize(
    "request_head",
    [
        f"POST /previews HTTP/1.1\r\nHost: w\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n",
        f"GET /health HTTP/1.1\r\nHost: w\r\nX-Large: {'x' * 20_000}\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: w\r\nContent-Length: 1\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
    ],
    ids=["body", "headers", "smuggling"],
)
def test_what_is_too_large_or_ambiguous_is_refused_before_it_is_read(port: int, request_head: str):
    connection = connect(port)
    connection.settimeout(5)
    connection.sendall(request_head.encode())
    status = int(connection.recv(1000).split()[1])
    assert status in {400, 413, 431, 501}


def test_health_says_how_long_ago_the_worker_got_on_and_nothing_else(port: int):
    answer = urllib3.request("GET", f"http://127.0.0.1:{port}/health")
    assert json.loads(answer.data) == {"status": "ok", "last_progress_seconds": 1.0}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Server" not in answer.headers or "waitress" not in answer.headers["Server"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/.env", 404), ("POST", "/health", 405), ("POST", "/previews", 404)],
)
def test_what_is_not_offered_is_told_as_a_problem_document(port: int, method: str, path: str, status: int):
    answer = urllib3.request(method, f"http://127.0.0.1:{port}{path}")
    assert answer.status == json.loads(answer.data)["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_it_stops_though_an_answer_wakes_its_loop_just_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    server = Server(Web(lambda: Health("ok", 1.0), None), "127.0.0.1", 0)
    server.start(tmp_path)
    trigger = server._server.trigger
    wake = trigger._physical_pull

    def wake_late() -> None:
        wake()
        wait_until(lambda: trigger.lock.locked() or trigger._closed, what="the loop to begin to close")
        if trigger.lock.acquire(timeout=0.2):  # it has closed already: it should have waited for this thread
            trigger.lock.release()
        wake()

    monkeypatch.setattr(trigger, "_physical_pull", wake_late)
    server.stop(5)
    assert not server._thread.is_alive()
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        urllib3.request("GET", f"http://127.0.0.1:{server.port}/health", retries=False)
