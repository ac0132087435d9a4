"""Pulumi's archives as zip files: the same files, the same bytes, whoever zips them and when."""

import io
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pulumi

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that the zip format knows."""
_READABLE_FILE = (stat.S_IFREG | 0o644) << 16


class UnreadableArchiveError(ValueError):
    """An archive that cannot be made from files on this machine."""


def zip_of(archive: pulumi.Archive) -> bytes:
    """The archive as a zip file: names sorted, timestamps fixed, byte code left out.

    A `FileArchive` of a zip file is that file as it is. Raises UnreadableArchiveError for what is remote or missing.
    """
    if isinstance(archive, pulumi.FileArchive) and Path(archive.path).is_file():
        return Path(archive.path).read_bytes()
    files = dict(_files(archive, PurePosixPath()))
    if not files:
        raise UnreadableArchiveError("the archive is empty")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.external_attr = _READABLE_FILE
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, files[name])
    return buffer.getvalue()


def _files(content: pulumi.Asset | pulumi.Archive, at: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    """Each file's name in the archive and its bytes."""
    match content:
        case pulumi.AssetArchive():
            for name, part in content.assets.items():
                yield from _files(part, at / name)
        case pulumi.FileArchive():
            yield from _folder(Path(content.path), at)
        case pulumi.FileAsset():
            yield str(at), _read(Path(content.path))
        case pulumi.StringAsset():
            yield str(at), content.text.encode()
        case _:
            raise UnreadableArchiveError(f"{type(content).__name__} at {at}: what is remote cannot be fetched here")


def _folder(folder: Path, at: PurePosixPath) -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        raise UnreadableArchiveError(f"{folder} is no folder and no zip file")
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield str(at / path.relative_to(folder).as_posix()), path.read_bytes()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableArchiveError(f"{path}: {error.strerror}") from error
