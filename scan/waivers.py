"""Waivers: the checks that the stacks fail, each with why, and what it would cost not to.

They lie in `waivers.yaml`, in one place, so that nobody has to look for a reason in the code. One that no failed check
needs any more is an error: it would let the next failure through unseen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from scan.finding import Finding

FILE = Path(__file__).parent / "waivers.yaml"

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=20)]
"""Nobody explains anything in less."""


class Waiver(BaseModel):
    """One check that may fail on the resources whose logical name a pattern matches, in the stacks that one matches."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    check: Annotated[str, StringConstraints(pattern=r"^CKV2?_AWS_\d+$")]
    title: Annotated[str, StringConstraints(min_length=3, max_length=80)]
    """What is not done, in a few words."""
    resources: Annotated[tuple[str, ...], Field(min_length=1)]
    """Patterns of logical names, as a shell has them: `*-logs`."""
    stacks: Annotated[tuple[str, ...], Field(min_length=1)] = ("*",)
    """Patterns of the recorded cases' names."""
    control: Annotated[str, StringConstraints(pattern=r"^(FSBP [A-Za-z0-9]+\.\d+|[A-Za-z0-9]+\.\d+|none)$")]
    """Security Hub's control: of AWS Foundational Security Best Practices (FSBP S3.9), of other standards only (S3.14),
    or none."""
    reason: Sentence
    cost: Sentence
    """What meeting it would cost, and how it is met where the configuration can do that already."""

    def covers(self, finding: Finding) -> bool:
        """Whether it excuses the finding."""
        return (
            finding.check == self.check
            and any(fnmatchcase(finding.name, pattern) for pattern in self.resources)
            and any(fnmatchcase(finding.stack, pattern) for pattern in self.stacks)
        )

    def narrowed(self, resource: str, stack: str) -> "Waiver":
        """The same, of one pattern of each kind."""
        return self.model_copy(update={"resources": (resource,), "stacks": (stack,)})


_WAIVERS = TypeAdapter(list[Waiver])


def read_waivers(text: str) -> list[Waiver]:
    """The waivers of a file's text, in its order. Raises pydantic's ValidationError for one that says too little."""
    return _WAIVERS.validate_python(yaml.safe_load(text))


def problems(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[str]:
    """What is wrong, a line each, with its remedy: failures that nothing excuses, waivers without a failure.

    A waiver must be of use with each of its patterns: one that matches nothing excuses nothing yet, and will excuse
    too much.
    """
    found = sorted(findings)
    stacks: dict[Finding, list[str]] = {}
    for finding in found:
        if not any(waiver.covers(finding) for waiver in waivers):
            stacks.setdefault(replace(finding, stack=""), []).append(finding.stack)
    return [
        *(_unexcused(finding, in_stacks) for finding, in_stacks in stacks.items()),
        *(
            _idle(waiver, resource, stack)
            for waiver in waivers
            for resource in waiver.resources
            for stack in waiver.stacks
            if not any(waiver.narrowed(resource, stack).covers(finding) for finding in found)
        ),
    ]


def _idle(waiver: Waiver, resource: str, stack: str) -> str:
    return f"scan/waivers.yaml: nothing called {resource} fails {waiver.check} in {stack} any more. Take it out."


def _unexcused(finding: Finding, stacks: Sequence[str]) -> str:
    looked_at = f" It looked at {', '.join(finding.looked_at)}." if finding.looked_at else ""
    return (
        f"{finding.resource} fails {finding.check}, {finding.title!r}, in {', '.join(stacks)}.{looked_at} Mend the "
        f"component that makes {finding.name}, or say in scan/waivers.yaml why not, and what it would cost."
    )
