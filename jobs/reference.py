"""The reference of the job format, made from the models: `python -m jobs.reference` writes it, a test finds drift."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from jobs.fonts import FontCatalogue
from jobs.spec import Spec

FOLDER: Final = Path(__file__).parent.parent / "docs" / "reference"
SCHEMA_FILE: Final = FOLDER / "job-spec.schema.json"
PAGE_FILE: Final = FOLDER / "job-format.md"

_BOUNDS: Final = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", ""),
)

_HEAD: Final = """# The job format, version 1

<!-- Written by `python -m jobs.reference` from jobs/spec/; a test fails when the two differ. -->

A job is one SQS message, a JSON object:

| key | | meaning |
| --- | --- | --- |
| `version` | required | `1` |
| `id` | required | The sender's name for the job: 1 to 128 letters, digits, `.`, `_` and `-`, the first a letter or a \
digit. The same id with the same spec is one job, however often it is sent. |
| `spec` | required | What to render: the rest of this page. |
| `webhook` | | An https address that is told how the job ended; without it, the stack's `webhookUrl`. |
| `metadata` | | A JSON object of at most 4 KiB, given back in the webhook. |

Sizes and offsets are pixels of the output, times are seconds, colours are `#rrggbb` or `#rrggbbaa`. Unknown keys are
refused, and every mistake is named at once. The [JSON Schema](job-spec.schema.json) says the same to a machine, and
[the examples](../../examples/README.md) show each part at work.
"""

_TAIL: Final = """
## How it is rendered

- Clips play one after the other, each with its own sound; where a source has none, there is silence.
- The output has exactly as many frames as the clips' lengths give at `fps`. Where a source's picture ends up to half a
  second before its sound, its last frame stays; where more is missing, the source is broken and the job fails.
- A source that was filmed upright is upright in the output, and pixels that are not square become square.
- Sources are MP4, MOV, MKV, WebM, MPEG-TS or AVI files. Playlists, which refer to other files, are refused.
- A text's lines have the height that its font states, and the text with its box (or its outline) lies at the anchor:
  `bottom` with `y: -120` leaves 120 pixels below the box.
- `start` and `end` of a text are in the output's time; it is on the frames from `start` up to, not including, `end`.

## Fonts

| family | weights |
| --- | --- |
{fonts}
"""


def schema() -> dict[str, Any]:
    """The spec's JSON Schema (draft 2020-12)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Spec.model_json_schema()}


def schema_text() -> str:
    """The schema as it lies in `docs/reference/`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def page() -> str:
    """The reference page in Markdown: one table an object, in the order in which a reader meets them."""
    root = schema()
    sections = [_section(path, model, root) for path, model in _objects("spec", root, root)]
    return "\n".join([_HEAD, *sections]) + _TAIL.format(fonts=_fonts())


def _fonts() -> str:
    catalogue = FontCatalogue.installed()
    families = [family for name in catalogue.names if (family := catalogue.find(name))]
    return "\n".join(f"| {family.name} | {family.lightest} to {family.boldest} |" for family in families)


def _objects(path: str, model: dict[str, Any], root: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the format with the path at which it stands, outer ones first."""
    yield path, model
    for key, field in model["properties"].items():
        inner = _referenced(field, root)
        if inner is not None:
            yield from _objects(f"{path}.{key}[]" if field.get("type") == "array" else f"{path}.{key}", inner, root)


def _referenced(field: dict[str, Any], root: dict[str, Any]) -> dict[str, Any] | None:
    options = [field, field.get("items", {}), *field.get("anyOf", [])]
    name = next((option["$ref"].rsplit("/", 1)[-1] for option in options if "$ref" in option), None)
    return root["$defs"][name] if name else None


def _section(path: str, model: dict[str, Any], root: dict[str, Any]) -> str:
    required = set(model.get("required", []))
    rows = [
        f"| `{key}` | {_kind(field)} | {_default(key, field, required)} | {_meaning(field, root)} |"
        for key, field in model["properties"].items()
    ]
    head = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## `{path}`", "", model["description"], "", *head, *rows, ""])


def _meaning(field: dict[str, Any], root: dict[str, Any]) -> str:
    """A field's description; pydantic leaves out one that its object has word for word."""
    return field.get("description") or (_referenced(field, root) or {})["description"]


def _kind(field: dict[str, Any]) -> str:
    """What a value may be, in words."""
    option = next((option for option in field.get("anyOf", []) if option.get("type") != "null"), field)
    if "enum" in option:
        return ", ".join(f"`{value}`" for value in option["enum"])
    if "$ref" in option or "allOf" in option:
        return "object"
    if "pattern" in option:
        return "colour"
    names = {"array": "list of objects", "integer": "whole number", "number": "number", "string": "string"}
    bounds = [f"{option.get(low, 0):g} to {option[high]:g}{unit}" for low, high, unit in _BOUNDS if high in option]
    even = ["even"] if option.get("multipleOf") == 2 else []  # noqa: PLR2004 - even means a multiple of two
    return ", ".join([names[option["type"]], *bounds, *even])


def _default(key: str, field: dict[str, Any], required: set[str]) -> str:
    if key in required:
        return "required"
    default = field["default"]
    return "" if default is None or isinstance(default, list | dict) else f"`{json.dumps(default)}`"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    SCHEMA_FILE.write_text(schema_text(), "utf-8")
    PAGE_FILE.write_text(page(), "utf-8")
