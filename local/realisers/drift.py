"""Which inputs of a resource are not what they were: what AWS says now, beside what the inputs ask of AWS."""

import json
from collections.abc import Mapping
from typing import Any

from local.realisers.realiser import Properties


def drifted(known: Properties, members: Mapping[str, str], live: Mapping[str, Any]) -> Properties:
    """The inputs that differ, with their live values in the inputs' own types.

    `members` says what AWS calls each input; `live` is what AWS answered. An input that is not `known`, or of which
    AWS says nothing, is not looked at. A JSON document that is merely spelled otherwise is the same.
    """
    found: Properties = {}
    for name, member in members.items():
        if name in known and member in live:
            value = like(known[name], live[member])
            if not same(known[name], value):
                found[name] = value
    return found


def like(known: Any, live: Any) -> Any:
    """A live value in the type of a known one: SQS answers numbers as text, IAM's client documents parsed."""
    if isinstance(known, bool) and isinstance(live, str):
        return live.lower() == "true"
    if isinstance(known, int) and isinstance(live, str | float):
        return int(live)
    if isinstance(known, str) and not isinstance(live, str):
        return json.dumps(live) if isinstance(live, dict) else str(live)
    return live


def same(known: Any, live: Any) -> bool:
    """Whether two values mean the same: text that is JSON is compared as JSON, a list without regard to its order."""
    if isinstance(known, str) and isinstance(live, str):
        return known == live or _parsed(known) == _parsed(live)
    if isinstance(known, list) and isinstance(live, list):
        return sorted(known, key=str) == sorted(live, key=str)
    return known == live


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
