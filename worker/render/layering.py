"""Prepares what lies over the clips: looks at the pictures, has the words set, and names what is wrong with either."""

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from jobs.fonts import FontCatalogue
from jobs.problem import Problem
from jobs.spec import DAY_SECONDS, Image, Material, Subtitles
from worker.errors import PermanentError, StoppedError, TransientError
from worker.render.layers import LETTERS_FOLDER, Layer, Words
from worker.render.overlay import overlay_of
from worker.render.probe import Media
from worker.render.scratch import on_disk
from worker.render.session import RenderSession
from worker.render.source_checks import shorten
from worker.render.standing import MAX_STANDING, may_stand, standing_of
from worker.render.texts import FaceTable, block_of, is_drawn, lettered
from worker.render.timeline import exact_fps, frame_at
from worker.render.typeset.block import Block, Captions, Order, Sheet
from worker.render.typesetter import Wrong, typeset

MAX_SUBTITLES_BYTES = 1024**2
MAX_PICTURE_BYTES = 64 * 1024**2

# Any family that is surely installed: libass wants to find one, though none of its letters are drawn.
_LETTERS_FAMILY = "Roboto"


@dataclass
class _Stack:
    """The layers so far; words on words share a sheet, but for texts that stand: each of these has its own."""

    layers: list[Layer] = field(default_factory=list)
    sheets: list[list[tuple[int, Block | Captions]]] = field(default_factory=list)
    standing: dict[int, Block] = field(default_factory=dict)
    """By their sheets."""

    def add_words(self, track: int, part: Block | Captions) -> None:
        is_below = self.layers and isinstance(self.layers[-1], Words) and len(self.sheets) - 1 not in self.standing
        if not is_below:
            self._begin_sheet()
        self.sheets[-1].append((track, part))

    def add_standing(self, track: int, block: Block) -> None:
        self._begin_sheet()
        self.standing[len(self.sheets) - 1] = block
        self.sheets[-1].append((track, block))

    def _begin_sheet(self) -> None:
        self.layers.append(Words(f"words-{len(self.sheets)}.ass"))
        self.sheets.append([])


def prepare_layers(
    session: RenderSession,
    fps: Fraction,
    catalogue: FontCatalogue,
    bring: Callable[[Material], Path],
    *,
    frames: tuple[int, int],
) -> tuple[Layer, ...]:
    """Every track as a layer, with all its files in the session's folder.

    `bring` answers with the local file of one of `spec.materials`. What is not on any of `frames` (the first that is
    wanted of the output, and the one after the last) is left out, and its file is not asked for.

    Raises:
        PermanentError: with all that is wrong with any picture or subtitle file.
    """
    return _Layering(session, fps, catalogue, bring, frames).prepare()


def layer_problems(
    session: RenderSession, catalogue: FontCatalogue, bring: Callable[[Material], Path]
) -> tuple[Problem, ...]:
    """What is wrong with any picture or subtitle file, whenever it would be shown: of a render that fails anyway."""
    spec = session.spec
    if not any(track.image or track.subtitles for track in spec.tracks):
        return ()
    fps = exact_fps(spec.output.fps)
    try:
        prepare_layers(session, fps, catalogue, bring, frames=(0, frame_at(DAY_SECONDS, fps)))
    except PermanentError as error:
        return error.problems
    except TransientError:
        # What is known already will not pass.
        return ()
    return ()


@dataclass
class _Layering:
    session: RenderSession
    fps: Fraction
    catalogue: FontCatalogue
    bring: Callable[[Material], Path]
    frames: tuple[int, int]
    problems: list[Problem] = field(default_factory=list)

    def prepare(self) -> tuple[Layer, ...]:
        spec = self.session.spec
        stack, table = _Stack(), FaceTable(self.catalogue)
        width, height = spec.output.width, spec.output.height
        for index, track in enumerate(spec.tracks):
            timed = track.text or track.image
            if timed and not is_drawn(timed.start, timed.end, self.frames, self.fps):
                continue
            if track.text is not None:
                block = block_of(track.text, table, width, height, self.fps)
                on_frames = min(block.end_frame, self.frames[1]) - max(block.first_frame, self.frames[0])
                if may_stand(block, on_frames) and len(stack.standing) < MAX_STANDING:
                    stack.add_standing(index, block)
                else:
                    stack.add_words(index, block)
            elif track.image is not None:
                layer = self._picture(index, track.image)
                stack.layers += [layer] if layer else []
            elif track.subtitles is not None:
                captions = self._captions(index, track.subtitles, table)
                if captions is not None:
                    stack.add_words(index, captions)
        if stack.sheets:
            self._set(stack, table)
        if self.problems:
            raise PermanentError(self.problems)
        return tuple(stack.layers)

    def _picture(self, index: int, image: Image) -> Layer | None:
        """The picture at its place, or None and a problem."""
        output = self.session.spec.output
        material = Material(f"spec.tracks[{index}].image.source", image.source, "overlay")
        path = self.bring(material)
        with on_disk():
            size_bytes = path.stat().st_size
        found = f"has {size_bytes} bytes, more than {MAX_PICTURE_BYTES}"
        if size_bytes <= MAX_PICTURE_BYTES:
            found = self.session.prober.look_at(material, path)
        if isinstance(found, Media):
            assert found.video is not None, "a picture is one"
            size = found.video.width, found.video.height
            file = self.session.source_files[image.source]
            return overlay_of(image, file, size, width=output.width, height=output.height, fps=self.fps)
        self._wrong(material.field, image.source, found, "give a PNG, JPEG or WebP picture")
        return None

    def _captions(self, index: int, subtitles: Subtitles, table: FaceTable) -> Captions | None:
        """The subtitle file beside the rest, or None and a problem."""
        output = self.session.spec.output
        file = f"subtitles-{index}"
        material = Material(f"spec.tracks[{index}].subtitles.source", subtitles.source, "subtitles")
        path = self.bring(material)
        with on_disk():
            (self.session.folder / file).symlink_to(path.resolve())
            size_bytes = path.stat().st_size
        if size_bytes > MAX_SUBTITLES_BYTES:
            message = f"has {size_bytes} bytes, more than {MAX_SUBTITLES_BYTES}"
            self._wrong(material.field, subtitles.source, message, "give a smaller file")
            return None
        first, end = self.frames
        like = lettered(
            subtitles, subtitles.position, table, output.width, output.height, first_frame=first, end_frame=end
        )
        return Captions(file, like, subtitles.delay)

    def _set(self, stack: _Stack, table: FaceTable) -> None:
        """Have all words drawn."""
        session = self.session
        if session.stop.is_set():
            raise StoppedError("rendering was stopped before it began")
        output = session.spec.output
        files = [layer.file for layer in stack.layers if isinstance(layer, Words)]
        sheets = tuple(
            Sheet(file, tuple(part for _, part in parts)) for file, parts in zip(files, stack.sheets, strict=True)
        )
        order = Order(
            output.width,
            output.height,
            (self.fps.numerator, self.fps.denominator),
            _LETTERS_FAMILY,
            table.faces,
            sheets,
        )
        family = FontCatalogue.installed().find(_LETTERS_FAMILY)
        assert family is not None, "requirements/worker.in brings it"
        with on_disk():
            folder = session.folder / LETTERS_FOLDER
            folder.mkdir()
            (folder / "any.ttf").symlink_to(family.file(400, italic=False).path)
            session.alive()
            answer = typeset(order, session.folder)
            session.alive()
        for each in answer.wrong:
            self._tell(each, stack.sheets[each.sheet][each.part][0])
        for sheet, block in stack.standing.items():
            words, area = Words(files[sheet]), answer.areas[sheet]
            standing = standing_of(words.file, block, area, (output.width, output.height)) if area else None
            if standing is not None:
                stack.layers[stack.layers.index(words)] = standing

    def _tell(self, wrong: Wrong, index: int) -> None:
        track = self.session.spec.tracks[index]
        subtitles = track.subtitles
        if wrong.kind == "letters" and track.lettering is not None:
            field_name = f"spec.tracks[{index}].{'subtitles.source' if subtitles else 'text.content'}"
            problem = self.catalogue.letters_problem(wrong.words, track.lettering.font, field_name)
            self.problems += [problem] if problem else []
        elif subtitles is not None:
            remedy = "give an SRT, WebVTT or ASS file in UTF-8"
            self._wrong(f"spec.tracks[{index}].subtitles.source", subtitles.source, wrong.words, remedy)

    def _wrong(self, field_name: str, source: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(field=field_name, message=f'"{shorten(source)}" {message}', remedy=remedy))
