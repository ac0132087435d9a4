"""Puts the Pulumi engine into an ignored folder of the repository: `python -m local.engine.installation`.

A Pulumi CLI on the PATH is taken as it is. Where there is none, it is built from its Go modules, whose versions and
hashes are in `cli/`: some 100 MB to load and two and a half minutes of a processor the first time.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ENGINE_FOLDER = REPOSITORY / ".engine"
MODULE_FOLDER = Path(__file__).parent / "cli"
BUILT_CLI = ENGINE_FOLDER / "bin" / "pulumi"
BUILT_FROM = ENGINE_FOLDER / "built-from"
"""Holds the digest of what the CLI was built from."""
HOME_FOLDER = ENGINE_FOLDER / "home"
"""Pulumi's own folder (PULUMI_HOME), so that nothing of the user's is read or written."""

WRAPPER_MARK = "# The pulumi of a stack in the background"
"""The second line of a `pulumi` that is a script of ours (local/engine/workspace.py) before a real one."""

COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
OLDEST_GO = (1, 24)
"""The first that knows the `tool` line of go.mod."""


class NoEngineError(RuntimeError):
    """There is no Pulumi CLI, and none can be built. The text says what is missing."""


def cli() -> Path | None:
    """The Pulumi CLI: that of the PATH, else the one that was built here, else None."""
    found = _on_the_path()
    return Path(found) if found else BUILT_CLI if BUILT_CLI.is_file() else None


def _on_the_path() -> str | None:
    """The first `pulumi` of the PATH that is none of the wrappers which stacks in the background have."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("pulumi", path=folder)
        if found and not _is_wrapper(Path(found)):
            return found
    return None


def _is_wrapper(program: Path) -> bool:
    with program.open("rb") as file:
        return WRAPPER_MARK.encode() in file.read(len(WRAPPER_MARK) + len("#!/bin/sh\n"))


def install() -> str:
    """See to it that there is a CLI, and that it finds the local providers; says which CLI. Raises NoEngineError."""
    said = _install_cli()
    install_plugins()
    return said


def install_plugins() -> None:
    """Put the local providers into Pulumi's folder, and a language host beside the CLI that is built here."""
    install_providers(HOME_FOLDER)
    _launcher(BUILT_CLI.with_name("pulumi-language-python"), "local.engine.language_host")


def install_providers(home: Path) -> None:
    """Put the local providers where a CLI whose PULUMI_HOME is `home` looks for the versions of their SDKs."""
    from local.engine.provider import DISTRIBUTIONS, version_of  # noqa: PLC0415  gRPC takes half a second to import

    for package in DISTRIBUTIONS:
        folder = home / "plugins" / f"resource-{package}-v{version_of(package)}"
        _launcher(folder / f"pulumi-resource-{package}", "local.engine.provider_process", package)


def _launcher(path: Path, *module: str) -> None:
    """An executable that runs a module of this repository by the Python that runs this."""
    words = shlex.join([sys.executable, "-m", *module])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(REPOSITORY))} exec {words} "$@"\n')
    path.chmod(0o755)


def _install_cli() -> str:
    found = _on_the_path()
    if found:
        return f"the Pulumi CLI on the PATH is used: {found}"
    if BUILT_CLI.is_file() and BUILT_FROM.is_file() and BUILT_FROM.read_text() == _source_digest():
        return f"the Pulumi CLI {_version()} is built already"
    go = _go()
    sys.stderr.write(f"building the Pulumi CLI {_version()} (some 3 minutes the first time)\n")
    flags = f"-s -w -X {VERSION_VARIABLE}={_version()}"
    building = [go, "build", "-mod=readonly", "-ldflags", flags, "-o", str(BUILT_CLI), COMMAND]
    built = subprocess.run(building, cwd=MODULE_FOLDER, env={**os.environ, "CGO_ENABLED": "0"}, check=False)
    if built.returncode:
        raise NoEngineError(f"the Pulumi CLI could not be built: go build ended with {built.returncode}")
    BUILT_FROM.write_text(_source_digest())
    return f"the Pulumi CLI {_version()} is built"


def _go() -> str:
    go = shutil.which("go")
    oldest = ".".join(map(str, OLDEST_GO))
    if go is None:
        raise NoEngineError(f"there is no Pulumi CLI on the PATH, nor Go {oldest} or newer to build it with")
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    version = go_version(said)
    if version < OLDEST_GO:
        raise NoEngineError(f"there is no Pulumi CLI on the PATH; to build it Go must be {oldest}, not {said.strip()}")
    return go


def go_version(said: str) -> tuple[int, int]:
    """Major and minor of what `go env GOVERSION` says, such as `go1.24.3`; (0, 0) where it says something else."""
    found = re.match(r"go(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _version() -> str:
    """That of the CLI's module in go.mod."""
    found = re.search(r"github\.com/pulumi/pulumi/pkg/v3 (v\S+)", (MODULE_FOLDER / "go.mod").read_text())
    if found is None:
        raise NoEngineError("local/engine/cli/go.mod does not name the CLI's module")
    return found[1]


def _source_digest() -> str:
    parts = [(MODULE_FOLDER / name).read_bytes() for name in ("go.mod", "go.sum")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def main() -> int:
    """Install, and say what was done or what is missing."""
    try:
        said = install()
    except NoEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
