"""Who keeps a folder's stack: a pid file that is locked for as long as the process that it names lives.

A pid alone proves nothing: its process may have ended without a word, and another program may have been given its
number. The kernel drops the lock with the process, however it dies, so what counts is the lock.
"""

import contextlib
import fcntl
import os
from pathlib import Path


class Claim:
    """The lock on a pid file, held. It passes on to a child process that inherits its descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def sign(self) -> None:
        """Write this process's id into the file, and keep the lock from its future children."""
        os.set_inheritable(self.descriptor, False)
        os.pwrite(self.descriptor, f"{os.getpid()}\n".encode(), 0)

    def is_of(self, file: Path) -> bool:
        """Whether `file` is still the one that is locked, and nobody removed or replaced it."""
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self.descriptor), file.stat())
        return False

    def withdraw(self) -> None:
        """Take the pid out, so that whoever comes next knows that this one ended in order."""
        os.ftruncate(self.descriptor, 0)

    def let_go(self) -> None:
        """Close the descriptor; the lock stays with the processes that inherited it."""
        os.close(self.descriptor)


class PidFile:
    """The pid file of a folder, as everybody else sees it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def take(self) -> Claim | None:
        """Lock it; None if a living process has it (or is just asking whether one has: try again)."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return Claim(descriptor)

    def is_held(self) -> bool:
        """Whether a living process has it."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def pid(self) -> int | None:
        """The id in it: the holder's, if it is held and signed; otherwise of one that ended without a word."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            return int(self.path.read_text(encoding="ascii"))
        return None
