"""What happened in the local stack, in order: the source of the demo's timeline and of tests' assertions."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    at: datetime
    """When, in UTC."""
    event: str
    """What, dotted: `task.running`, `service.desired`."""
    fields: Mapping[str, Any]
    """The rest; values that JSON can write."""

    def as_json(self) -> str:
        """Write it as one line of JSON."""
        return json.dumps({"at": self.at.isoformat(), "event": self.event, **self.fields}, default=str)


class History:
    """A growing list of entries that any thread may write and read, also kept as JSON lines when a path is given."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._entries: list[Entry] = []
        self._subscribers: list[Callable[[Entry], None]] = []
        self._lock = threading.Lock()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)

    def record(self, event: str, **fields: Any) -> Entry:
        """Append an entry, then tell the subscribers, on the caller's thread."""
        with self._lock:
            entry = Entry(at=datetime.now(UTC), event=event, fields=fields)
            self._entries.append(entry)
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as lines:
                    lines.write(entry.as_json() + "\n")
            subscribers = tuple(self._subscribers)
        for callback in subscribers:
            try:
                callback(entry)
            except Exception:  # a listener's fault is not the player's
                log.exception("a subscriber failed on %s", event)
        return entry

    def entries(self, event: str | None = None) -> tuple[Entry, ...]:
        """All entries so far, oldest first; only those of `event` if it is given."""
        with self._lock:
            return tuple(entry for entry in self._entries if event in {None, entry.event})

    def subscribe(self, callback: Callable[[Entry], None]) -> None:
        """Call `callback` with every entry from now on; it must be quick and may be called from any thread."""
        with self._lock:
            self._subscribers.append(callback)
