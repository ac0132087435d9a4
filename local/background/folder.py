"""The folder of a stack in the background: which file says what, and who may write it.

`pid` belongs to whoever holds its lock. The keeper writes the rest; `up` clears it before a new keeper starts.
"""

import os
import shutil
from pathlib import Path

from local.background.claim import PidFile
from local.background.standing import Standing


class Folder:
    """`path` is absolute, so that processes with other working directories find the same files."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.pid_file = PidFile(self.path / "pid")
        self.log = self.path / "log"
        """What the keeper and its players complained of."""
        self.timeline = self.path / "timeline"
        """What the fleet and the jobs did, a line each, to be read by people."""
        self.history = self.path / "history.jsonl"
        """The same for programs, and more of it."""
        self.stack = self.path / "stack"
        """The program's state, the Lambdas' archives, the logs of tasks and Lambdas."""
        self.pulumi = self.path / "pulumi"
        """State, configuration and plugins of the Pulumi engine, where one deployed the stack."""
        self._standing = self.path / "state.json"

    def say(self, standing: Standing) -> None:
        """Replace what is said of the stack, whole or not at all, for its owner's eyes: it holds tokens."""
        draft = self._standing.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(standing.model_dump_json(indent=2))
        draft.replace(self._standing)

    def standing(self) -> Standing:
        """What the keeper said last; a standing without a stage before its first word."""
        try:
            return Standing.model_validate_json(self._standing.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Standing()

    def forget(self) -> None:
        """Take back what was said of the stack, by Pulumi too: it runs no more. Logs and history stay to be read."""
        self._standing.unlink(missing_ok=True)
        shutil.rmtree(self.pulumi, ignore_errors=True)

    def clear(self) -> None:
        """Remove all that an earlier stack left, but for the pid file, whose lock may be held."""
        self.forget()
        for file in (self.log, self.timeline, self.history):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.stack, ignore_errors=True)
