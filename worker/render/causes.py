"""Why FFmpeg ended, from its exit and the tail of what it wrote: a short cause that can be told to a job's sender."""

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["source", "output", "machine", "unknown"]

_INPUT: Final = re.compile(r"\[(?:in|vist|aist)#(?P<index>\d+)[:/ ]")
_CONTEXT: Final = re.compile(r"^(?:\[[^\]]*\]\s*)+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")

# Looked for in this order in all lines: what the machine lacked explains what looks like a bad file after it.
_CAUSES: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("machine", "the disk is full", r"No space left on device|Disk quota exceeded"),
    (
        "machine",
        "the memory did not suffice",
        r"Cannot allocate memory|malloc of size \d+ failed|Resource temporarily unavailable",
    ),
    ("machine", "the disk failed", r"Input/output error"),
    ("output", "the output is larger than is allowed", r"File too large"),
    ("source", "is not a kind of video file that is read here", r"Format not on whitelist"),
    ("source", "refers to other files or addresses", r"Protocol '\w+' not on whitelist"),
    ("source", "has a larger picture than is allowed", r"exceeds specified max pixel count"),
    ("source", "is in a codec that is not read here", r"Codec \(\w+\) not on whitelist"),
    ("source", "has no video stream", r"matches no streams|does not contain any stream"),
    (
        "source",
        "is truncated or not a video",
        r"moov atom not found|partial file|Packet corrupt|Invalid data found|Error opening input|Decod(e|ing) error",
    ),
)


@dataclass(frozen=True)
class Cause:
    """`kind` says whose fault it is: the source's (bad for ever), the output's size, the machine's (may pass).

    `input_index` is the input of FFmpeg's command line that its words name, where they name one.
    """

    kind: Kind
    message: str
    input_index: int | None = None


def find_cause(return_code: int, lines: Sequence[str]) -> Cause:
    """The cause of an end with `return_code` (negative: a signal's number, as subprocess has it)."""
    if return_code == -signal.SIGKILL:
        return Cause("machine", "FFmpeg was killed, most likely for want of memory")
    if return_code == -signal.SIGXCPU:
        return Cause("output", "rendering took more processor time than is allowed")
    if return_code == -signal.SIGXFSZ:
        return Cause("output", "the output is larger than is allowed")
    for kind, message, pattern in _CAUSES:
        for line in lines:
            if re.search(pattern, line):
                index = _input_index([line]) if _INPUT.search(line) else _input_index(lines)
                return Cause(kind, message, index)
    if return_code < 0:
        return Cause("unknown", f"FFmpeg was ended by signal {-return_code}", _input_index(lines))
    return Cause("unknown", _last_words(lines) or f"FFmpeg ended with exit code {return_code}", _input_index(lines))


def _input_index(lines: Sequence[str]) -> int | None:
    found = next((match for line in lines if (match := _INPUT.search(line))), None)
    return int(found["index"]) if found else None


def _last_words(lines: Sequence[str]) -> str:
    """The last line without FFmpeg's addresses, bounded, printable."""
    stripped = (_CONTROL.sub(" ", _CONTEXT.sub("", line)).strip() for line in reversed(lines))
    return next((words[:200] for words in stripped if words), "")
