"""`python -m image`: the size of the worker's image by layer, and its start-up, beside those of a naive one."""

import os
import platform
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path

from image import base
from image.podman import REPOSITORY, Podman, missing
from image.size import COMPRESSORS, layers
from image.start_up import start

FOLDER = REPOSITORY / ".local" / "image"
IMAGES = {"worker": "Dockerfile", "naive": "image/naive.Dockerfile"}
STARTS = 10
MEGABYTE = 1_000_000


def main() -> int:
    """Build both images and print what they weigh and how they start. The exit code is 1 where that cannot be done."""
    reason = missing()
    if reason is not None:
        sys.stderr.write(f"the image cannot be measured here: {reason}\n")
        return 1
    podman = Podman(FOLDER)
    base.provide(podman)
    _say(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, {platform.machine()}, {_processor()}")
    for name, file in IMAGES.items():
        tag = f"localhost/warm-pool-bench:{name}"
        podman.build(tag, REPOSITORY / file)
        _weigh(podman, name, tag)
        _start(podman, name, tag)
    return 0


def _weigh(podman: Podman, name: str, tag: str) -> None:
    found = layers(podman, tag)
    _say(f"\n{name}: MB{'raw':>49}" + "".join(f"{compressor:>10}" for compressor in COMPRESSORS))
    for layer in found:
        _row(layer.instruction, layer.size_bytes, *(layer.compressed_bytes[one] for one in COMPRESSORS))
    totals = [sum(layer.compressed_bytes[one] for layer in found) for one in COMPRESSORS]
    _row("all", sum(layer.size_bytes for layer in found), *totals)


def _start(podman: Podman, name: str, tag: str) -> None:
    starts = [start(podman, tag) for _ in range(STARTS)]
    for what in ("seconds", "cpu_seconds"):
        told = sorted(getattr(one, what) * 1000 for one in starts)
        _say(f"{name}: first poll answered, {what}: median {statistics.median(told):.0f} ms, least {told[0]:.0f} ms")
    load = os.getloadavg()[0]
    _say(f"{name}: the machine's load meanwhile was {load:.1f}")


def _row(what: str, *sizes_bytes: int) -> None:
    _say(f"{what[:48]:<48}" + "".join(f"{size / MEGABYTE:>10.1f}" for size in sizes_bytes))


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "processor unknown")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
