"""What is taken of a Debian is found by following, and its package manager's records tell of that alone."""

from pathlib import Path, PurePosixPath

import pytest

from image.root import Root, RootError, is_program, is_used, libraries, owners, records

TOLD = """\
\tlinux-vdso.so.1 (0x00007fff7d5d0000)
\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f1b3c600000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1b3c400000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f1b3c7e5000)
"""
STATUS = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
Description: GNU C Library
 Package: a line of the description's.

Package: perl-base
Status: install ok installed
Version: 5.36

Package: zlib1g
Status: install ok installed
Version: 1:1.2.13
"""


@pytest.mark.parametrize(
    ("path", "used"),
    [
        ("json/decoder.py", True),
        ("lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", True),
        ("email/test.py", True),
        ("test/support/__init__.py", False),
        ("turtle.py", False),
        ("lib-dynload/_curses.cpython-311-x86_64-linux-gnu.so", False),
        ("lib-dynload/_curses_panel.cpython-311-x86_64-linux-gnu.so", False),
        ("json/__pycache__/decoder.cpython-311.pyc", False),
    ],
)
def test_a_module_stays_unless_it_is_named_and_what_was_compiled_goes(path: str, used: bool):  # noqa: FBT001 - a table
    assert is_used(PurePosixPath(path)) is used


def test_the_libraries_of_a_program_are_told_with_the_loader():
    assert libraries(TOLD) == {
        "/lib/x86_64-linux-gnu/libz.so.1",
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib64/ld-linux-x86-64.so.2",
    }
    assert libraries("\tstatically linked\n") == set()


def test_a_library_that_is_not_there_stops_the_build():
    with pytest.raises(RootError, match=r"libssl\.so\.3"):
        libraries(TOLD + "\tlibssl.so.3 => not found\n")


def test_a_package_is_known_by_each_file_that_was_taken_of_it():
    listed = {"zlib1g:amd64": ["/usr/lib/libz.so.1", "/usr/lib/libz.so.1.2"], "perl": ["/usr/bin/perl", "/usr/lib"]}
    kept = ["/usr/lib/libz.so.1.2", "/usr/lib/libz.so.1", "/etc/passwd"]
    assert owners(listed, kept) == {"zlib1g:amd64": ["/usr/lib/libz.so.1", "/usr/lib/libz.so.1.2"]}


def test_the_records_are_those_of_the_packages_whole_and_in_order():
    libc6, _, zlib1g = STATUS.strip().split("\n\n")
    assert records(STATUS, ["zlib1g:amd64", "libc6:amd64"]) == f"{libc6}\n\n{zlib1g}\n\n"


def test_a_package_without_a_record_stops_the_build():
    with pytest.raises(RootError, match="libssl3"):
        records(STATUS, ["libc6", "libssl3:amd64"])


def test_a_link_comes_with_what_it_points_to_each_at_its_real_place(tmp_path: Path):
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "old").symlink_to("real")
    (tmp_path / "real" / "deep" / "libz.so.1.2").write_text("library")
    (tmp_path / "real" / "libz.so.1").symlink_to("deep/libz.so.1.2")
    root = Root(tmp_path / "target")
    root.add(str(tmp_path / "old" / "libz.so.1"))
    assert root.kept == {f"{tmp_path}/real/libz.so.1", f"{tmp_path}/real/deep/libz.so.1.2"}
    copy = tmp_path / "target" / str(tmp_path / "real").lstrip("/")
    assert (copy / "libz.so.1").readlink() == Path("deep/libz.so.1.2")
    assert (copy / "libz.so.1").read_text() == "library"


def test_a_file_that_is_not_there_stops_the_build(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        Root(tmp_path / "target").add(str(tmp_path / "nsswitch.conf"))


def test_programs_are_told_by_their_content(tmp_path: Path):
    (tmp_path / "library").write_bytes(b"\x7fELF\x02")
    (tmp_path / "module.so").write_text("INPUT(libc.so.6)")
    assert is_program(tmp_path / "library")
    assert not is_program(tmp_path / "module.so")
