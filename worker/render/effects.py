"""Effects as filters: a name, and numbers, words and colours of known form. Pure."""

from collections.abc import Mapping, Sequence

from jobs.effects import FILE_OPTIONS
from jobs.spec import Effect, Material


def table_files(materials: Sequence[Material]) -> Mapping[str, str]:
    """The name, in the scratch folder, of each table of colours; FFmpeg tells its kind by how the name ends."""
    sources = dict.fromkeys(material.source for material in materials if material.kind == "lut")
    return {source: f"table-{index}.cube" for index, source in enumerate(sources)}


def effect_filter(effect: Effect, tables: Mapping[str, str]) -> str:
    """The filter of one effect; `tables` has the files of those that look into one."""
    given = [f"{name}={_written(value)}" for name, value in effect.options.items()]
    if effect.source is not None:
        given.insert(0, f"{FILE_OPTIONS[effect.filter]}={tables[effect.source]}")
    return f"{effect.filter}={':'.join(given)}" if given else effect.filter


def _written(value: bool | float | str) -> str:  # noqa: FBT001 - it is an option's value
    """A value as FFmpeg reads it. Words have no character that it could take for anything else."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return f"0x{value[1:].ljust(8, 'f').upper()}" if value.startswith("#") else value
    return f"{value:.10g}"
