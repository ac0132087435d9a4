"""What FFmpeg says of one render, kept whole for the operator: in a file beside the render's, bounded.

Nothing of a sender is in it but what a source says of itself: FFmpeg sees files by names of ours, texts by file, and no
address.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

LOG_FILE = "ffmpeg.log"
MAX_BYTES = 1024 * 1024
"""Of a render's processes together; each may add its last words to a file that is full."""
LAST_LINES = 200


class LogFile:
    """One process's part of the log in `folder`. A log is a courtesy: a disk that refuses it fails no render."""

    def __init__(self, folder: Path, arguments: Sequence[str], max_bytes: int = MAX_BYTES) -> None:
        self._left_out: deque[bytes] = deque(maxlen=LAST_LINES)
        self._left_out_count = 0
        self._max_bytes = max_bytes
        self._file: BinaryIO | None = None
        with suppress(OSError):
            self._file = (folder / LOG_FILE).open("ab")
        self._write(b"$ ffmpeg " + " ".join(arguments).encode() + b"\n")

    def add(self, line: bytes) -> None:
        """Keep a line, or count it if there is no room."""
        if self._file is not None and self._file.tell() + len(line) <= self._max_bytes and not self._left_out_count:
            self._write(line)
        else:
            self._left_out.append(line)
            self._left_out_count += 1

    def close(self, return_code: int | None) -> None:
        """Write the last of what was left out, and how the process ended (None: it was ended before it said)."""
        missing = self._left_out_count - len(self._left_out)
        if missing:
            self._write(b"(%d lines are left out here)\n" % missing)
        for line in self._left_out:
            self._write(line)
        if return_code is not None:
            self._write(b"(ended with %d)\n" % return_code)
        if self._file is not None:
            with suppress(OSError):
                self._file.close()

    def _write(self, line: bytes) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.write(line if line.endswith(b"\n") else line + b"\n")
