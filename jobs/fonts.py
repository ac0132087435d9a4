"""The font catalogue: the families that a text may name, found among the installed `fontpkg-*` distributions.

Only those who check or draw texts import this module: `fontpkg` is not among the Lambdas' dependencies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import fontpkg

from jobs.problem import Problem
from jobs.spec import Font, Spec
from jobs.spec.problems import did_you_mean


@dataclass(frozen=True)
class FontFamily:
    """One upright family: its file (a variable TrueType font) and the weights that can be had of it, both inclusive."""

    name: str
    path: Path
    lightest: int
    boldest: int


class FontCatalogue:
    """The families by name. Case makes no difference, as in CSS."""

    def __init__(self, families: Iterable[FontFamily]) -> None:
        self._families: Mapping[str, FontFamily] = {family.name.casefold(): family for family in families}

    @classmethod
    @cache
    def installed(cls) -> "FontCatalogue":
        """What the `fontpkg-*` distributions of this environment bring. Read once a process."""
        return cls(
            FontFamily(family.name, file.path, file.wght_min, file.wght_max)
            for family in fontpkg.families().values()
            for file in family.files
            if file.style == "normal" and file.wght_min is not None and file.wght_max is not None
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every family's name, in alphabetical order."""
        return tuple(sorted(family.name for family in self._families.values()))

    def find(self, name: str) -> FontFamily | None:
        """The family of this name, or None."""
        return self._families.get(name.casefold())

    def problems(self, spec: Spec) -> tuple[Problem, ...]:
        """Every family in `spec` that is unknown, and every weight that its family does not have."""
        found = (
            self._problem(track.text.font, f"spec.tracks[{index}].text.font") for index, track in enumerate(spec.tracks)
        )
        return tuple(problem for problem in found if problem)

    def _problem(self, font: Font, field: str) -> Problem | None:
        family = self.find(font.family)
        if family is None:
            near = did_you_mean(font.family, list(self.names))
            remedy = f'did you mean "{near}"?' if near else f"use one of {', '.join(self.names)}"
            return Problem(field=f"{field}.family", message=f'"{font.family}" is unknown', remedy=remedy)
        if not family.lightest <= font.weight <= family.boldest:
            return Problem(
                field=f"{field}.weight",
                message=f"is {font.weight}, which {family.name} does not have",
                remedy=f"use {family.lightest} to {family.boldest}",
            )
        return None
