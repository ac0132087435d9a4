"""A file and an address that nobody may touch, and what tells of it when somebody does."""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_ACCESS, _OPEN = 0x1, 0x20  # inotify(7)


class Canary:
    """`file` may not be opened, and nobody may call at `url`: `touches` lists what was done all the same.

    Who opens the file is told by the kernel, which only Linux's does like this; elsewhere that part is not seen.
    """

    def __init__(self, folder: Path, content: bytes = b"not for your eyes") -> None:
        self.file = folder / "canary"
        self.file.write_bytes(content)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setblocking(False)
        self._events = -1
        if sys.platform == "linux":
            libc = ctypes.CDLL(None, use_errno=True)
            self._events = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            if libc.inotify_add_watch(self._events, os.fsencode(self.file), _ACCESS | _OPEN) < 0:
                raise OSError(ctypes.get_errno(), "the file cannot be watched")

    @property
    def url(self) -> str:
        """Where somebody listens."""
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def written(self, text: str) -> str:
        """A text of the corpus with this canary's own file and address."""
        return text.replace("@FILE@", str(self.file)).replace("@URL@", self.url)

    @property
    def touches(self) -> list[str]:
        """What was done since the last look."""
        found = list(self._opened())
        with suppress(BlockingIOError):
            while True:
                connection, _ = self._server.accept()
                connection.close()
                found.append("called")
        return found

    def _opened(self) -> Iterator[str]:
        if self._events < 0:
            return
        with suppress(BlockingIOError):
            while raw := os.read(self._events, 4096):
                # An event is four numbers of 32 bits, the second being its kind, and here it has no name.
                yield from ("opened" if kind & _OPEN else "read" for _, kind, _, _ in struct.iter_unpack("iIII", raw))

    def close(self) -> None:
        """Watch and listen no longer."""
        self._server.close()
        if self._events >= 0:
            os.close(self._events)
