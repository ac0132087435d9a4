"""A chain of transitions is made in segments, each of which opens a few of the clips."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.render.splice.conftest import HEIGHT, WIDTH
from tests.worker.render.splice.test_splicer import assert_plays, psnr
from tests.worker.render.studio import Studio, spec_of
from worker.render.limits import Limits
from worker.render.splice import splicer


def test_a_chain_is_cut_within_its_clips_and_shows_what_one_graph_shows(
    studio: Studio, counted: Path, toned: Path, monkeypatch: pytest.MonkeyPatch
):
    opened: list[int] = []
    made = splicer.segment_of

    def noted(*arguments: object) -> object:
        segment = made(*arguments)  # type: ignore[arg-type]
        opened.append(len(segment.plan.clips))
        return segment

    monkeypatch.setattr(splicer, "segment_of", noted)
    fade = {"transition": {"name": "fade", "duration": 0.4}}
    clips = [
        {"source": "c", "trim": {"start": 0.2, "end": 1.4}, **fade},
        {"source": "c", "trim": {"start": 3.0, "end": 5.0}, "speed": 2.0, **fade},
        {"color": "#00ff00", "duration": 1.0, **fade},
        {"source": "c", "trim": {"start": 2.0, "end": 3.0}, **fade},
        {"source": "r", "trim": {"end": 1.0}},
    ]
    spec, sources = spec_of(*clips, width=WIDTH, height=HEIGHT), {"c": counted, "r": toned}

    parts, whole = (studio.render(spec, sources, limits=Limits(max_inputs=most)) for most in (2, 12))

    assert opened == [2, 2, 2, 2]
    assert parts.frames.shape == whole.frames.shape
    assert psnr(parts.frames, whole.frames) > 33
    assert np.abs(parts.sound - whole.sound).max() < 0.01
    assert_plays(parts)
