"""Which effects a stack renders, and what their options take: its operator's list over a table of FFmpeg's filters.

The table is made of the pinned FFmpeg (worker/render/filter_table.py); the Lambdas have it, and no FFmpeg.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jobs.problem import Problem
from jobs.spec import Effect, Spec
from jobs.spec.problems import did_you_mean

TABLE_FILE: Final = Path(__file__).with_name("filters.json")

DEFAULT_EFFECTS: Final = (
    # colour
    *("eq", "hue", "huesaturation", "colorbalance", "colorchannelmixer", "colorcontrast", "colorcorrect", "colorize"),
    *("colorlevels", "colortemperature", "curves", "exposure", "monochrome", "negate", "vibrance", "lut1d", "lut3d"),
    # blur and sharpness
    *("gblur", "avgblur", "boxblur", "dblur", "smartblur", "unsharp", "cas", "deband"),
    # looks
    *("vignette", "noise", "pixelize", "chromashift", "rgbashift", "edgedetect", "lenscorrection", "hflip", "vflip"),
)
"""What looks at one frame at a time, takes little, and fits any picture."""

FILE_OPTIONS: Final = {"lut1d": "file", "lut3d": "file"}
"""The option that an effect's `source` goes to. Those effects are nothing without one."""


@cache
def filter_table() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """What each option of each filter takes: `{"gblur": {"sigma": {"kind": "number", "low": 0, "high": 1024}}}`."""
    return json.loads(TABLE_FILE.read_text("utf-8"))["filters"]


class EffectCatalogue:
    """The effects of one stack. Raises ValueError for a name that is no filter which can be an effect."""

    def __init__(self, names: Iterable[str] = DEFAULT_EFFECTS) -> None:
        self.names = tuple(names)
        unknown = [name for name in self.names if name not in filter_table()]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not among the filters that can be effects")

    def problems(self, spec: Spec) -> tuple[Problem, ...]:
        """Everything that is wrong with the effects of `spec`."""
        return tuple(
            problem for place, effect in placed_effects(spec) for problem in self._problems(f"spec.{place}", effect)
        )

    def _problems(self, field: str, effect: Effect) -> Iterator[Problem]:
        if effect.filter not in self.names:
            near = did_you_mean(effect.filter, list(self.names))
            remedy = f'did you mean "{near}"?' if near else f"use one of {', '.join(sorted(self.names))}"
            yield Problem(field=f"{field}.filter", message=f'"{effect.filter}" is no effect here', remedy=remedy)
            return
        needs_file = effect.filter in FILE_OPTIONS
        if needs_file and effect.source is None:
            yield Problem(field=f"{field}.source", message="is missing", remedy="name a .cube file")
        if not needs_file and effect.source is not None:
            message = f"is nothing that {effect.filter} takes"
            yield Problem(field=f"{field}.source", message=message, remedy="remove it")
        known = filter_table()[effect.filter]
        for name, value in effect.options.items():
            place = f"{field}.options.{name}"
            if name not in known:
                near = did_you_mean(name, list(known))
                remedy = f'did you mean "{near}"?' if near else f"use one of {', '.join(known)}"
                yield Problem(field=place, message=f"is no option of {effect.filter}", remedy=remedy)
            elif said := _misfit(known[name], value):
                yield Problem(field=place, message=said[0], remedy=said[1])


def placed_effects(spec: Spec) -> Iterator[tuple[str, Effect]]:
    """Every effect with its place below `spec`, such as `clips[0].effects[1]`."""
    for index, clip in enumerate(spec.clips):
        for number, effect in enumerate(clip.effects):
            yield f"clips[{index}].effects[{number}]", effect
    for number, effect in enumerate(spec.effects):
        yield f"effects[{number}]", effect


def _misfit(option: Mapping[str, Any], value: object) -> tuple[str, str] | None:
    """What is wrong with an option's value, and the remedy; None when it fits."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    shown = f"{value:.10g}" if is_number else json.dumps(value)
    match option["kind"]:
        case "boolean":
            return None if isinstance(value, bool) else (f"is {shown}", "use true or false")
        case "word":
            words = ", ".join(option["words"])
            return None if value in option["words"] else (f"is {shown}", f"use one of {words}")
        case "colour":
            is_colour = isinstance(value, str) and value.startswith("#")
            return None if is_colour else (f"is {shown}, not a colour", "write it as #rrggbb or #rrggbbaa")
        case _:
            return _misfit_number(option, value, shown)


def _misfit_number(option: Mapping[str, Any], value: object, shown: str) -> tuple[str, str] | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"is {shown}, not a number", "use a number"
    if option.get("whole") and value != int(value):
        return f"is {shown}, not a whole number", "use a whole number"
    low, high = option.get("low"), option.get("high")
    if low is not None and value < low:
        return f"is {shown}, which is less than {low:g}", f"use {low:g} or more"
    if high is not None and value > high:
        return f"is {shown}, which is more than {high:g}", f"use {high:g} or less"
    return None
