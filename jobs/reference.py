"""The reference of the job format, made from the models: `python -m jobs.reference` writes it, a test finds drift."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from jobs.effects import DEFAULT_EFFECTS, filter_table
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
[the examples](examples.md) show each part at work.
"""

_TAIL: Final = """
## How it is rendered

- Clips play one after the other, each with its own sound; where a source has none, there is silence. Sounds are
  cross-faded while a transition lasts, at equal power.
- Music is added to the clips' sound, and peaks that exceed full scale are limited. `loudness` measures the whole before
  the video is encoded (the sound alone, which takes a fraction of the time) and then makes it louder or softer by one
  factor, 30 dB at most; peaks stay below -1.5 dB, so that very dynamic sound may end up softer than its target.
- A picture is cropped, then turned, then scaled; `focus` is a point of the turned picture.
- The output has exactly as many frames as the clips' lengths give at `fps`, less those of its transitions, in which
  two clips are on screen. Transitions may not take more of a clip than there is.
- Where a source's picture ends up to half a second before its sound, its last frame stays; where more is missing, the
  source is broken and the job fails.
- What does not change is not encoded again: where a source is H.264 of the output's size and rate, with nothing over
  it, nothing done to it, and no `crf`, `quality` or `bitrate` asked for, its own packets are in the output (at the
  source's own quality and size), and only what is between is encoded.
- A source that was filmed upright is upright in the output, and pixels that are not square become square.
- HDR of both kinds (HLG and PQ) becomes what the output is, BT.709: its white of 203 nits is nearly white, and up to
  1000 nits what is brighter can be told apart.
- A source's first picture and its first sound are taken; further streams, chapters and attachments are not.
- Images are PNG, JPEG or WebP files, upright as their camera says; what is transparent shows `background`.
- Sources are MP4, MOV, MKV, WebM, MPEG-TS or AVI files. Playlists, which refer to other files, are refused.
- A text's lines have the height that its font states, and the text with its box (or its outline) lies at the anchor:
  `bottom` with `y: -120` leaves 120 pixels below the box.
- `start` and `end` of a track are in the output's time; it is on the frames from `start` up to, not including, `end`.
- Lines break where Unicode's rules (UAX 14) let them; Thai ones between its words. A word that is wider than
  `max_width` alone is broken between two letters. Lao, Khmer and Burmese, which write no spaces either, break anywhere.
- Arabic, Hebrew, Indic scripts and Thai are shaped and ordered as they are written. A letter that the family lacks
  comes from another below; what no font has is a problem that names it, before anything is rendered.
- Emoji are drawn in the text's colour. A picture of one can be an `image`.
- Of a subtitle file (SRT, WebVTT or ASS, in UTF-8) the words and their times are taken, and none of its looks.
- The texts of a job have at most 60000 characters together. A subtitle file has at most 3000 subtitles of 2000
  characters, and 200000 in all.
- Pictures are PNG, JPEG or WebP; SVG, which may refer to other files, is refused.

## Effects

What a stack allows unless its operator says otherwise (`effects` in its configuration), with the options that can be
given. They work on the picture as it fills the output, padding included; `lut3d` and `lut1d` need a `source`.

| filter | options |
| --- | --- |
{effects}

## Fonts

The families that a text may name here, and the weights of each. [How to add one](../how-to/add-a-font.md).

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
    first: dict[str, str] = {}
    for path, model in _objects("spec", root, root):
        first.setdefault(model["title"], path)
    shown = {path: model for path, model in _objects("spec", root, root) if first[model["title"]] == path}
    sections = [_section(path, model, root, first) for path, model in shown.items()]
    return "\n".join([_HEAD, *sections]) + _TAIL.format(effects=_effects(), fonts=_fonts())


def _effects() -> str:
    table = filter_table()
    return "\n".join(f"| `{name}` | {_options(table[name])} |" for name in sorted(DEFAULT_EFFECTS))


def _options(known: Mapping[str, Mapping[str, Any]]) -> str:
    return ", ".join(f"`{name}` {_taken(option)}" for name, option in known.items())


def _taken(option: Mapping[str, Any]) -> str:
    """What an option takes, in few words."""
    if option["kind"] == "word":
        return "(" + ", ".join(option["words"]) + ")"
    if option["kind"] == "number" and "low" in option and "high" in option:
        return f"({option['low']:g} to {option['high']:g})"
    return {"number": "(number)", "boolean": "(true, false)", "colour": "(colour)"}[option["kind"]]


def _fonts() -> str:
    catalogue = FontCatalogue.installed()
    families = [family for name in catalogue.names if (family := catalogue.find(name))]
    return "\n".join(f"| {family.name} | {family.weights} |" for family in families)


def _objects(path: str, model: dict[str, Any], root: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the format with the path at which it stands, outer ones first."""
    yield path, model
    for key, field in model["properties"].items():
        inner = _referenced(field, root)
        if inner is not None:
            yield from _objects(_path(path, key, field), inner, root)


def _path(path: str, key: str, field: dict[str, Any]) -> str:
    return f"{path}.{key}[]" if field.get("type") == "array" else f"{path}.{key}"


def _referenced(field: dict[str, Any], root: dict[str, Any]) -> dict[str, Any] | None:
    options = [field, field.get("items", {}), *field.get("anyOf", [])]
    name = next((option["$ref"].rsplit("/", 1)[-1] for option in options if "$ref" in option), None)
    return root["$defs"][name] if name else None


def _section(path: str, model: dict[str, Any], root: dict[str, Any], first: dict[str, str]) -> str:
    """One object's table; what has a section of its own elsewhere is pointed to (`first`: its path by its title)."""

    def kind(key: str, field: dict[str, Any]) -> str:
        inner = _referenced(field, root)
        elsewhere = inner is not None and first[inner["title"]] != _path(path, key, field)
        return f"{_kind(field)}, as `{first[inner['title']]}`" if inner and elsewhere else _kind(field)

    required = set(model.get("required", []))
    rows = [
        f"| `{key}` | {kind(key, field)} | {_default(key, field, required)} | {_meaning(field, root)} |"
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
    names = {
        "array": "list of objects",
        "object": "object of values",
        "boolean": "`true` or `false`",
        "integer": "whole number",
        "number": "number",
        "string": "string",
    }
    above = [f"more than {option['exclusiveMinimum']:g}, up to {option['maximum']:g}"] if _is_open(option) else []
    bounds = above or [
        f"{option.get(low, 0):g} to {option[high]:g}{unit}" for low, high, unit in _BOUNDS if high in option
    ]
    even = ["even"] if option.get("multipleOf") == 2 else []  # noqa: PLR2004 - even means a multiple of two
    return ", ".join([names[option["type"]], *bounds, *even])


def _is_open(option: dict[str, Any]) -> bool:
    return "exclusiveMinimum" in option and "maximum" in option


def _default(key: str, field: dict[str, Any], required: set[str]) -> str:
    if key in required:
        return "required"
    default = field.get("default")
    return "" if default is None or isinstance(default, list | dict) else f"`{json.dumps(default)}`"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    SCHEMA_FILE.write_text(schema_text(), "utf-8")
    PAGE_FILE.write_text(page(), "utf-8")
