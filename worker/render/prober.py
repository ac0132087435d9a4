"""Has FFmpeg look at the files of a job: one by one, or several at once, which takes a fraction of the time."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.spec import Material
from worker.errors import TransientError
from worker.render.arguments import joint_probe_arguments, probe_arguments
from worker.render.causes import find_cause
from worker.render.ffmpeg import Outcome
from worker.render.limits import Limits
from worker.render.probe import Media, UnreadableError, lines_of_inputs, parse_image, parse_media
from worker.render.scratch import on_disk

if TYPE_CHECKING:
    from jobs.spec.material import MaterialKind

TOGETHER = 8
"""Files that one process looks at: what it says of so many is within the last lines that are kept."""

_PICTURES = frozenset({"image", "overlay"})


@dataclass(frozen=True)
class Prober:
    """Looks at files in `folder`, where each source is linked under its name in `names`. `run` runs FFmpeg there."""

    folder: Path
    names: Mapping[str, str]
    limits: Limits
    run: Callable[[Sequence[str]], Outcome]

    def look_at_all(self, paths: Mapping[Material, Path]) -> dict[Material, Media | str]:
        """What each file holds, or why it cannot be read. Raises TransientError."""
        alike = [material for material in paths if material.kind not in _PICTURES]
        seen: dict[Material, Media] = {}
        for first in range(0, len(alike), TOGETHER):
            seen |= self._together({material: paths[material] for material in alike[first : first + TOGETHER]})
        return {material: seen.get(material) or self.look_at(material, path) for material, path in paths.items()}

    def look_at(self, material: Material, path: Path) -> Media | str:
        """What a file holds, or why it cannot be read. Raises TransientError."""
        problem = self._place(material, path)
        if problem is not None:
            return problem
        name = self.names[material.source]
        outcome = self.run(probe_arguments(name, material.kind, limits=self.limits))
        if outcome.wall_time_exceeded:
            return f"could not be read within {self.limits.probe_seconds:g} s"
        try:
            media = (parse_image if material.kind in _PICTURES else parse_media)(outcome.lines)
        except UnreadableError:
            return "cannot be read safely: its own texts pretend to be streams"
        if media is not None:
            return media
        cause = find_cause(outcome.return_code, outcome.lines)
        if cause.kind == "machine" or (cause.kind == "unknown" and material.kind not in _PICTURES):
            raise TransientError(cause.message)
        if material.kind in _PICTURES:
            return f"is no picture that can be read, of up to {self.limits.max_source_pixels} pixels"
        return cause.message

    def _place(self, material: Material, path: Path) -> str | None:
        """Link a file into the folder under a name of ours; why it cannot be read, if it is too large."""
        link = self.folder / self.names[material.source]
        with on_disk():
            if not link.is_symlink():
                link.symlink_to(path.resolve())
            size_bytes = path.stat().st_size
        if size_bytes > self.limits.max_source_bytes:
            return f"has {size_bytes} bytes, more than {self.limits.max_source_bytes}"
        return None

    def _together(self, paths: Mapping[Material, Path]) -> dict[Material, Media]:
        """What the files hold, if nothing is wrong with any of them: each alone tells then what is."""
        if len(paths) == 1 or any(self._place(material, path) for material, path in paths.items()):
            return {}
        names = [self.names[material.source] for material in paths]
        kinds: list[MaterialKind] = [material.kind for material in paths]
        outcome = self.run(joint_probe_arguments(names, kinds, limits=self.limits))
        parts = lines_of_inputs(outcome.lines, len(paths))
        seen: dict[Material, Media] = {}
        for material, lines in zip(paths, parts or (), strict=bool(parts)):
            with suppress(UnreadableError):
                media = parse_media(lines)
                seen |= {material: media} if media else {}
        return seen
