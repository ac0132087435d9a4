"""The scratch disk, which may fail."""

from collections.abc import Iterator
from contextlib import contextmanager

from worker.errors import TransientError


@contextmanager
def on_disk() -> Iterator[None]:
    """What the disk refuses (it is full, most often) is the machine's fault, and may pass."""
    try:
        yield
    except OSError as error:
        raise TransientError(f"the scratch disk failed: {error.strerror}") from error
