"""Answers a job from an earlier render of the same content: the spec, the sources' ETags and the renderer's look.

The earlier files are copied to the job's own keys, so that they live as long as any render, whatever becomes of the
earlier ones; a copy that fails because they are gone is a render like any other. Nothing here fails a job.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from jobs.notification import Rendered
from jobs.result_index import EarlierResult, ResultIndex, content_key
from jobs.spec import Spec
from worker.media import MediaStore

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Content:
    """What a job is to render, by its key; `etags` are the sources' that the key was made of."""

    key: str
    etags: Mapping[str, str]


class EarlierResults:
    """Finds and notes results. `wall_clock` is in seconds since 1970."""

    def __init__(self, index: ResultIndex, media: MediaStore, wall_clock: Callable[[], float] = time.time) -> None:
        self._index = index
        self._media = media
        self._wall_clock = wall_clock

    def content_of(self, spec: Spec, look: str, check: Callable[[], None]) -> Content | None:
        """The content of a spec, or None where a source does not say what version it is of."""
        etags = self._media.etags(spec.source_names, check)
        if etags is None:
            return None
        return Content(content_key(spec.model_dump(mode="json"), etags, look), etags)

    def answer(self, content: Content, prefix: str, check: Callable[[], None]) -> EarlierResult | None:
        """The earlier result, its files copied under `prefix`; None if there is none (any more)."""
        try:
            found = self._index.find(content.key, self._wall_clock())
        except (ClientError, BotoCoreError, ValueError, KeyError) as error:
            log.warning("earlier results were not to be read", extra={"cause": type(error).__name__})
            return None
        if found is None:
            return None
        keys = {name: key for name, key in found.rendered if name.endswith("_key") and key is not None}
        copies = {name: f"{prefix}/{key.rpartition('/')[2]}" for name, key in keys.items()}
        for name, key in keys.items():
            check()
            if not self._media.copy(key, copies[name]):
                return None
        rendered = found.rendered.model_copy(update=copies)
        log.info("answered from an earlier render", extra={"cached_from": found.job_id})
        return EarlierResult(job_id=found.job_id, rendered=rendered)

    def note(self, key: str, job_id: str, rendered: Rendered) -> None:
        """Note the result of a job whose end is written: only then is it sure that no other worker's is published."""
        try:
            self._index.note(key, EarlierResult(job_id=job_id, rendered=rendered), self._wall_clock())
        except (ClientError, BotoCoreError) as error:
            log.warning("a result was not noted for later jobs", extra={"cause": type(error).__name__})
