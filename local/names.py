"""Physical names as Pulumi makes them: the logical name, a hyphen, seven random hex digits."""

import secrets

from local.realisers.realiser import Name

_DIGITS = 7


class LongNameError(ValueError):
    """A logical name that leaves no room for the random digits within the type's limit."""


def autoname(name: Name, logical_name: str) -> str:
    """A new physical name. Raises LongNameError, as Pulumi does, where it would exceed AWS's limit."""
    physical = f"{logical_name}-{secrets.token_hex(_DIGITS)[:_DIGITS]}"
    if len(physical) > name.limit:
        raise LongNameError(
            f"the name {logical_name!r} and {_DIGITS + 1} characters more exceed the {name.limit} that AWS allows"
        )
    return physical.lower() if name.lower_case else physical
