"""What the demo sends, and what it expects of each job."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@dataclass(frozen=True, slots=True)
class DemoJob:
    """One job of the demo: an example spec under an id, and how it has to end.

    `error_fields` are the fields that the failure has to name; a job without them has to end as done.
    `own_webhook` jobs carry an address of their own; the others are answered at the stack's.
    """

    id: str
    example: str
    error_fields: tuple[str, ...] = ()
    own_webhook: bool = False

    @property
    def expected_state(self) -> str:
        """The terminal state that this job has to reach."""
        return "failed" if self.error_fields else "done"

    def envelope(self, webhook: str) -> dict[str, Any]:
        """The message that a backend would send, with `webhook` where the job has an address of its own."""
        spec = json.loads((EXAMPLES / f"{self.example}.json").read_text(encoding="utf-8"))
        message: dict[str, Any] = {"version": 1, "id": self.id, "spec": spec, "metadata": {"example": self.example}}
        return message | ({"webhook": webhook} if self.own_webhook else {})


# The first wakes the fleet from zero; the others arrive while it renders and make the fleet burst.
FIRST = DemoJob("reel", "reel", own_webhook=True)
BURST = (
    DemoJob("landscape", "landscape"),
    DemoJob("invalid", "invalid", error_fields=("spec",)),
    DemoJob("punctuation", "punctuation"),
    DemoJob("broken-source", "broken-source", error_fields=("spec.clips[0].source",), own_webhook=True),
    DemoJob("contain", "contain"),
)
# The last one arrives when the burst is over and only the floor is left.
WARM = DemoJob("warm", "warm")
ALL = (FIRST, *BURST, WARM)
