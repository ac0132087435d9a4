"""The font cabinet: static fonts of the weights that jobs ask for, made once and kept on disk.

drawtext draws a variable font's default weight only, so each weight becomes a font of its own. Fonts are parser input,
so a confined process does it.
"""

import hashlib
import string
import subprocess
import sys
import tempfile
from pathlib import Path

from jobs.fonts import FontFamily
from worker.errors import TransientError
from worker.render import confined

# In every instance, so that most texts find theirs in the cabinet: what a keyboard has, and what word processors make.
COMMON_CHARACTERS = frozenset(string.printable.strip() + " \u00a0\u2018\u2019“”\u2013—…•€£©®™°\u00d7")

_RECIPE = "1"  # part of each name: raise it when font_instance.py makes other fonts of the same input
_MAX_FONT_BYTES = 32 * 1024**2
_WALL_SECONDS = 60.0
_ADDRESS_SPACE_BYTES = 2 * 1024**3
_SCRIPT = Path(__file__).with_name("font_instance.py")


class FontCabinet:
    """Instances in `folder`, which several workers may share: a font appears there whole, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def instance(self, family: FontFamily, weight: int, text: str) -> Path:
        """A static font of `family` at `weight` that has (at least) the characters of `text`, where the family does.

        Raises:
            TransientError: when the confined process that makes it fails.
        """
        characters = "".join(sorted(COMMON_CHARACTERS | set(text) - {"\n", "\t"}))
        font = family.path.read_bytes()
        if len(font) > _MAX_FONT_BYTES:
            raise TransientError(f"the font {family.name} is larger than {_MAX_FONT_BYTES} bytes")
        key = hashlib.sha256(b"\0".join((_RECIPE.encode(), font, characters.encode()))).hexdigest()[:16]
        path = self._folder / f"{key}-{weight}.ttf"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".making-") as making:
                self._make(family, weight, characters, Path(making))
                (Path(making) / "font.ttf").replace(path)
        return path

    @staticmethod
    def _make(family: FontFamily, weight: int, characters: str, folder: Path) -> None:
        (folder / "characters.txt").write_text(characters, "utf-8")
        process = confined.start(
            (sys.executable, "-I", str(_SCRIPT), str(family.path), "font.ttf", str(weight), "characters.txt"),
            folder=folder,
            cpu_seconds=_WALL_SECONDS,
            address_space_bytes=_ADDRESS_SPACE_BYTES,
            file_bytes=_MAX_FONT_BYTES,
        )
        try:
            said = process.communicate(timeout=_WALL_SECONDS)[1]
        except subprocess.TimeoutExpired:
            said = b"it took too long"
        finally:
            confined.end_group(process)
            if process.stderr is not None:
                process.stderr.close()
        if process.returncode != 0:
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise TransientError(f"{family.name} at weight {weight} could not be made: {''.join(last)}")
