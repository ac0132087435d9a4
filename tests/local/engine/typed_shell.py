"""One bash in which commands are typed one after another, as at a terminal: what one exports, the next has."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

COMMAND_SECONDS = 240
"""A command takes ten seconds, the start of a stack twenty; one that takes this long hangs."""
END = "-- the end of a command, with "
SKIP_SETUP = 'make() { command make -o setup "$@"; }\n'
"""`make`, which installs nothing: tests run in an environment that is set up."""


class TypedShell:
    """A context manager: the shell ends with it, and nothing else that was started in it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.typed: list[str] = []
        """All commands so far."""
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._type(SKIP_SETUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bash.communicate("exit\n", timeout=10)

    def __call__(self, command: str, *, status: int = 0) -> str:
        """What the command said on both streams. It must end with this status."""
        self.typed.append(command)
        self._type(f"{{ {command}\n}} </dev/null\necho '{END}'$?\n")
        killer = threading.Timer(COMMAND_SECONDS, os.killpg, (self._bash.pid, signal.SIGKILL))
        killer.start()
        said = ""
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            text, end, ended_with = line.partition(END)
            said += text
            if end:
                killer.cancel()
                assert int(ended_with) == status, f"{command} ended with {ended_with}:\n{said}"
                return said
        raise AssertionError(f"the shell ended under {command}:\n{said}")

    def _type(self, text: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(text)
        self._bash.stdin.flush()
