"""One frame of a job's video, at once: the same checks, sources and graph as the render's, and no job."""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from jobs.problem import Problem
from jobs.spec import DAY_SECONDS, Material, Spec
from worker.attempt import Renderer, checked_spec
from worker.errors import PermanentError, StoppedError, TransientError
from worker.media import MediaStore

PREVIEW_SECONDS = 25.0
"""What a preview may take, its sources' download included: whoever asks is looking at a screen."""

_FORM = 'send {"spec": {...}, "at": 1.5}: a job\'s spec, and a time of its video in seconds'


class StillRenderer(Renderer, Protocol):
    """A renderer that can also make one frame (worker/render/engine.py)."""

    def still(
        self, spec: Spec, at_seconds: float, bring: Callable[[Material], Path], scratch: Path, *, stop: threading.Event
    ) -> Path:
        """The frame at a time, as a JPEG in `scratch`; `bring` answers with a local copy of a file of the spec."""
        ...


class NotJsonError(ValueError):
    """The body is no JSON."""


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    spec: Any
    at: Annotated[float, Field(ge=0, le=DAY_SECONDS, allow_inf_nan=False)]


@dataclass(frozen=True)
class PreviewRequest:
    """A frame that can be made, as far as that can be told without its sources. `at_seconds`: of the video's time."""

    spec: Spec
    at_seconds: float


class PreviewStudio:
    """Makes previews; knows nothing of HTTP and of who asks."""

    def __init__(self, renderer: StillRenderer, media: MediaStore, scratch: Path) -> None:
        self._renderer = renderer
        self._media = media
        self._scratch = scratch

    def read(self, body: bytes) -> PreviewRequest:
        """What a body asks for.

        Raises:
            NotJsonError: it is no JSON.
            PermanentError: with everything that is wrong with it, its spec, its sources and its fonts.
        """
        try:
            raw = from_json(body, allow_inf_nan=False)
        except ValueError as error:
            raise NotJsonError from error
        known: tuple[Problem, ...] = ()
        at_seconds = 0.0
        try:
            at_seconds = _Body.model_validate(raw).at
        except ValidationError as error:
            known = tuple(
                Problem(field=".".join(map(str, found["loc"])) or "body", message=_said(found["msg"]), remedy=_FORM)
                for found in error.errors(include_url=False, include_input=False)
            )
        if not isinstance(raw, dict) or "spec" not in raw:
            raise PermanentError(known)
        return PreviewRequest(checked_spec(raw["spec"], self._media, self._renderer, known), at_seconds)

    def make(self, request: PreviewRequest) -> bytes:
        """The frame as a JPEG. Raises PermanentError and TransientError; leaves nothing in scratch."""
        stop = threading.Event()
        timer = threading.Timer(PREVIEW_SECONDS, stop.set)
        timer.daemon = True
        timer.start()

        def check() -> None:
            if stop.is_set():
                raise StoppedError("the preview takes too long")

        names = {material: f"source-{index}" for index, material in enumerate(request.spec.materials)}
        try:
            with tempfile.TemporaryDirectory(prefix="preview-", dir=self._scratch, ignore_cleanup_errors=True) as name:
                folder = Path(name)
                still = self._renderer.still(
                    request.spec,
                    request.at_seconds,
                    lambda material: self._media.download_one(material, folder / names[material], check),
                    folder,
                    stop=stop,
                )
                return still.read_bytes()
        except StoppedError:
            raise TransientError(f"the preview took more than {PREVIEW_SECONDS:g} s") from None
        finally:
            timer.cancel()


def _said(message: str) -> str:
    """Pydantic's words as the second half of a sentence that begins with the field."""
    return message[:1].lower() + message[1:]
