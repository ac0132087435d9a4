"""From pydantic's errors to problems that the sender of a job can mend."""

import difflib
import json
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from jobs.problem import Problem

COLOUR_PATTERN: Final = r"^#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$"

# A record and a webhook carry the problems: a spec of nonsense must not fill them.
MAX_PROBLEMS: Final = 20
MAX_SHOWN_CHARACTERS: Final = 60

Location = tuple[int | str, ...]

_BOUNDS: Final = {
    "greater_than_equal": ("ge", "is less than {}", "use {} or more"),
    "greater_than": ("gt", "is not more than {}", "use more than {}"),
    "less_than_equal": ("le", "is more than {}", "use {} or less"),
}
_LENGTHS: Final = {
    "too_short": ("min_length", "has fewer than {} entries", "give at least {}"),
    "too_long": ("max_length", "has more than {} entries", "give at most {}"),
    "string_too_short": ("min_length", "has fewer than {} characters", "give at least {}"),
    "string_too_long": ("max_length", "has more than {} characters", "give at most {}"),
}
_TYPES: Final = {
    "model_type": "an object",
    "dict_type": "an object",
    "tuple_type": "a list",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "finite_number": "a finite number",
    "string_type": "a string",
    "string_unicode": "a string of whole Unicode characters",
}
_REMEDIES: Final = {
    "odd": "use an even number: H.264 with 4:2:0 colour needs both sides even",
    "no_end": "give an end beside it",
    "one_of": "give exactly one of text, image and subtitles",
    "order": "let it end after its start, or leave the end out",
    "control_character": "remove it; newlines and tabs are allowed",
    "unprintable": "remove it",
    "no_kind": "add it, or color or image",
    "two_kinds": "give one of source, color and image",
    "missing_duration": "say how long it stays",
    "duration_of_source": "use trim to take a part of a source",
    "of_source": "remove it",
    "missing_side": "add it, or give a preset",
    "side_of_preset": "leave it out, or the preset",
    "two_measures": "give one of quality, crf and bitrate",
    "option_value": "use a number, true, false, one of the option's words or a colour as #rrggbb",
}
# What is found at one key and is about another, or about the whole object.
_PLACES: Final = {"no_kind": ("source",), "two_kinds": ()}


def describe(error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Each error as a problem of `spec`, in the order in which they were found, at most `MAX_PROBLEMS`."""
    details = [detail for detail in error.errors(include_url=False) if not _is_echo(detail, error)]
    problems = [_problem(detail, model) for detail in details[:MAX_PROBLEMS]]
    if len(details) > MAX_PROBLEMS:
        more = f"has {len(details) - MAX_PROBLEMS} more problems"
        problems.append(Problem(field="spec", message=more, remedy="mend those named and send it again"))
    return tuple(problems)


def field_path(location: Location) -> str:
    """`("clips", 0, "trim", "end")` as `spec.clips[0].trim.end`."""
    return "spec" + "".join(f"[{part}]" if isinstance(part, int) else f".{_shortened(part)}" for part in location)


def did_you_mean(name: str, known: list[str]) -> str | None:
    """The known name that is nearest to `name`, or None when none is near; case makes no difference."""
    folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def _is_echo(detail: ErrorDetails, error: ValidationError) -> bool:
    """Whether a list is called too short only because its entries were refused, which is told already."""
    if detail["type"] != "too_short":
        return False
    depth = len(detail["loc"])
    return any(
        other["loc"][:depth] == detail["loc"] and len(other["loc"]) > depth for other in error.errors(include_url=False)
    )


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    location, kind, context = detail["loc"], detail["type"], detail.get("ctx", {})
    message, remedy = detail["msg"], _REMEDIES.get(kind, "see the reference of the job format")
    if kind in _PLACES:
        location = (*location[:-1], *_PLACES[kind])
    if kind == "missing":
        message, remedy = "is missing", "add it"
    elif kind == "extra_forbidden":
        message, remedy = "is not known here", _known_instead(location, model)
    elif kind == "literal_error":
        message, remedy = f"is {_shown(detail['input'])}", f"use one of {context['expected']}"
    elif kind == "string_pattern_mismatch" and context["pattern"] == COLOUR_PATTERN:
        message, remedy = f"is {_shown(detail['input'])}, not a colour", "write it as #rrggbb or #rrggbbaa"
    elif kind in _BOUNDS:
        bound, phrase, remedy = _BOUNDS[kind]
        number = f"{context[bound]:g}"
        message, remedy = f"is {_shown(detail['input'])}, which {phrase.format(number)}", remedy.format(number)
    elif kind in _LENGTHS:
        bound, message, remedy = _LENGTHS[kind]
        message, remedy = message.format(context[bound]), remedy.format(context[bound])
    elif kind in _TYPES:
        message, remedy = f"is {_shown(detail['input'])}, not {_TYPES[kind]}", f"use {_TYPES[kind]}"
    return Problem(field=field_path(location), message=message, remedy=remedy)


def _known_instead(location: Location, model: type[BaseModel]) -> str:
    known = list(_model_at(location[:-1], model).model_fields)
    near = did_you_mean(str(location[-1]), known)
    return f'did you mean "{near}"?' if near else f"remove it; known here: {', '.join(known)}"


def _model_at(location: Location, model: type[BaseModel]) -> type[BaseModel]:
    """The model that `location` leads to, through lists and optional fields."""
    for part in location:
        if isinstance(part, str):
            model = _model_in(model.model_fields[part].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_in(inner))), None)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f'"{_shortened(value)}"'
    return _shortened("null" if value is None else json.dumps(value, default=lambda _: type(value).__name__))


def _shortened(text: str) -> str:
    """What of a stranger's text may stand in a record: a bounded length, and only what can be printed."""
    if not text.isprintable():
        text = json.dumps(text)[1:-1]
    return text if len(text) <= MAX_SHOWN_CHARACTERS else text[: MAX_SHOWN_CHARACTERS - 1] + "…"
