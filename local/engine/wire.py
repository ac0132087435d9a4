"""Resource properties as Pulumi's engine sends them: JSON in which secrets, archives and unknowns are marked.

The marks are those of Pulumi's protocol (sdk/go/common/resource/properties.go).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from local.realisers.inputs import whole

Wire = dict[str, Any]
"""A resource's properties with their marks."""

KIND = "4dabf18193072939515e22adb298388d"
"""The key that a marked value has, and under which it says what it is."""
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  a mark of the protocol, not a secret
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"


def wire_of(struct: Struct) -> Wire:
    """A message's properties."""
    return json_format.MessageToDict(struct)


def struct_of(properties: Mapping[str, Any]) -> Struct:
    """Properties for a message."""
    struct = Struct()
    struct.update(cast("dict[str, Any]", dict(properties)))
    return struct


def secret(value: Any) -> Wire:
    """A value marked as secret."""
    return {KIND: SECRET, "value": value}


def plain(value: Any, archive: Callable[[Wire], Any]) -> Any:
    """A value without marks: secrets in clear, whole numbers as ints, archives as `archive` has them."""
    if isinstance(value, list):
        return [plain(part, archive) for part in value]
    if not isinstance(value, dict):
        return whole(value)
    match value.get(KIND):
        case None:
            return {name: plain(part, archive) for name, part in value.items() if part is not None}
        case mark if mark == SECRET:
            return plain(value["value"], archive)
        case mark if mark in {ASSET, ARCHIVE}:
            return archive(value)
        case mark:
            raise ValueError(f"a value of a kind that is not known here: {mark}")


def compared(value: Any) -> Any:
    """A value as it is compared with another: an archive is its hash."""
    return plain(value, lambda archive: {"archive": archive.get("hash", "")})


def content(value: Wire, folder: Path) -> pulumi.Asset | pulumi.Archive:
    """The files of an archive or an asset; relative paths begin at `folder`."""
    is_archive = value[KIND] == ARCHIVE
    if value.get("assets"):
        return pulumi.AssetArchive({name: content(part, folder) for name, part in value["assets"].items()})
    if value.get("path"):
        path = str(folder / value["path"])
        return pulumi.FileArchive(path) if is_archive else pulumi.FileAsset(path)
    if "text" in value and not is_archive:
        return pulumi.StringAsset(value["text"])
    raise ValueError("an archive or asset that is neither text nor files of this machine")
