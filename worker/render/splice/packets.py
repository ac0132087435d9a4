"""The packets of a stream in the order of decoding, from what FFmpeg's framecrc muxer writes of them. Pure.

It writes `stream, dts, pts, duration, size, crc` a line, flags only where they are not a key frame's, and before them
`#tb 0: 1/15360`, `#codec_id 0: h264` and the like. Measured against FFmpeg 9.0.2.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_HEAD: Final = re.compile(r"^#(?P<key>tb|codec_id) 0: (?P<value>\S+)$")
_LINE: Final = re.compile(
    r"^0, *(?:-?\d+|NOPTS), *(?P<pts>-?\d+|NOPTS), *\d+, *(?P<size>\d+), 0x[0-9a-f]{8}"
    r"(?:, F=0x(?P<flags>[0-9A-Fa-f]+))?"
)
_KEY: Final = 1


@dataclass(frozen=True)
class Packet:
    """One picture: when it is shown (seconds after the point that was sought), and where its bytes are.

    `flags` are FFmpeg's; 1 says a key frame, anything above it that the packet is not to be shown or is broken.
    """

    seconds: Fraction | None
    offset: int
    size: int
    flags: int

    @property
    def is_key(self) -> bool:
        """Whether FFmpeg takes it for a key frame, and for nothing else."""
        return self.flags == _KEY

    @property
    def is_usable(self) -> bool:
        """Whether it is an ordinary picture with a time."""
        return self.seconds is not None and self.flags <= _KEY


def read_packets(lines: Iterable[str]) -> tuple[Packet, ...]:
    """The packets of a stream of H.264; none of any other. Offsets are those in a file of the packets' bytes alone."""
    heads: dict[str, str] = {}
    packets: list[Packet] = []
    offset = 0
    for line in lines:
        if head := _HEAD.match(line.rstrip()):
            heads[head["key"]] = head["value"]
        elif packet := _LINE.match(line):
            flags = _KEY if packet["flags"] is None else int(packet["flags"], 16)
            shown = None if packet["pts"] == "NOPTS" else int(packet["pts"]) * Fraction(heads["tb"])
            packets.append(Packet(shown, offset, int(packet["size"]), flags))
            offset += packets[-1].size
    return tuple(packets) if heads.get("codec_id") == "h264" else ()
