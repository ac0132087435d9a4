"""What is wrong with a configuration, said with the command that mends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pydantic_core import ErrorDetails

SECRET_KEYS = frozenset({"webhookSecret", "apiTokens"})
LIST_KEYS = frozenset({"loopbackTargets", "webhookRetrySeconds", "subnetIds", "sourceBuckets", "effects"})


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the key, its value as it is stored, why it cannot be, and the command that mends it."""

    key: str
    value: str
    message: str
    command: str

    def __str__(self) -> str:
        """The problem as the terminal shows it: two lines."""
        return f"{self.key} = {self.value}: {self.message}\n    mend it: {self.command}"


class InvalidSettings(pulumi.RunError):
    """The configuration has problems: all of them, in `problems`. Pulumi prints its text and no traceback."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n  ".join([f"the configuration has {count}:", *map(str, self.problems)]))


def problem_of(error: ErrorDetails, raw: Mapping[str, str], examples: Sequence[str]) -> Problem:
    """What pydantic found, as a problem.

    Args:
        error: pydantic's finding; its context may name a better value as `mend`, or the whole `command` that mends it.
        raw: what is stored, by key.
        examples: values that would do; the first is proposed.
    """
    key = str(error["loc"][0])
    stored = raw.get(key)
    if error["type"] == "missing":
        message, shown = "it is not set", "(not set)"
    else:
        message, shown = error["msg"], "(hidden)" if key in SECRET_KEYS else stored or '""'
    return Problem(key=key, value=shown, message=message, command=_command(key, error, examples))


def _command(key: str, error: ErrorDetails, examples: Sequence[str]) -> str:
    context = error.get("ctx", {})
    if "command" in context:
        return context["command"]
    if key in LIST_KEYS:
        return f"pulumi config rm {key}"  # back to the default, since a list cannot be set in one command
    value = context.get("mend") or examples[0]
    return f"pulumi config set {'--secret ' if key in SECRET_KEYS else ''}{key} {value}"
