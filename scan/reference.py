"""`docs/explanation/security.md`, written from the waivers: `python -m scan.reference`; a test finds drift."""

from collections.abc import Sequence
from pathlib import Path

from scan.waivers import FILE, Waiver, read_waivers

PAGE_FILE = Path(__file__).parent.parent / "docs" / "explanation" / "security.md"

_HEAD = """\
# Security: what is checked, and what is waived

<!-- Written from scan/waivers.yaml by `python -m scan.reference`; a test fails when they differ. -->

`make scan` (part of `make test CI=true`) looks at the stacks as [checkov](https://www.checkov.io) does, without an
account and without the network:

1. The program runs under mocks that record what it asks AWS for, policies with their ARNs and all: staging and prod as
   shipped, and prod with a certificate, without a load balancer, with NAT gateways, in a VPC and with buckets of one's
   own.
2. The recording is written as the plan that Terraform would have shown of it
   ([`scan/terraform_plan.py`](../../scan/terraform_plan.py)). A resource type or an object that the converter has no
   name for is an error: what a checker cannot read it would pass.
3. checkov, in an environment of its own, reads the plans. A check that fails and is not waived below fails the tests,
   and so does a waiver that no failed check needs any more.

Each kind of thing that the converter translates (plain values, policies, blocks, maps, what belongs to what) is proven
by a stack that is spoiled on purpose, resource by resource: an open bucket, an unencrypted queue, a role that may do
everything, SSH from anywhere. checkov must find every one of them, and none before it was spoiled.

What checkov does not judge, tests do: roles name exact ARNs and no action by a wildcard, no secret is in an
environment, nobody reaches workers but the load balancer.

## Waived

The control is Security Hub's: of AWS Foundational Security Best Practices where it says FSBP, else of other standards
only (NIST 800-53, PCI DSS). Costs are US dollars of eu-west-1 as of 2026-11-22; AWS's bill decides.
"""


def page(waivers: Sequence[Waiver]) -> str:
    """The page as Markdown: those that FSBP asks for first, each kind in the file's order."""
    foundational = [waiver for waiver in waivers if waiver.control.startswith("FSBP ")]
    others = [waiver for waiver in waivers if waiver not in foundational]
    sections = [_HEAD, "### That FSBP asks for", *map(_section, foundational), "### Others", *map(_section, others)]
    return "\n".join(section.strip() + "\n" for section in sections)


def _section(waiver: Waiver) -> str:
    resources = ", ".join(f"`{pattern}`" for pattern in waiver.resources)
    stacks = "" if waiver.stacks == ("*",) else f" in {', '.join(f'`{stack}`' for stack in waiver.stacks)}"
    return "\n".join(
        [
            f"#### {waiver.title}",
            "",
            f"{_control(waiver)}, checkov {waiver.check}; {resources}{stacks}.",
            "",
            f"- Why: {waiver.reason}",
            f"- Cost of meeting it: {waiver.cost}",
        ]
    )


def _control(waiver: Waiver) -> str:
    return "No control" if waiver.control == "none" else waiver.control


if __name__ == "__main__":
    PAGE_FILE.write_text(page(read_waivers(FILE.read_text("utf-8"))), "utf-8")
