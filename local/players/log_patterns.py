"""CloudWatch Logs' filter patterns for lines of JSON, as far as anybody here uses them: `{ $.field = "text" }`."""

import json
import re
from collections.abc import Callable

_EQUALITY = re.compile(r'\{\s*\$\.(?P<path>\w+(?:\.\w+)*)\s*=\s*"(?P<text>[^"*]*)"\s*\}')


class UnknownPatternError(ValueError):
    """A pattern of the JSON kind that is not played here; CloudWatch may know it."""


def json_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a line is matched by a pattern in braces. A line that is no JSON object never is.

    Raises UnknownPatternError for any other than the equality of one field with a text: numbers, wildcards, `&&`.
    """
    equality = _EQUALITY.fullmatch(pattern.strip())
    if equality is None:
        raise UnknownPatternError(f"the local player knows no filter pattern such as {pattern}")
    path, text = equality["path"].split("."), equality["text"]

    def matches(line: str) -> bool:
        try:
            value = json.loads(line)
        except ValueError:
            return False
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value == text

    return matches
