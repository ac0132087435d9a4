"""The font catalogue: the families that a text may name, found among the installed packages of fonts.

Only those who check or draw texts import this module: the Lambdas have neither `fontpkg` nor HarfBuzz.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import fontpkg

from jobs.bundled_fonts import bundled_files
from jobs.font_file import FontFile
from jobs.problem import Problem
from jobs.spec import Font, Spec
from jobs.spec.problems import did_you_mean

_SHOWN_CHARACTERS = 5


@dataclass(frozen=True)
class FontFamily:
    """A family by its name, and its files: variable fonts, or one for each weight; upright ones, and maybe italics."""

    name: str
    files: tuple[FontFile, ...]

    @property
    def lightest(self) -> int:
        """The least weight that it has, from 1 to 1000."""
        return min(file.lightest for file in self.files)

    @property
    def boldest(self) -> int:
        """The greatest weight that it has."""
        return max(file.boldest for file in self.files)

    @property
    def weights(self) -> str:
        """The weights that it has, in words."""
        steps = sorted({file.lightest for file in self.files if file.lightest == file.boldest})
        if len(steps) < len({file.lightest for file in self.files}) or not steps:
            return f"{self.lightest} to {self.boldest}"
        return ", ".join(map(str, steps[:-1])) + f" or {steps[-1]}" if len(steps) > 1 else str(steps[0])

    def has(self, weight: int) -> bool:
        """Whether it has letters of this weight."""
        return any(file.lightest <= weight <= file.boldest for file in self.files)

    def file(self, weight: int, *, italic: bool) -> FontFile:
        """The file that is nearest to what is asked for: italic before weight, as in CSS."""
        return min(self.files, key=lambda file: (file.italic != italic, file.distance(weight)))


class FontCatalogue:
    """The families by name (case makes no difference, as in CSS), and those that help out where a family has no letter.

    `helpers` are asked in their order.
    """

    def __init__(self, families: Iterable[FontFamily], helpers: Iterable[FontFamily] = ()) -> None:
        self.helpers = tuple(helpers)
        self._families: Mapping[str, FontFamily] = {
            family.name.casefold(): family for family in (*families, *self.helpers)
        }

    @classmethod
    @cache
    def installed(cls) -> "FontCatalogue":
        """What the packages of this environment bring. Read once a process."""
        return cls(
            (FontFamily(family.name, files) for family in fontpkg.families().values() if (files := _files(family))),
            (FontFamily(name, files) for name, files in bundled_files()),
        )

    def with_families(self, families: Iterable[FontFamily]) -> "FontCatalogue":
        """These families, too; of two of the same name the one here stays."""
        return FontCatalogue((*families, *self._families.values()), self.helpers)

    @property
    def names(self) -> tuple[str, ...]:
        """Every family's name, in alphabetical order."""
        return tuple(sorted(family.name for family in self._families.values()))

    def find(self, name: str) -> FontFamily | None:
        """The family of this name, or None."""
        return self._families.get(name.casefold())

    def faces(self, font: Font) -> tuple[FontFile, ...]:
        """The files to take letters from, the family's own first. The family must be known."""
        family = self._families[font.family.casefold()]
        return tuple(
            dict.fromkeys(one.file(font.weight, italic=font.italic) for one in (family, *self.helpers) if one.files)
        )

    def problems(self, spec: Spec) -> tuple[Problem, ...]:
        """Every family in `spec` that is unknown, every weight that its family lacks, and letters that no font has."""
        found: list[Problem] = []
        for index, track in enumerate(spec.tracks):
            if track.lettering is None:
                continue
            kind = "text" if track.text else "subtitles"
            problem = self._font_problem(track.lettering.font, f"spec.tracks[{index}].{kind}.font")
            if problem is None and track.text is not None:
                field = f"spec.tracks[{index}].text.content"
                problem = self.letters_problem(track.text.content, track.text.font, field)
            if problem is not None:
                found.append(problem)
        return tuple(found)

    def letters_problem(self, content: str, font: Font, field: str) -> Problem | None:
        """What of `content` would come out as an empty box."""
        # Imported here: HarfBuzz takes longer to load than the worker has before its first poll.
        from jobs.font_coverage import missing_characters  # noqa: PLC0415

        missing = missing_characters(content, self.faces(font))
        if not missing:
            return None
        named = ", ".join(f'"{character}" (U+{ord(character):04X})' for character in missing[:_SHOWN_CHARACTERS])
        more = f" and {len(missing) - _SHOWN_CHARACTERS} more" if len(missing) > _SHOWN_CHARACTERS else ""
        return Problem(
            field=field, message=f"has {named}{more}, which no font here has", remedy="leave it out, or add such a font"
        )

    def _font_problem(self, font: Font, field: str) -> Problem | None:
        family = self.find(font.family)
        if family is None:
            near = did_you_mean(font.family, list(self.names))
            remedy = f'did you mean "{near}"?' if near else f"use one of {', '.join(self.names)}"
            return Problem(field=f"{field}.family", message=f'"{font.family}" is unknown', remedy=remedy)
        if not family.has(font.weight):
            return Problem(
                field=f"{field}.weight",
                message=f"is {font.weight}, which {family.name} does not have",
                remedy=f"use {family.weights}",
            )
        return None


def _files(family: fontpkg.Family) -> tuple[FontFile, ...]:
    """The files of a `fontpkg-*` distribution whose weight is known."""
    return tuple(
        FontFile(file.path, lightest, boldest, italic=file.style == "italic")
        for file in family.files
        if (lightest := file.wght_min if file.variable else file.weight) is not None
        and (boldest := file.wght_max if file.variable else file.weight) is not None
    )
