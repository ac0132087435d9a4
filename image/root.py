"""Copies from a Debian with Python what a worker needs of it, and nothing else: the whole system of the image.

The image's build runs it as a script: `root.py <target> <folder of packages>...`. What is kept is found by following:
the interpreter, its standard library, and whatever shared libraries these and the packages' programs are linked with.
No shell, no package manager. The package manager's records of what was kept come along, for scanners to read.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath, PurePosixPath

PYTHON = "/usr/bin/python3.11"
LIBRARY = "/usr/lib/python3.11"
DPKG = "/var/lib/dpkg"

LINKS = ("/bin", "/lib", "/lib64", "/sbin")
"""Where Debian's folders are links into /usr; an architecture has some of them."""
FILES = (
    PYTHON,
    "/usr/local/bin/python",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",  # names are asked of DNS
    "/etc/os-release",  # a scanner takes its list of vulnerabilities by these two
    "/etc/debian_version",
)
TREES = ("/usr/lib/locale/C.utf8",)
"""Texts and file names are UTF-8, in Python and in what it starts."""
FOLDERS = ("/dev", "/etc", "/proc", "/run", "/sys")
"""What a container's runtime mounts something over or into."""

UNUSED = frozenset(
    {
        # Test suites and what only they load.
        *("test", "_ctypes_test", "_testbuffer", "_testcapi", "_testclinic", "_testimportmultiple"),
        *("_testinternalcapi", "_testmultiphase", "_xxtestfuzz", "xxlimited", "xxlimited_35"),
        # For a person at a terminal or a window. `pydoc` itself stays: what is lazy in others may load it.
        *("curses", "_curses", "_curses_panel", "idlelib", "pydoc_data", "readline", "tkinter", "turtle", "turtledemo"),
        # Installing and converting.
        *("distutils", "_distutils_system_mod", "ensurepip", "lib2to3", "venv"),
        # Databases, directories and devices, each with libraries of its own.
        *("_crypt", "crypt", "_dbm", "dbm", "shelve", "nis", "ossaudiodev", "_sqlite3", "sqlite3"),
        # Debian's hook for reporting crashes: it loads a module that is not there.
        "sitecustomize",
    }
)
"""Modules of the standard library that no worker loads, and that none of its packages does."""


class RootError(RuntimeError):
    """The system is not as it is expected here."""


def is_used(path: PurePath) -> bool:
    """Whether a file of the standard library, by its path in there, is taken along. Compiled ones are made anew."""
    [top, *inner] = path.parts
    module = (inner[0] if top == "lib-dynload" and inner else top).split(".")[0]
    return module not in UNUSED and "__pycache__" not in path.parts


def libraries(told: str) -> set[str]:
    """The shared libraries in what `ldd` told of a program, with the loader. Raises RootError where one is not there.

    A line is `libz.so.1 => /lib/…/libz.so.1 (0x…)`, or the loader's path alone; what the kernel brings has none.
    """
    found: set[str] = set()
    for line in told.splitlines():
        words = line.split()
        if words[-2:] == ["not", "found"]:
            raise RootError(f"a shared library is not there: {words[0]}")
        found |= {word for word in words if word.startswith("/")}
    return found


def owners(listed: Mapping[str, Iterable[str]], kept: Iterable[str]) -> dict[str, list[str]]:
    """The packages that brought files of `kept`, each with these files, in order.

    `listed` has the paths of each package as they really are: a package may call /usr/lib by its old name, /lib.
    """
    wanted = set(kept)
    found = {package: sorted(wanted.intersection(paths)) for package, paths in listed.items()}
    return {package: found[package] for package in sorted(found) if found[package]}


def records(status: str, packages: Iterable[str]) -> str:
    """The records of these packages, out of the package manager's file. Raises RootError where one has none.

    A package that is installed for an architecture goes by `name:architecture` where it may be there for several.
    """
    found: dict[str, str] = {}
    for record in status.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in record.splitlines() if ": " in line and line[0] != " ")
        found[fields["Package"]] = record
    names = {package.split(":")[0] for package in packages}
    if not names <= found.keys():
        raise RootError(f"the package manager has no record of {', '.join(sorted(names - found.keys()))}")
    return "".join(f"{found[name]}\n\n" for name in sorted(names))


def is_program(path: Path) -> bool:
    """Whether a file is a program or a shared library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def linked(path: Path) -> set[str]:
    """The shared libraries that a program is linked with: none where it is static. Raises RootError."""
    done = subprocess.run(["/usr/bin/ldd", str(path)], capture_output=True, text=True, check=False)
    if done.returncode != 0 and "not a dynamic executable" not in done.stderr:
        raise RootError(f"ldd cannot read {path}: {done.stdout}{done.stderr}")
    return libraries(done.stdout)


class Root:
    """The system that is put together under `target`; `kept` are the files that it has, as they are really called."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.kept: set[str] = set()
        target.mkdir(parents=True)
        for link in map(PurePosixPath, filter(os.path.islink, LINKS)):
            shutil.copy2(link, self._inside(link), follow_symlinks=False)
        for folder in FOLDERS:
            self._inside(PurePosixPath(folder)).mkdir(parents=True)

    def add(self, path: str) -> None:
        """Take a file along; of a link, what it points to as well. Raises OSError."""
        folder, name = os.path.split(path)
        real = PurePosixPath(os.path.realpath(folder), name)
        if str(real) in self.kept:
            return
        copy = self._inside(real)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(real, copy, follow_symlinks=False)
        self.kept.add(str(real))
        if copy.is_symlink():
            self.add(str(real.parent / copy.readlink()))

    def _inside(self, path: PurePosixPath) -> Path:
        return self._target / path.relative_to("/")


def files(folder: Path) -> list[Path]:
    """All files of a folder and of those in it, links to files too."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def build(target: Path, packages: Iterable[Path]) -> None:
    """Put the system together, for packages that are installed in these folders. Raises OSError and RootError."""
    root = Root(target)
    modules = [path for path in files(Path(LIBRARY)) if is_used(path.relative_to(LIBRARY))]
    for path in [*FILES, *modules, *(path for tree in TREES for path in files(Path(tree)))]:
        root.add(str(path))
    programs = [*(Path(path) for path in sorted(root.kept)), *(path for folder in packages for path in files(folder))]
    for program in filter(is_program, filter(Path.is_file, programs)):
        for library in linked(program):
            root.add(library)
    _record(target, root.kept)


def _record(target: Path, kept: set[str]) -> None:
    """Write the package manager's database as if the packages of these files were all that is installed."""
    folders: dict[str, str] = {}

    def really(path: str) -> str:
        folder, name = os.path.split(path)
        if folder not in folders:
            folders[folder] = os.path.realpath(folder)
        return os.path.join(folders[folder], name)  # noqa: PTH118 - ten thousands of them: no objects are wanted

    lists = Path(DPKG, "info").glob("*.list")
    listed = {file.name.removesuffix(".list"): map(really, file.read_text().splitlines()) for file in lists}
    found = owners(listed, kept)
    info = target / DPKG.lstrip("/") / "info"
    info.mkdir(parents=True)
    for package, paths in found.items():
        (info / f"{package}.list").write_text("".join(f"{path}\n" for path in paths))
    (info.parent / "status").write_text(records(Path(DPKG, "status").read_text(), found))


if __name__ == "__main__":
    build(Path(sys.argv[1]), [Path(folder) for folder in sys.argv[2:]])
