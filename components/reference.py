"""The reference pages of the deployment: `python -m components.reference` writes them, a test finds drift."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import annotated_types
import yaml

from components.deploying_policy import policy
from components.iam_reference import UNSEEN, iam_rows, roles
from components.outputs import OUTPUTS
from components.settings import Settings
from components.settings_problems import LIST_KEYS, SECRET_KEYS

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "reference"
CONFIGURATION_FILE = FOLDER / "configuration.md"
OUTPUTS_FILE = FOLDER / "outputs.md"
IAM_FILE = FOLDER / "iam.md"
DEPLOYING_FILE = FOLDER / "deploying-policy.json"

_WRITTEN = "<!-- Written by `python -m components.reference`; a test fails when the code says something else. -->"
_CONFIGURATION_HEAD = f"""# Configuration

{_WRITTEN}

Keys of `Pulumi.<stack>.yaml`, set with `pulumi config set <key> <value>` (`--secret` where the table says so; a list
with `pulumi config set --path '<key>[0]' <value>`). What cannot be is refused before anything is made: every problem
at once, each with the command that mends it.

| key | type | default | bounds | meaning |
| --- | --- | --- | --- | --- |
"""
_OUTPUTS_HEAD = f"""# Outputs

{_WRITTEN}

What `pulumi stack output` shows after an `up`.

| output | meaning |
| --- | --- |
"""

_IAM_HEAD = f"""# IAM

{_WRITTEN}

Every role that the program makes, and every statement of it. Resources are exact; names in angle brackets are what the
deployment gives. What is marked * is granted only where it is needed: previews with `frontDoor: alb`, earlier renders
with `reuseRendersDays` above 0, pulling an image from ECR with an image that lies there. A sender of jobs needs
`sqs:SendMessage` on the jobs queue and nothing else.

Both ways are tested (`tests/local/test_roles.py`). The local stack gives tasks and functions the credentials of their
deployed roles and denies what these may not do to queues and buckets; each such grant is left out once, and an errand
fails because of it. Of all services, every call of a whole run is recorded: each is allowed, and each grant is used,
but for those at the end of this page.
"""
_STATEMENTS_HEAD = """| statement | actions | resources | condition | why |
| --- | --- | --- | --- | --- |
"""
_UNSEEN_HEAD = """## Granted, and not seen in any run

| role | statement | actions | reason |
| --- | --- | --- | --- |
"""


def configuration_page() -> str:
    """Every key of Pulumi.yaml, in its order."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text("utf-8"))["config"]
    fields = {field.alias: field for field in Settings.model_fields.values()}
    rows = [_row(key, entry, fields[key]) for key, entry in declared.items() if "default" in entry]
    return _CONFIGURATION_HEAD + "\n".join(rows) + "\n"


def outputs_page() -> str:
    """Every output, in the order in which they are shown."""
    return _OUTPUTS_HEAD + "\n".join(f"| `{name}` | {meaning} |" for name, meaning in OUTPUTS.items()) + "\n"


def iam_page() -> str:
    """Every role with its statements, then the grants that no run can show in use."""
    sections = [
        f"## {role.name}\n\n{role.purpose} Assumed by `{role.assumed_by}`.\n\n{_STATEMENTS_HEAD}"
        + "\n".join(f"| {' | '.join(cells)} |" for cells in iam_rows(role))
        for role in roles()
    ]
    unseen = [
        f"| {one.role} | `{one.sid}` | {'<br>'.join(f'`{action}`' for action in one.actions)} | {one.reason} |"
        for one in UNSEEN
    ]
    return "\n".join([_IAM_HEAD, "\n\n".join(sections), "", _UNSEEN_HEAD + "\n".join(unseen)]) + "\n"


def deploying_policy() -> str:
    """The policy of whoever deploys, as `aws iam put-role-policy` takes it."""
    return json.dumps(policy(), indent=2) + "\n"


def _row(key: str, entry: dict[str, Any], field: Any) -> str:
    cells = [f"`{key}`", _type(key, entry), _default(entry), _bounds(field), _escaped(entry["description"])]
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Angle brackets as Markdown shows them, instead of taking them for HTML."""
    return text.replace("<", "&lt;")


def _type(key: str, entry: dict[str, Any]) -> str:
    if key in SECRET_KEYS:
        return "secret"
    return f"list of {entry['items']['type']}s" if key in LIST_KEYS else entry["type"]


def _default(entry: dict[str, Any]) -> str:
    match entry["default"]:
        case "" | []:
            return ""
        case bool(value):
            return f"`{str(value).lower()}`"
        case value:
            return f"`{value}`"


def _bounds(field: Any) -> str:
    choices = [f"`{choice}`" for choice in get_args(field.annotation) if isinstance(choice, str)]
    return " or ".join(choices) if choices else " ".join(_limits(field.metadata))


def _limits(metadata: list[Any]) -> Iterator[str]:
    for limit in metadata:
        match limit:
            case annotated_types.Ge(least):
                yield f"{least}"
            case annotated_types.Le(most):
                yield f"to {most}"
            case _:
                pass


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    CONFIGURATION_FILE.write_text(configuration_page(), "utf-8")
    OUTPUTS_FILE.write_text(outputs_page(), "utf-8")
    IAM_FILE.write_text(iam_page(), "utf-8")
    DEPLOYING_FILE.write_text(deploying_policy(), "utf-8")
