"""The base that the Dockerfile names: pulled, or where nothing can be pulled made as Debian makes it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from image.podman import BUILD_SECONDS, REPOSITORY, Podman, PodmanError

SUITE = "bookworm"
UNSHIPPED = ("doc", "man", "info", "locale")
"""Folders of /usr/share that Debian's slim images do not have, and keep out of later installations too."""


def base_image(dockerfile: str) -> str:
    """The image that the Dockerfile with this text builds upon unless it is told another. Raises LookupError."""
    for line in dockerfile.splitlines():
        if line.startswith("ARG BASE="):
            return line.removeprefix("ARG BASE=")
    raise LookupError("the Dockerfile names no base: ARG BASE=...")


def provide(podman: Podman) -> str:
    """Have the base in the local store; answers its name.

    Raises PodmanError where it can neither be pulled nor made.
    """
    name = base_image((REPOSITORY / "Dockerfile").read_text())
    if podman.has(name):
        return name
    pulled = podman.attempt("pull", "--quiet", name, timeout_seconds=BUILD_SECONDS)
    if pulled.returncode == 0:
        return name
    if shutil.which("debootstrap") is None:
        raise PodmanError(f"{name} cannot be pulled, and debootstrap is not installed: {pulled.stderr[-500:]}")
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        root = Path(folder, "root")
        _call("debootstrap", "--variant=minbase", SUITE, str(root), mirror())
        slim(root)
        archive = Path(folder, "root.tar")
        _call("tar", "-C", str(root), "--numeric-owner", "-cf", str(archive), ".")
        podman.run("import", str(archive), name, timeout_seconds=BUILD_SECONDS)
    return name


def slim(root: Path) -> None:
    """Take from a new Debian in `root` what its slim images lack."""
    unread = [*(root / "usr/share" / name for name in UNSHIPPED), root / "var/lib/apt/lists", root / "var/cache/apt"]
    for folder in unread:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    rules = "".join(f"path-exclude /usr/share/{name}/*\n" for name in UNSHIPPED)
    (root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True, exist_ok=True)
    (root / "etc/dpkg/dpkg.cfg.d/slim").write_text(rules)


def mirror() -> str:
    """The address of the Debian mirror that this machine installs from. Raises PodmanError where it names none."""
    told = _call("apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)").splitlines()
    addresses = [address for suite, _, address in (line.partition(" ") for line in told) if suite == SUITE]
    if not addresses:
        raise PodmanError(f"this machine's apt has no source for {SUITE}, so its base cannot be made here")
    return addresses[0]


def _call(*argv: str) -> str:
    done = subprocess.run(
        argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=BUILD_SECONDS, check=False
    )
    if done.returncode != 0:
        raise PodmanError(f"{argv[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
