"""Every text of the corpus where a spec wants a name: of a file, a font, an effect. None gets beyond its check."""

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.message import InvalidEnvelopeError, UnparsableBodyError, parse_envelope
from jobs.sources import AllowedSources, ForbiddenSourceError, S3Source
from jobs.spec import InvalidSpec
from tests.worker.render.hostile.canary import Canary
from tests.worker.render.hostile.corpus import corpus
from tests.worker.render.hostile.stage import sent, show, spec_of_tracks, text
from tests.worker.render.studio import Studio, film_colour
from worker.errors import PermanentError
from worker.render.log_file import LOG_FILE

CORPUS = corpus()
ALLOWED = AllowedSources("own", ["s3://own/sources/"])


def refusal(studio: Studio, raw: dict[str, Any]) -> str:
    """What is said of a spec before anything is brought or run."""
    with pytest.raises((UnparsableBodyError, InvalidSpec, PermanentError)) as caught:
        studio.engine().check(sent(raw))
    return str(caught.value)


@pytest.mark.parametrize("place", ["family", "filter", "option", "value", "transition", "colour", "anchor"])
def test_no_text_is_the_name_of_anything(studio: Studio, place: str):
    for nasty in CORPUS:
        words: dict[str, Any] = text("x", 0)
        raw = spec_of_tracks([{"text": words}])
        name = nasty.content
        match place:
            case "family":
                words["font"] = {"family": name, "size": 9}
            case "filter":
                raw["effects"] = [{"filter": name}]
            case "option":
                raw["effects"] = [{"filter": "eq", "options": {name: 1}}]
            case "value":
                raw["effects"] = [{"filter": "eq", "options": {"contrast": name}}]
            case "transition":
                raw["clips"] = [raw["clips"][0] | {"transition": {"name": name}}, raw["clips"][0]]
            case "colour":
                words["color"] = name
            case _:
                words["position"] = {"anchor": name}
        told = refusal(studio, raw)
        assert told.startswith(("spec.", "message: "))
        assert len(told) < 2000
        assert told.isprintable()


def test_a_sources_name_is_a_key_below_what_is_allowed_or_nothing():
    for nasty in CORPUS:
        if nasty.aim == "surrogates":
            continue  # No message has such, as other tests show.
        for name in (nasty.content, f"sources/{nasty.content}", f"s3://own/sources/{nasty.content}"):
            try:
                found = ALLOWED.resolve(name)
            except ForbiddenSourceError:
                continue
            if isinstance(found, S3Source):
                assert (found.bucket, found.key[:8]) == ("own", "sources/")
                assert not {".", ".."} & set(found.key.split("/"))
            else:
                assert name.startswith(("http://", "https://"))


def test_a_jobs_id_is_a_word():
    for nasty in CORPUS:
        body = json.dumps({"version": 1, "id": nasty.content, "spec": {}})
        if nasty.content in {"CON", "WEBVTT", "NaN", "null", "true"}:
            assert parse_envelope(body).id == nasty.content
            continue
        with pytest.raises((InvalidEnvelopeError, UnparsableBodyError)):
            parse_envelope(body)


def test_ffmpeg_sees_no_name_that_a_sender_gave(canary: Canary, studio: Studio, tmp_path: Path):
    film = film_colour(tmp_path / "film.mp4", "red", seconds=0.08, size="32x18")
    names = [f"%{{{nasty.content}" for nasty in CORPUS if nasty.content.isprintable() and len(nasty.content) < 60][::20]
    names = [canary.written(name) for name in names]
    names = names[:10]
    raw = spec_of_tracks([]) | {"clips": [{"source": name} for name in names]}

    scene = show(raw, studio, dict.fromkeys(names, film))

    said = next(studio.folder.glob(f"*/{LOG_FILE}")).read_text("utf-8", "replace")
    assert len(scene.frames) == 40
    assert not any(name in said for name in names)
    assert canary.touches == []
