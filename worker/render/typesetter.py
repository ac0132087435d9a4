"""Has words turned into drawings, in a process that can touch nothing else: fonts and words are parser input."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from worker.errors import TransientError
from worker.render import confined
from worker.render.typeset.block import Order, dump

WALL_SECONDS = 60.0
_ADDRESS_SPACE_BYTES = 2 * 1024**3
_MAX_SHEET_BYTES = 512 * 1024**2
_ORDER_FILE, _ANSWER_FILE = "order.json", "answer.json"
_ROOT = Path(__file__).parents[2]
# Isolated (-I), Python looks for modules where it is installed and nowhere else: here, besides, where we are.
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from worker.render.typeset.__main__ import main; main(*sys.argv[1:])"
)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a part of an order, counted as the order has sheets and parts.

    `kind` is `letters` (`words` are characters that no font has) or `file` (`words` say why it cannot be read).
    """

    sheet: int
    part: int
    kind: str
    words: str


def typeset(order: Order, folder: Path) -> tuple[Wrong, ...]:
    """Write the sheets of `order` into `folder`, and say what is wrong with what.

    Raises:
        TransientError: the process failed or took too long.
    """
    (folder / _ORDER_FILE).write_text(dump(order), "utf-8")
    process = confined.start(
        (sys.executable, "-I", "-c", _PROGRAM, str(_ROOT), _ORDER_FILE, _ANSWER_FILE),
        folder=folder,
        cpu_seconds=WALL_SECONDS,
        address_space_bytes=_ADDRESS_SPACE_BYTES,
        file_bytes=_MAX_SHEET_BYTES,
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
        raise TransientError(f"the texts could not be set: {''.join(last)}")
    return tuple(Wrong(*wrong) for wrong in json.loads((folder / _ANSWER_FILE).read_text("utf-8")))
