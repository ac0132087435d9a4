"""The files that an image's build would be given: its context without what .dockerignore leaves out."""

import os
import re
from collections.abc import Iterator
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


_Rules = list[tuple[re.Pattern[str], bool]]


def _rules(text: str) -> _Rules:
    lines = [line.strip() for line in text.splitlines()]
    return [
        (_pattern(line.lstrip("!").strip().strip("/")), not line.startswith("!"))
        for line in lines
        if line and not line.startswith("#")
    ]


def _walk(folder: Path, prefix: str, rules: _Rules) -> Iterator[tuple[str, Path]]:
    takes_back = any(not leaves_out for _, leaves_out in rules)
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            left_out = _is_left_out(name, rules)
            if entry.is_dir(follow_symlinks=False):
                if not left_out or takes_back:
                    yield from _walk(Path(entry.path), f"{name}/", rules)
            elif not left_out and entry.is_file():
                yield name, Path(entry.path)


def _is_left_out(name: str, rules: _Rules) -> bool:
    return next((leaves_out for pattern, leaves_out in reversed(rules) if pattern.fullmatch(name)), False)


def _pattern(glob: str) -> re.Pattern[str]:
    """A line of .dockerignore: `*` and `?` within a part of the path, `**` over parts; all below a match matches."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(parts.get(piece, re.escape(piece)) for piece in pieces) + "(?:/.*)?", re.DOTALL)
