"""An operator's shell over a local stack: bash, the real AWS CLI, and of the Pulumi CLI what the pages use."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.stack import LocalStack

AWS_CLI = Path(__file__).parents[2] / ".venv-awscli" / "bin" / "aws"
WARM_CLI = Path(__file__).with_name("warm_cli.py")
PULUMI = """#!/bin/sh
# `pulumi stack output NAME`, and nothing else of Pulumi's.
if [ $# -ne 3 ] || [ "$1 $2" != "stack output" ] || [ ! -f "$(dirname "$0")/outputs/$3" ]; then
  echo "error: current stack does not have output property '$3'" >&2
  exit 255
fi
exec cat "$(dirname "$0")/outputs/$3"
"""
AWS = f"""#!/bin/sh
# The real CLI. Version 1 sends SQS's commands to the region's own endpoint whatever AWS_ENDPOINT_URL says.
exec '{sys.executable}' -I -S '{WARM_CLI}' "$(dirname "$0")/cli" --endpoint-url "$AWS_ENDPOINT_URL" "$@"
"""
COMMANDS_SECONDS = 60


class CommandError(AssertionError):
    """A command of a page failed; the text is what it said."""


class OperatorShell:
    """Runs what a page says, word for word but for its placeholders. `folder` is the shell's home and its programs'."""

    def __init__(self, folder: Path, stack: LocalStack) -> None:
        if not AWS_CLI.exists():
            raise FileNotFoundError(f"{AWS_CLI} is not there: run make .venv-awscli/.ready")
        self._folder = folder
        self._environment = {
            **stack.cloud.environment(),
            "PATH": os.pathsep.join([str(folder), os.defpath]),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
        }
        outputs = folder / "outputs"
        outputs.mkdir(parents=True)
        for name, value in stack.outputs.items():
            (outputs / name).write_text(value if isinstance(value, str) else json.dumps(value))
        for name, program in (("pulumi", PULUMI), ("aws", AWS)):
            (folder / name).write_text(program)
            (folder / name).chmod(0o755)
        python = AWS_CLI.with_name("python")
        self._cli = subprocess.Popen(
            [python, WARM_CLI, "host", folder / "cli"],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._cli.stdout is not None
        assert self._cli.stdout.readline() == b"ready\n"

    def close(self) -> None:
        """End what runs the CLI."""
        self._cli.communicate()

    def run(self, text: str, placeholders: Mapping[str, str] | None = None) -> str:
        """What the text prints once its placeholders are replaced. Raises CommandError."""
        script = filled_in(text, placeholders or {})
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMANDS_SECONDS,
            check=False,
        )
        if done.returncode or done.stderr:
            raise CommandError(f"{script}\nended with {done.returncode}: {done.stderr}")
        return done.stdout

    def begin(self, text: str, printed: Path) -> "subprocess.Popen[bytes]":
        """Start a text that goes on until it is interrupted; it prints into a file."""
        with printed.open("wb") as file:
            return subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", text],
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def filled_in(text: str, placeholders: Mapping[str, str]) -> str:
    """The text with each placeholder replaced; one that the text does not have is a mistake."""
    for placeholder, value in placeholders.items():
        assert placeholder in text, f"{text} has no {placeholder}"
        text = text.replace(placeholder, value)
    return text


def documents(printed: str) -> list[Any]:
    """The JSON documents that were printed one after the other."""
    found: list[Any] = []
    decoder, rest = json.JSONDecoder(), printed.strip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found
