"""The base is the one that the Dockerfile names, and is made slim where it must be made."""

from pathlib import Path

import pytest

from image.base import base_image, slim
from image.podman import REPOSITORY


def test_the_base_is_debian_stable_slim_of_a_named_release():
    assert base_image((REPOSITORY / "Dockerfile").read_text()) == "docker.io/library/debian:bookworm-slim"


def test_a_dockerfile_without_a_base_is_an_error():
    with pytest.raises(LookupError, match="ARG BASE"):
        base_image("FROM scratch\n")


def test_manuals_and_package_lists_are_taken_from_a_base_and_kept_out_of_it(tmp_path: Path):
    for name in ("usr/share/man/man1/ls.1", "var/lib/apt/lists/mirror_main", "usr/bin/ls", "usr/share/zoneinfo/UTC"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    slim(tmp_path)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"usr/bin/ls", "usr/share/zoneinfo/UTC", "etc/dpkg/dpkg.cfg.d/slim"}
    assert "path-exclude /usr/share/man/*" in (tmp_path / "etc/dpkg/dpkg.cfg.d/slim").read_text()
