"""How large an image is to whoever pulls it: each layer, as it is and compressed."""

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from image.podman import BUILD_SECONDS, Podman

ZSTD_LEVEL = 3
"""zstd's own, and BuildKit's where it is told none."""
COMPRESSORS: Mapping[str, tuple[str, ...]] = {
    "gzip": ("gzip", "-n", "-6", "-c"),
    f"zstd -{ZSTD_LEVEL}": ("zstd", f"-{ZSTD_LEVEL}", "-c", "-q"),
    "zstd -19": ("zstd", "-19", "-T0", "-c", "-q"),
}
"""By name, the commands that write a file's compressed form to their standard output."""


@dataclass(frozen=True)
class Layer:
    """What one instruction of a Dockerfile added, in bytes: `compressed` by each of COMPRESSORS."""

    instruction: str
    size_bytes: int
    compressed_bytes: Mapping[str, int]


def layers(podman: Podman, image: str) -> list[Layer]:
    """The layers of `image` that hold anything, the base first. Raises PodmanError and OSError."""
    with tempfile.TemporaryDirectory(prefix="layers-") as name:
        folder = Path(name)
        archive = folder / "image.tar"
        podman.run(
            "save", "--quiet", "--format", "docker-archive", "-o", str(archive), image, timeout_seconds=BUILD_SECONDS
        )
        with tarfile.open(archive) as opened:
            opened.extractall(folder, filter="data")
        archive.unlink()
        [manifest] = json.loads((folder / "manifest.json").read_text())
        history = json.loads((folder / manifest["Config"]).read_text())["history"]
        made = [entry["created_by"] for entry in history if not entry.get("empty_layer")]
        paths = [folder / layer for layer in manifest["Layers"]]
        return [
            Layer(
                instruction_of(said),
                path.stat().st_size,
                {name: _size(path, *argv) for name, argv in COMPRESSORS.items()},
            )
            for said, path in zip(made, paths, strict=True)
        ]


def instruction_of(created_by: str, characters: int = 60) -> str:
    """The beginning of what a layer's history says, without the shell that ran it."""
    # Arguments of the build stand before the shell.
    said = created_by.partition("/bin/sh -c ")[2] or created_by
    words = " ".join(said.removeprefix("#(nop) ").split())
    return words if len(words) <= characters else f"{words[: characters - 1]}…"


def _size(path: Path, *argv: str) -> int:
    program = shutil.which(argv[0])
    if program is None:
        raise OSError(f"{argv[0]} is not installed")
    with (
        path.open("rb") as source,
        subprocess.Popen([program, *argv[1:]], stdin=source, stdout=subprocess.PIPE) as process,
    ):
        if process.stdout is None:
            raise AssertionError("its output is a pipe")
        size = 0
        while chunk := process.stdout.read(1 << 20):
            size += len(chunk)
    if process.returncode != 0:
        raise OSError(f"{argv[0]} ended with {process.returncode}")
    return size
