"""Podman without a daemon: builds the worker's image and runs it, also where nothing can be pulled.

Inside a container, which is where CI runs, podman has neither systemd nor bridges of its own: runc, cgroupfs and the
host's network work there and everywhere.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
TOOLS = ("podman", "runc", "catatonit")
"""The programs that must be installed; catatonit is what `--init` puts in front of the container's own process."""

SETTINGS = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
"""

BUILD_SECONDS = 900
RUN_SECONDS = 120
AUTHORITIES = "/authorities.crt"
"""Where a build finds this machine's certificate authorities, where pip needs others than its own."""


class PodmanError(RuntimeError):
    """Podman failed; the text is the end of what it said."""


def missing() -> str | None:
    """What keeps images from being built here, or None."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"{', '.join(absent)} not installed"
    return None if os.geteuid() == 0 else "podman is run as root here: its rootless mode needs more of a machine"


class Podman:
    """Runs podman with settings of its own, which it keeps in `folder`; the user's are neither read nor changed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = folder / "containers.conf"
        self._settings.write_text(SETTINGS)

    def argv(self, *arguments: str) -> list[str]:
        """The command line; it needs `environment`."""
        return ["podman", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment, with podman's settings in it."""
        return {**os.environ, "CONTAINERS_CONF": str(self._settings)}

    def attempt(self, *arguments: str, timeout_seconds: float = RUN_SECONDS) -> "subprocess.CompletedProcess[str]":
        """Run podman and answer how it ended and what it said. Raises subprocess.TimeoutExpired."""
        return subprocess.run(
            self.argv(*arguments),
            env=self.environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_seconds,
            check=False,
        )

    def run(self, *arguments: str, timeout_seconds: float = RUN_SECONDS) -> str:
        """Run podman and answer its standard output without the last line's end. Raises PodmanError where it fails."""
        done = self.attempt(*arguments, timeout_seconds=timeout_seconds)
        if done.returncode != 0:
            raise PodmanError(
                f"podman {arguments[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-3000:]}"
            )
        return done.stdout.rstrip("\n")

    def has(self, image: str) -> bool:
        """Whether the image is in the local store."""
        return self.attempt("image", "exists", image).returncode == 0

    def build(self, tag: str, file: Path, *, options: Sequence[str] = ()) -> str:
        """Build the repository with the Dockerfile `file` and answer the image's id. Raises PodmanError.

        Every file is dated 1970, so that the same content makes the same layers.
        """
        bundle, index = os.environ.get("PIP_CERT"), os.environ.get("PIP_INDEX_URL")
        return self.run(
            "build",
            # Without BuildKit podman writes Docker's format, the one that has a health check.
            *("--format", "docker", "--isolation", "chroot", "--pull=never", "--timestamp", "0", "--quiet"),
            *(("-v", f"{bundle}:{AUTHORITIES}:ro", "--build-arg", f"PIP_CERT={AUTHORITIES}") if bundle else ()),
            *(("--build-arg", "PIP_INDEX_URL") if index else ()),
            *options,
            *("--tag", tag, "--file", str(file), str(REPOSITORY)),
            timeout_seconds=BUILD_SECONDS,
        ).splitlines()[-1]
