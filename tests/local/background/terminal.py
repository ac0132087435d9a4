"""A person at the terminal of a checkout, with a folder of their own: the pages' commands, as they stand there."""

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.local.alive import children_of

ROOT = Path(__file__).parents[3]
HOW_TO = ROOT / "docs" / "how-to" / "try-the-local-stack.md"
SKIP_SETUP = 'make() { command make -o setup "$@"; }'
"""The pages' `make`, which installs nothing: tests run in an environment that is set up."""
HOSTILE = {"AWS_PROFILE": "somebody-elses", "HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
"""What a shell of a user of AWS may hold; nothing listens there."""


@dataclass(frozen=True)
class Terminal:
    """`folder` keeps the state of the stack (in `up/`) and is where the person's own files go."""

    folder: Path
    options: str = ""

    def begin(self, script: str, **kinds: str) -> "subprocess.Popen[str]":
        """Start a script of bash; stderr goes where stdout goes."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        arguments = f"--work {shlex.quote(str(self.folder))} {self.options if 'up' in script.split() else ''}"
        return subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", f"{SKIP_SETUP}\n{script}"],
            cwd=ROOT,
            env={**kept, **HOSTILE, "ARGS": arguments.strip(), **kinds},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, script: str) -> tuple[int, str]:
        """Run a script to its end; answers its exit code and what it printed."""
        with self.begin(script) as process:
            told, _ = process.communicate(timeout=100)
        return process.returncode, told

    def timeline(self) -> str:
        return (self.folder / "up" / "timeline").read_text()

    def keeper(self) -> int:
        return int((self.folder / "up" / "pid").read_text())


def block(language: str, part: str) -> str:
    """The how-to's only block in that language that has this part."""
    [found] = [text for text in blocks(HOW_TO, language) if part in text]
    return found


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def descendants_of(pid: int) -> list[int]:
    """The ids of all that a process started, and that those started, as far as they run."""
    children = children_of(pid)
    return children + [further for child in children for further in descendants_of(child)]
