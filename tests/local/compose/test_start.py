"""A worker's container waits for its cloud, takes the environment from it, and becomes the worker."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import pytest

from local.compose import start


class Cloud(ThreadingHTTPServer):
    """Answers each request with the next of `answers`; it knows the paths that were asked for."""

    def __init__(self, *answers: tuple[int, object]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        cloud = cast("Cloud", self.server)
        cloud.paths.append(self.path)
        status, body = cloud.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud((404, "no bucket"), (200, {"BUCKET": "videos", "MAX_ATTEMPTS": "3"})) as cloud:
        threading.Thread(target=cloud.serve_forever, args=(0.02,), daemon=True).start()
        yield cloud
        cloud.shutdown()


def test_a_container_that_is_up_before_its_cloud_waits_and_becomes_its_program_with_a_tasks_environment(cloud: Cloud):
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        [sys.executable, start.__file__, sys.executable, "-c", show],
        env={"CLOUD_URL": cloud.url, "MAX_ATTEMPTS": "5", "NO_PROXY": "intranet"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shown = json.loads(done.stdout)
    assert shown["BUCKET"] == "videos"
    assert shown["MAX_ATTEMPTS"] == "5", "what compose sets wins"
    assert shown["NO_PROXY"] == "127.0.0.1,intranet"
    assert cloud.paths == [f"/_compose/tasks/{os.uname().nodename}"] * 2
    assert "it answers 404" in done.stderr


def test_a_cloud_that_is_nowhere_is_waited_for_and_said_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    answers: list[object] = [ConnectionRefusedError("refused"), ConnectionRefusedError("refused"), {"BUCKET": "videos"}]

    def ask(host: str, port: int, name: str) -> dict[str, str]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return cast("dict[str, str]", answer)

    monkeypatch.setattr(start, "ask", ask)
    monkeypatch.setattr(start, "PAUSE_SECONDS", 0)
    assert start.wait_for("http://127.0.0.1:4566", "one")["BUCKET"] == "videos"
    assert capsys.readouterr().err == "waiting for the cloud at http://127.0.0.1:4566: refused\n"


def test_a_program_that_is_not_there_is_told_as_a_shell_tells_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CLOUD_URL", "http://127.0.0.1:4566")
    monkeypatch.setattr(start, "wait_for", lambda url, name: {"PATH": os.defpath})
    assert start.main(["no-such-worker"]) == 127
    assert capsys.readouterr().err == "cannot start no-such-worker: No such file or directory\n"
