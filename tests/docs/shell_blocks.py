"""The AWS CLI commands of a page, read without a CLI: words, options, and botocore's own model of what they call."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import botocore.session
from botocore import xform_name

BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
OUTPUT = re.compile(r"\$\(pulumi stack output (\w+)\)")
OF_THE_CLI = {"query", "output", "max-items", "cli-binary-format"}
"""Options that the CLI itself has for every operation."""
CUSTOM = {("logs", "tail"): {"follow", "format", "since"}}
"""Commands that are no operation of the API, and the options of theirs that pages may use."""


@dataclass(frozen=True)
class Command:
    """`aws <service> <operation>` with its options (`--x y`; "" for a switch) in the order of the page."""

    service: str
    operation: str
    options: dict[str, str]


def outputs_named(page: Path) -> set[str]:
    """The stack outputs that the page's commands read."""
    return set(OUTPUT.findall(_shell(page)))


def commands(page: Path) -> Iterator[Command]:
    """The commands of all shell blocks, those inside `$(...)` as well."""
    for text in _texts(_shell(page)):
        words = shlex.split(text, comments=True)
        _, service, operation, *rest = words
        options: dict[str, str] = {}
        last = ""
        for word in rest:
            if word.startswith("--"):
                last = word.removeprefix("--")
                options[last] = ""
            elif last and not options[last]:
                options[last] = word
        yield Command(service, operation, options)


def unknown_options(command: Command) -> set[str]:
    """The options that neither the CLI nor the operation has. Raises KeyError for an operation that there is not."""
    if (command.service, command.operation) in CUSTOM:
        return command.options.keys() - CUSTOM[command.service, command.operation]
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
        if line.startswith("aws "):
            yield re.sub(r"\$\([^()]*\)", "INNER", line)
