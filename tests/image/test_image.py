"""The image, really built and really run: the task definition's own container, against the local stack."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from components.image import context_hash
from image import base
from image.container import flags, health_command
from image.podman import REPOSITORY, RUN_SECONDS, Podman, missing
from jobs.record import JobRecord
from local.players.ports import free_port
from tests.local.alive import children_of, command_of
from tests.local.whole import Whole, long_spec, short_spec, still_stack
from tests.waiting import wait_until

if TYPE_CHECKING:
    import subprocess

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

TAG = f"localhost/warm-pool-worker:{context_hash('X86_64', REPOSITORY)}"
FAMILIES = ("Montserrat", "Open Sans", "Playfair Display", "Roboto")
WORKER_UID = 10001


class Container:
    """A running worker of the stack, as its task definition describes it."""

    def __init__(self, podman: Podman, whole: Whole) -> None:
        ecs, names = whole.stack.cloud.client("ecs"), whole.stack.outputs
        service = ecs.describe_services(cluster=names["cluster"], services=[names["service"]])["services"][0]
        task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        self.definition: dict[str, Any] = task["containerDefinitions"][0]
        self._podman = podman
        # The host's network is every container's here, so each has a port of its own.
        given = whole.stack.cloud.environment(task["taskRoleArn"], session="image-test") | {
            "HTTP_PORT": str(free_port()),
            "POLL_SECONDS": "1",
        }
        options = flags(self.definition, int(task["memory"]), given)
        self.id = podman.run("run", "--detach", *options, TAG, *self.definition["command"])

    def inside(self, *argv: str) -> "subprocess.CompletedProcess[str]":
        """Run a program in the container, as its user."""
        return self._podman.attempt("exec", self.id, *argv)

    def health(self) -> "subprocess.CompletedProcess[str]":
        """What the task definition's health check says."""
        return self.inside(*health_command(self.definition))

    def log(self) -> str:
        """Everything that the worker said."""
        done = self._podman.attempt("logs", self.id)
        return done.stdout + done.stderr

    @property
    def pid(self) -> int:
        """The container's first process, as this machine counts."""
        return int(self._podman.run("inspect", "--format", "{{.State.Pid}}", self.id))

    def processes(self) -> list[int]:
        """All processes of the container, as this machine counts."""
        found = [self.pid]
        for pid in found:
            found += children_of(pid)
        return found

    def remove(self) -> None:
        self._podman.attempt("rm", "--force", "--volumes", "--time", "0", self.id)


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Podman:
    """Podman with the image of this tree; skips where there is none, and fails in CI."""
    reason = missing()
    if reason is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI must build and run the image")
        pytest.skip(reason)
    podman = Podman(tmp_path_factory.mktemp("podman"))
    base.provide(podman)
    podman.build(TAG, REPOSITORY / "Dockerfile")
    return podman


@pytest.fixture(scope="module")
def whole(podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with still_stack(tmp_path_factory.mktemp("stack")) as whole:
        yield whole


@pytest.fixture(scope="module")
def container(podman: Podman, whole: Whole) -> Iterator[Container]:
    container = Container(podman, whole)
    yield container
    container.remove()


def ended(whole: Whole, container: Container, job_id: str) -> JobRecord:
    try:
        return whole.ended(job_id)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{container.log()}") from None


def status(pid: int) -> dict[str, list[str]]:
    """A process's state as the kernel has it: who it is, and what it may."""
    lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}


def test_a_job_is_rendered_with_a_text_in_every_font_that_a_job_may_name(whole: Whole, container: Container):
    texts = [
        {"text": {"content": "Ünïted", "font": {"family": family, "weight": 400, "size": 20}, "color": "#ffffff"}}
        for family in FAMILIES
    ]
    whole.send({"version": 1, "id": "fonts", "spec": {**short_spec(), "tracks": texts}})
    record = ended(whole, container, "fonts")
    assert (record.state, record.error) == ("done", None), container.log()
    assert record.rendered is not None
    head = whole.stack.cloud.client("s3").head_object(Bucket=record.rendered.bucket, Key=record.rendered.video_key)
    assert (head["ContentLength"], head["ContentType"]) == (record.rendered.size_bytes, "video/mp4")
    assert (record.rendered.width, record.rendered.height) == (160, 90)


def test_nothing_is_left_in_scratch_but_the_port(container: Container):
    left = container.inside("ls", "/scratch")
    assert set(left.stdout.split()) == {"http-port"}, left.stderr


def test_nothing_outside_scratch_was_written_or_could_be(podman: Podman, container: Container):
    places = container.inside(
        *("find", "/", "(", "-path", "/proc", "-o", "-path", "/sys", "-o", "-path", "/dev", ")", "-prune", "-o"),
        *("-writable", "(", "-type", "d", "-o", "-type", "f", ")", "-print"),
    )
    writable = [place for place in places.stdout.split("\n") if place]
    assert "/scratch" in writable, places.stderr
    assert [place for place in writable if not place.startswith("/scratch")] == []
    # What podman mounts shows as changed: the folders of its mounts, and none of the image's files.
    changed = {line.split()[1] for line in podman.run("diff", container.id).splitlines()}
    assert changed <= {"/dev", "/etc", "/proc", "/run", "/scratch", "/sys", "/dev/init", "/run/.containerenv"} | {
        f"/etc/{name}" for name in ("hostname", "hosts", "mtab", "resolv.conf")
    }


def test_no_process_is_root_or_may_do_what_root_may(container: Container):
    processes = container.processes()
    assert len(processes) >= 2, "the init process and the worker"
    for pid in processes:
        found = status(pid)
        assert found["Uid"] == found["Gid"] == [str(WORKER_UID)] * 4, command_of(pid)
        capabilities = [int(found[kind][0], 16) for kind in ("CapEff", "CapPrm", "CapBnd")]
        assert capabilities == [0, 0, 0], command_of(pid)
        assert found["NoNewPrivs"] == ["1"], command_of(pid)


def test_no_program_of_the_image_lends_roots_rights(podman: Podman):
    find = ("find", "/", "-xdev", "-perm", "/6000", "-type", "f")
    assert podman.run("run", "--rm", "--no-healthcheck", "--user", "0", TAG, *find).split() == []


def test_the_task_gets_no_more_memory_than_it_pays_for(container: Container):
    limits = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
    told = container.inside("sh", "-c", f"cat {limits[0]} 2>/dev/null || cat {limits[1]}")
    assert int(told.stdout) == 4096 * 1024 * 1024


def test_the_health_check_answers_and_tells_a_worker_that_hangs(container: Container):
    sound = container.health()
    assert (sound.returncode, sound.stderr) == (0, "")
    [worker] = [pid for pid in container.processes() if command_of(pid) == b"python\0-m\0worker\0"]
    os.kill(worker, signal.SIGSTOP)
    try:
        stuck = container.health()
    finally:
        os.kill(worker, signal.SIGCONT)
    assert (stuck.returncode, stuck.stderr.strip()) == (1, "no answer (TimeoutError)")


def test_every_module_is_compiled_and_no_source_is_looked_at_for_it(podman: Podman):
    check = """
import importlib.util, pathlib, sys
for place in ("/app", "/usr/local/lib/python3.11/dist-packages", "/usr/lib/python3.11"):
    for source in pathlib.Path(place).rglob("*.py"):
        code = pathlib.Path(importlib.util.cache_from_source(str(source)))
        if not code.is_file() or code.read_bytes()[4] != 1:
            print(source)
"""
    assert podman.run("run", "--rm", "--no-healthcheck", TAG, "python", "-c", check) == ""


def test_every_service_is_found_in_every_partition_of_aws(podman: Podman):
    check = """
import boto3, json
services = ("dynamodb", "s3", "secretsmanager", "sqs", "sts")
regions = ("eu-west-1", "cn-north-1", "us-gov-west-1")
keys = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}
print(json.dumps([[boto3.client(s, region_name=r, **keys).meta.endpoint_url for s in services] for r in regions]))
"""
    own, chinese, governmental = json.loads(podman.run("run", "--rm", "--no-healthcheck", TAG, "python", "-c", check))
    assert all(url.endswith(".eu-west-1.amazonaws.com") for url in own)
    assert all(url.endswith(".cn-north-1.amazonaws.com.cn") for url in chinese)
    assert all(url.endswith(".us-gov-west-1.amazonaws.com") for url in governmental)


def test_the_image_says_what_it_is_and_runs_as_the_worker_by_itself(podman: Podman):
    [image] = json.loads(podman.run("image", "inspect", TAG))
    config = image["Config"]
    assert (config["User"], config["Cmd"]) == ("10001:10001", ["python", "-m", "worker"])
    assert config["Volumes"] == {"/scratch": {}}
    assert image["Labels"]["org.opencontainers.image.base.name"] == base.base_image(
        (REPOSITORY / "Dockerfile").read_text()
    )
    assert image["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert image["Healthcheck"]["Test"] == ["CMD", "python", "-m", "worker.health"]


def test_nothing_is_in_the_image_that_could_install_or_compile(podman: Podman):
    tools = ("pip", "pip3", "gcc", "cc", "make", "curl", "wget", "git")
    found = podman.attempt("run", "--rm", "--no-healthcheck", TAG, "sh", "-c", f"command -v {' '.join(tools)}")
    assert found.stdout == ""


def test_sigterm_lets_the_job_in_hand_end_and_takes_no_other(podman: Podman, whole: Whole, container: Container):
    whole.send({"version": 1, "id": "last", "spec": long_spec()})

    def rendering() -> int | None:
        for pid in container.processes():
            program, *arguments = command_of(pid).split(b"\0")
            if b"ffmpeg" in program and b"-progress" in arguments:
                os.kill(pid, signal.SIGSTOP)
                return pid
        return None

    ffmpeg = wait_until(rendering, 60, "the render of last")
    podman.run("kill", "--signal", "TERM", container.id)
    wait_until(lambda: "told to end" in container.log(), 20, "the worker to hear SIGTERM")
    assert container.health().returncode == 1, "a worker that ends is sent nothing any more"
    whole.send({"version": 1, "id": "next", "spec": short_spec()})
    os.kill(ffmpeg, signal.SIGCONT)
    assert podman.run("wait", container.id, timeout_seconds=RUN_SECONDS) == "0", container.log()
    record = whole.record("last")
    assert record is not None
    assert record.state == "done", container.log()
    assert whole.record("next") is None
