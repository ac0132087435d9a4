"""The files that an image's build would be given: its context without what .dockerignore leaves out."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


def context_files(folder: Path, dockerfile: Path) -> Iterator[tuple[str, Path]]:
    """Each file's name within the context (`/` between parts) and its path, by name.

    As Docker does, `<Dockerfile>.dockerignore` beside the Dockerfile wins over the context's `.dockerignore`; a later
    line wins over an earlier one, and `!` takes files back in.
    """
    own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    ignore = own if own.is_file() else folder / ".dockerignore"
    rules = _rules(ignore.read_text() if ignore.is_file() else "")
    return iter(sorted(_walk(folder, "", rules)))


@dataclass(frozen=True)
class _Rule:
    """A line of .dockerignore. `glob` is without its `!`."""

    glob: str
    pattern: re.Pattern[str]
    leaves_out: bool

    def may_take_back_below(self, folder: str) -> bool:
        """Whether it may take back something in a folder that is left out."""
        if self.leaves_out:
            return False
        literal, wildcard, _ = re.split(r"([*?]|$)", self.glob, maxsplit=1)
        return literal.startswith(f"{folder}/") or (bool(wildcard) and f"{folder}/".startswith(literal))


def _rules(text: str) -> list[_Rule]:
    lines = [line.strip() for line in text.splitlines()]
    found = [
        (line.lstrip("!").strip().strip("/"), not line.startswith("!"))
        for line in lines
        if line and not line.startswith("#")
    ]
    return [_Rule(glob, _pattern(glob), leaves_out) for glob, leaves_out in found]


def _walk(folder: Path, prefix: str, rules: Sequence[_Rule]) -> Iterator[tuple[str, Path]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            left_out = _is_left_out(name, rules)
            if entry.is_dir(follow_symlinks=False):
                # A .venv is much to walk through for nothing.
                if not left_out or any(rule.may_take_back_below(name) for rule in rules):
                    yield from _walk(Path(entry.path), f"{name}/", rules)
            elif not left_out and entry.is_file():
                yield name, Path(entry.path)


def _is_left_out(name: str, rules: Sequence[_Rule]) -> bool:
    return next((rule.leaves_out for rule in reversed(rules) if rule.pattern.fullmatch(name)), False)


def _pattern(glob: str) -> re.Pattern[str]:
    """A line of .dockerignore: `*` and `?` within a part of the path, `**` over parts; all below a match matches."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(parts.get(piece, re.escape(piece)) for piece in pieces) + "(?:/.*)?", re.DOTALL)
