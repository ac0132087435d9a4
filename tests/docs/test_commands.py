"""The commands that runbooks and the operator's page tell people to run are such as AWS, the stack and we know."""

import json
from pathlib import Path

import pytest

from components.outputs import OUTPUTS
from lambdas.warmkeeper.events import parse_event
from tests.docs.shell_blocks import commands, outputs_named, unknown_options

DOCS = Path(__file__).parents[2] / "docs"
OPERATE = DOCS / "how-to" / "operate.md"
PAGES = [OPERATE, *sorted((DOCS / "runbooks").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_is_an_operation_with_options_that_it_has(page: Path):
    found = list(commands(page))
    assert found, "a page without a command helps nobody"
    assert {str(command): unknown for command in found if (unknown := unknown_options(command))} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_output_that_a_command_reads_is_one_of_the_stack(page: Path):
    assert outputs_named(page) <= OUTPUTS.keys()


def test_the_warmkeeper_takes_every_order_on_the_operators_page():
    events = [command.stdin for command in commands(OPERATE) if command.operation == "invoke"]
    assert [json.loads(event)["command"] for event in events] == ["wake", "sleep", "hold", "hold", "resume"]
    for event in events:
        parse_event(json.loads(event))
