"""Physical names as Pulumi makes them (the logical name, a hyphen, seven random hex digits), and what a URN names."""

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


def type_of(urn: str) -> str:
    """The type's token in `urn:pulumi:stack::project::parent$type::name`."""
    return urn.split("::")[2].rpartition("$")[2]


def logical_name(urn: str) -> str:
    """The name that the program gave."""
    return "::".join(urn.split("::")[3:])


def named(urn: str) -> str:
    """The resource as a person says it: its type and its name. What is no URN is said as it is."""
    return f"{type_of(urn)} {logical_name(urn)}" if urn.count("::") > 2 else urn  # noqa: PLR2004  a URN's four parts
