"""The shell blocks of a page: its snippets, as they stand, and its AWS CLI commands, read by botocore's own models."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import botocore.session
from botocore import xform_name

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
OUTPUT = re.compile(r"\$\(pulumi stack output (\w+)\)")
OF_THE_CLI = {"query", "output", "max-items"}
"""Options that the CLI itself has for every operation."""


@dataclass(frozen=True)
class Snippet:
    """What a reader copies: the lines below one comment, under the comment's words."""

    title: str
    text: str


@dataclass(frozen=True)
class Command:
    """`aws <service> <operation>` with its options (`--x y`; "" for a switch) in the order of the page.

    `stdin` is what a here-string gives it.
    """

    service: str
    operation: str
    options: dict[str, str]
    stdin: str = ""


def snippets(page: Path) -> Iterator[Snippet]:
    """The snippets of all shell blocks, in the order of the page. Raises ValueError for lines without a comment."""
    for block in BLOCK.findall(page.read_text("utf-8")):
        before, *commented = re.split(r"^# (.*)\n", block, flags=re.MULTILINE)
        if before.strip():
            raise ValueError(f"{page} does not say what this does: {before}")
        yield from map(Snippet, commented[::2], commented[1::2])


def outputs_named(page: Path) -> set[str]:
    """The stack outputs that the page's commands read."""
    return set(OUTPUT.findall(_shell(page)))


def commands(page: Path) -> Iterator[Command]:
    """The commands of all shell blocks, those inside `$(...)` as well."""
    for text in _texts(_shell(page)):
        words = shlex.split(text, comments=True)
        _, service, operation, *rest = words
        stdin = ""
        if "<<<" in rest:
            rest, (stdin,) = rest[: rest.index("<<<")], rest[rest.index("<<<") + 1 :]
        options: dict[str, str] = {}
        last = ""
        for word in rest:
            if word.startswith("--"):
                last = word.removeprefix("--")
                options[last] = ""
            elif last and not options[last]:
                options[last] = word
        yield Command(service, operation, options, stdin)


def unknown_options(command: Command) -> set[str]:
    """The options that neither the CLI nor the operation has. Raises KeyError for an operation that there is not."""
    model = botocore.session.get_session().get_service_model(command.service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[command.operation]).input_shape
    assert shape is not None
    members = {xform_name(member, "-") for member in shape.members}
    switches = {f"no-{member}" for member in members}
    missing = {xform_name(member, "-") for member in shape.required_members} - command.options.keys()
    assert not missing, f"{command} lacks {missing}"
    return command.options.keys() - members - switches - OF_THE_CLI


def _shell(page: Path) -> str:
    blocks = BLOCK.findall(page.read_text("utf-8"))
    return "\n".join(block.replace("\\\n", " ") for block in blocks)


def _texts(shell: str) -> Iterator[str]:
    """Each command's text, with what it substitutes taken out and given by itself."""
    inner = re.compile(r"\$\(\s*(aws [^()]*)\)")
    shell = OUTPUT.sub("OUTPUT", shell)
    for found in inner.findall(shell):
        yield " ".join(found.split())
    for line in inner.sub("INNER", shell).splitlines():
        if line.lstrip().startswith("aws "):
            yield re.sub(r"\$\([^()]*\)", "INNER", line)
