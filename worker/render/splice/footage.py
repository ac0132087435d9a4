"""The packets of a file's picture, taken out of it without decoding any: their bytes, and where each of them is."""

import mmap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.render.probe import input_options
from worker.render.splice.packets import Packet, read_packets


@dataclass(frozen=True)
class Footage:
    """Packets in the order of decoding, and the file in which their bytes follow each other, in annex B's format."""

    packets: tuple[Packet, ...]
    file: Path

    def remove(self) -> None:
        """Take the bytes off the disk."""
        self.file.unlink(missing_ok=True)

    @contextmanager
    def opened(self) -> Iterator["OpenFootage"]:
        """Access to the bytes."""
        if not self.packets:
            yield OpenFootage(b"")
            return
        with self.file.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield OpenFootage(mapped)


@dataclass(frozen=True)
class OpenFootage:
    """The bytes of footage."""

    data: bytes | mmap.mmap

    def read(self, packet: Packet) -> bytes:
        """A packet's bytes."""
        return self.data[packet.offset : packet.offset + packet.size]


def extract_arguments(
    file: str, reach: Sequence[str], stream_index: int, name: str, *, max_pixels: int
) -> tuple[str, ...]:
    """Writes `name`.txt and `name`.h264, without a picture being decoded; `reach` says what of the file to read.

    What a file holds but H.264 ends FFmpeg with an error at once.
    """
    copied = ("-map", f"0:{stream_index}", "-c", "copy", "-bsf:v", "h264_mp4toannexb")
    return (
        *("-nostdin", "-hide_banner", "-v", "info", "-nostats"),
        *(*input_options(max_pixels, 1), *reach, "-i", f"file:{file}"),
        *(*copied, "-f", "framecrc", "-y", f"{name}.txt"),
        *(*copied, "-f", "h264", "-y", f"{name}.h264"),
    )


def read_footage(folder: Path, name: str) -> Footage | None:
    """What `extract_arguments` wrote; None if it is not of H.264, or does not agree with itself."""
    file = folder / f"{name}.h264"
    with (folder / f"{name}.txt").open(encoding="utf-8", errors="replace") as lines:
        packets = read_packets(lines)
    size_bytes = sum(packet.size for packet in packets)
    return Footage(packets, file) if packets and file.stat().st_size == size_bytes else None
