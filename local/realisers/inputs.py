"""Reading a resource's inputs so that none can be overlooked.

A `Reader` hands each input out once; what was not asked for when it closes is an error that names the type and the
input. `fit` maps the rest of them onto the shape of an AWS operation.
"""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from botocore.model import ListShape, MapShape, Shape, StructureShape

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands, in previews, for a value that is not known yet (Pulumi's protocol). It fits everything."""


class UnknownInputError(ValueError):
    """An input that the realiser of its type does not know. It is never dropped."""

    def __init__(self, where: str, names: list[str], what_to_do: str = "") -> None:
        self.where = where
        self.names = names
        inputs = "input" if len(names) == 1 else "inputs"
        said = f"unknown {inputs} {', '.join(sorted(names))} of {where}"
        super().__init__(f"{said}: {what_to_do}" if what_to_do else said)


class UnfitInputError(ValueError):
    """An input whose value AWS's operation cannot take."""


class Reader:
    """The inputs of one resource (or of one object within it) as a context manager that refuses leftovers.

    `where` names the type, and the path within it, in errors.
    """

    def __init__(self, where: str, values: Mapping[str, Any]) -> None:
        self._where = where
        self._left = {name: value for name, value in values.items() if value is not None}
        self._parts: list[Reader] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._refuse_leftovers()

    def take(self, name: str, default: Any = None) -> Any:
        """The value of an input, or the default where it is not given."""
        return self._left.pop(name, default)

    def take_all(self, *names: str) -> dict[str, Any]:
        """Those of the named inputs that are given."""
        return {name: self._left.pop(name) for name in names if name in self._left}

    def part(self, name: str) -> "Reader":
        """A reader of an object input; of nothing, where it is not given. Its leftovers are refused with ours."""
        return self._read_part(f"{self._where}.{name}", self._left.pop(name, {}))

    def parts(self, name: str) -> list["Reader"]:
        """A reader of each object of a list input; of none, where it is not given."""
        values = self._left.pop(name, [])
        values = [] if values == UNKNOWN else values
        return [self._read_part(f"{self._where}.{name}[{index}]", value) for index, value in enumerate(values)]

    def gives(self, name: str) -> bool:
        """Whether an input is given and not taken yet."""
        return name in self._left

    def fit(self, shape: Shape | None, renames: Mapping[str, str] | None = None) -> dict[str, Any]:
        """All that was not taken yet, as `shape` wants it. See the function `fit`."""
        rest, self._left = self._left, {}
        return fit(shape, rest, where=self._where, renames=renames or {}) if rest else {}

    def _read_part(self, where: str, value: object) -> "Reader":
        value = {} if value == UNKNOWN else value
        if not isinstance(value, Mapping):
            raise UnfitInputError(f"{where} is {value!r}, where an object is wanted")
        part = Reader(where, value)
        self._parts.append(part)
        return part

    def _refuse_leftovers(self) -> None:
        if self._left:
            raise UnknownInputError(self._where, list(self._left))
        for part in self._parts:
            part._refuse_leftovers()  # noqa: SLF001  of this very class


def fit(shape: Shape | None, value: Any, *, where: str, renames: Mapping[str, str], path: str = "") -> Any:
    """`value`, with its keys and types as botocore's `shape` wants them.

    Keys are matched without regard to case, and to the plural that Pulumi gives to lists (`securityGroups` finds
    `SecurityGroup`, too); `renames` maps the dotted path of an input to a member's name. Whole floats become ints,
    booleans and numbers become strings where strings are wanted, a single value becomes a list of one.

    Raises:
        UnknownInputError: a key has no member.
        UnfitInputError: a value cannot be what the member is.
    """
    if value == UNKNOWN:
        return value
    if isinstance(shape, StructureShape):
        return _fit_structure(shape, value, where=where, renames=renames, path=path)
    if isinstance(shape, ListShape):
        values = value if isinstance(value, list) else [value]
        return [fit(shape.member, item, where=where, renames=renames, path=path) for item in values]
    if isinstance(shape, MapShape):
        return {str(key): fit(shape.value, item, where=where, renames={}) for key, item in value.items()}
    return _fit_scalar(shape, value, f"{where}.{path}" if path else where)


def _fit_structure(
    shape: StructureShape, value: Any, *, where: str, renames: Mapping[str, str], path: str
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise UnfitInputError(f"{where}.{path} is {value!r}, where an object is wanted")
    by_lower_case = {member.lower(): member for member in shape.members}
    fitted: dict[str, Any] = {}
    for key, item in value.items():
        if item is None:
            continue
        here = f"{path}.{key}" if path else key
        member = renames.get(here) or next(
            (by_lower_case[name] for name in _spellings(key.lower()) if name in by_lower_case), None
        )
        if member is None:
            raise UnknownInputError(where, [here])
        fitted[member] = fit(shape.members[member], item, where=where, renames=renames, path=here)
    return fitted


def _spellings(key: str) -> list[str]:
    singular = [f"{key[:-3]}y"] if key.endswith("ies") else [key[:-1]] if key.endswith("s") else []
    return [key, *singular]


def _fit_scalar(shape: Shape | None, value: Any, where: str) -> Any:
    kind = shape.type_name if shape else ""
    convert = _SCALARS.get(kind)
    fitted = convert(value) if convert else None
    if fitted is None:
        raise UnfitInputError(f"{where} is {value!r}, where AWS wants {kind or 'nothing'}")
    return fitted


def _text(value: Any) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return str(whole(value))
        case _:
            return None


def _integer(value: Any) -> int | None:
    if isinstance(value, str):
        return int(value) if value.removeprefix("-").isdecimal() else None
    value = whole(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(_text(value) or "")


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "string": _text,
    "timestamp": _text,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "boolean": _boolean,
}


def whole(value: Any) -> Any:
    """`value` with every float that is a whole number as an int: Pulumi hands all numbers out as floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(item) for item in value]
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    return value
