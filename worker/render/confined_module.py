"""Run a module of ours in a confined Python process: what it reads is a stranger's."""

import subprocess
import sys
from pathlib import Path

from worker.errors import TransientError
from worker.render import confined

WALL_SECONDS = 60.0
_ADDRESS_SPACE_BYTES = 2 * 1024**3
_MAX_FILE_BYTES = 512 * 1024**2
_ROOT = Path(__file__).parents[2]
# Isolated (-I), Python looks for modules where it is installed and nowhere else: here, besides, where we are.
_PROGRAM = (
    "import sys, importlib; sys.path.insert(0, sys.argv.pop(1)); "
    "importlib.import_module(sys.argv.pop(1)).main(*sys.argv[1:])"
)


def run(module: str, *arguments: str, folder: Path, what: str) -> None:
    """Call `main` of a module with `arguments`, in `folder`, and wait for its end.

    Raises:
        TransientError: the process failed or took too long; `what` is what it was to do.
    """
    process = confined.start(
        (sys.executable, "-I", "-c", _PROGRAM, str(_ROOT), module, *arguments),
        folder=folder,
        cpu_seconds=WALL_SECONDS,
        address_space_bytes=_ADDRESS_SPACE_BYTES,
        file_bytes=_MAX_FILE_BYTES,
    )
    try:
        said = process.communicate(timeout=WALL_SECONDS)[1]
    except subprocess.TimeoutExpired:
        said = b"it took too long"
    finally:
        confined.end_group(process)
        if process.stderr is not None:
            process.stderr.close()
    if process.returncode != 0:
        last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise TransientError(f"{what}: {''.join(last)}")
