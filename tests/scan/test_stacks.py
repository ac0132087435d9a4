"""checkov over the stacks: nothing fails that is not waived, and what is bad is seen through the converter."""

from collections.abc import Iterable

import pytest

from scan.checkov import EXECUTABLE, scan
from scan.finding import Finding
from scan.terraform_plan import plan
from scan.waivers import FILE, problems, read_waivers
from tests.components.recording import CASES, IMAGE_URI, Resource, record, recording_of
from tests.scan.spoiling import SPOILED, Spoiled, spoil

# One fixture does it all: seconds, or a minute where others have the processors.
pytestmark = [pytest.mark.scan, pytest.mark.timeout(300)]

SCANNED = ("staging-as-shipped", "prod-as-shipped", "https", "no-load-balancer", "nat", "own-network", "own-buckets")
SPOILED_STACK = "spoiled"


def with_every_part() -> dict[str, object]:
    """A stack that has all there is to spoil: HTTPS, and an image that is built."""
    config = {key: value for key, value in CASES["https"]["config"].items() if key not in IMAGE_URI}
    return {"stack": "prod", "preview": False, "config": config}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    """One run of the program and one of checkov for all tests here."""
    assert EXECUTABLE.exists(), "checkov is not installed: make scan"
    answers = record({**{case: CASES[case] for case in SCANNED}, SPOILED_STACK: with_every_part()})
    stacks: dict[str, list[Resource]] = {case: recording_of(answer).resources for case, answer in answers.items()}
    stacks[f"{SPOILED_STACK}-not"] = stacks[SPOILED_STACK]
    stacks[SPOILED_STACK] = spoil(stacks[SPOILED_STACK])
    return scan({stack: plan(resources) for stack, resources in stacks.items()}, tmp_path_factory.mktemp("plans"))


def of_stacks(findings: Iterable[Finding], stacks: Iterable[str]) -> set[Finding]:
    wanted = set(stacks)
    return {finding for finding in findings if finding.stack in wanted}


def test_no_check_fails_that_is_not_waived_and_no_waiver_is_idle(everything: set[Finding]):
    wrong = problems(of_stacks(everything, SCANNED), read_waivers(FILE.read_text("utf-8")))
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("spoiled", SPOILED, ids=lambda spoiled: f"{spoiled.check}-{spoiled.name}")
def test_what_is_spoiled_is_found_and_was_not_before(everything: set[Finding], spoiled: Spoiled):
    failing = {(found.stack, found.check, found.resource) for found in everything}
    assert (SPOILED_STACK, spoiled.check, spoiled.address) in failing
    assert (f"{SPOILED_STACK}-not", spoiled.check, spoiled.address) not in failing
