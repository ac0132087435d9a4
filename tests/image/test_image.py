"""The image, really built and really run: the task definition's own container, against the local stack."""

import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from image.container import flags, health_command
from image.podman import RUN_SECONDS, Podman
from jobs.record import JobRecord
from local.players.ports import free_port
from tests.image.built import WORKER as TAG
from tests.local.alive import children_of, command_of
from tests.local.whole import Whole, long_spec, short_spec, still_stack
from tests.waiting import wait_until

if TYPE_CHECKING:
    import subprocess

pytestmark = [pytest.mark.image, pytest.mark.timeout(1200)]

FAMILIES = ("Montserrat", "Open Sans", "Playfair Display", "Roboto")
WORKER_UID = 10001
BREATH_SECONDS = 0.005
"""Of a processor's time, by which a paused render gets on: all of it takes seconds."""


WRITABLE = """
import os
for folder, folders, files in os.walk("/"):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys", "/dev")]
    for path in [folder, *(os.path.join(folder, name) for name in files)]:
        if os.access(path, os.W_OK) and not os.path.islink(path):
            print(path)
"""
"""Tells each folder and file outside the kernel's own that the container's user could write to."""
MEMORY = """
import pathlib
limits = map(pathlib.Path, ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"))
print(next(limit.read_text() for limit in limits if limit.exists()))
"""


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
            # Whether a render can end in time is told by its pace, which on a busy machine, and paused, is none.
            "STOP_TIMEOUT_SECONDS": "100000",
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


def cpu_seconds(pid: int) -> float:
    """What a process has taken of the processors."""
    fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
    left = container.inside("python", "-c", "import os; print(*os.listdir('/scratch'))")
    assert set(left.stdout.split()) == {"http-port"}, left.stderr


def test_nothing_outside_scratch_was_written_or_could_be(podman: Podman, container: Container):
    places = container.inside("python", "-c", WRITABLE)
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


def test_the_task_gets_no_more_memory_than_it_pays_for(container: Container):
    told = container.inside("python", "-c", MEMORY)
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


def test_sigterm_lets_the_job_in_hand_end_and_takes_no_other(podman: Podman, whole: Whole, container: Container):
    spec = long_spec()
    whole.send({"version": 1, "id": "last", "spec": {**spec, "clips": spec["clips"] * 8}})

    def rendering() -> int | None:
        for pid in container.processes():
            program, *arguments = command_of(pid).split(b"\0")
            if b"ffmpeg" in program and b"-progress" in arguments:
                os.kill(pid, signal.SIGSTOP)
                return pid
        return None

    ffmpeg = wait_until(rendering, 60, "the render of last")

    looks = itertools.count(1)

    def has_got_somewhere() -> bool:
        """Let it render a little at each look, until a heartbeat tells how far it is: from nowhere it is given back."""
        if cpu_seconds(ffmpeg) < next(looks) * BREATH_SECONDS:
            os.kill(ffmpeg, signal.SIGCONT)
        record = whole.record("last")
        os.kill(ffmpeg, signal.SIGSTOP)
        return record is not None and record.progress > 0

    wait_until(has_got_somewhere, 60, "some progress of last")
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
