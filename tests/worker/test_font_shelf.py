"""Fonts of one's own: found in the bucket when they are asked for, read where they can do no harm."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from jobs.spec import Font
from tests.fonts import font_of
from tests.worker.render.studio import RED, Studio, bounds, film_colour, ink, spec_of
from worker.errors import TransientError
from worker.font_shelf import FRESH_SECONDS, FontShelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

BUCKET = "own"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def s3() -> "Iterator[S3Client]":
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(s3: "S3Client", tmp_path: Path, clock: Clock) -> FontShelf:
    return FontShelf(s3, BUCKET, tmp_path / "fonts", clock=clock)


def put(s3: "S3Client", name: str, body: bytes) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"fonts/{name}", Body=body)


def test_a_family_of_several_files_is_one_with_its_weights_its_italics_and_its_letters(
    s3: "S3Client", shelf: FontShelf
):
    put(s3, "a.ttf", font_of("House Sans"))
    put(s3, "sub/b.TTF", font_of("House Sans", weight=700, letters="ABé"))
    put(s3, "c.otf", font_of("House Sans", style="Italic"))
    family = shelf.catalogue(["house sans"]).find("House Sans")

    assert family is not None
    assert family.weights == "400 or 700"
    assert family.file(400, italic=True).italic
    assert ord("é") in (family.file(700, italic=False).covered or ())
    assert ord("é") not in (family.file(400, italic=False).covered or ())


def test_the_bucket_is_not_asked_for_what_is_installed(s3: "S3Client", tmp_path: Path):
    with Stubber(s3):  # which answers nothing
        assert FontShelf(s3, BUCKET, tmp_path).catalogue(["Roboto", "noto sans thai"]).find("Roboto")


def test_a_family_that_was_not_there_is_looked_for_again_after_a_while(s3: "S3Client", shelf: FontShelf, clock: Clock):
    assert shelf.catalogue(["House Sans"]).find("House Sans") is None
    put(s3, "a.ttf", font_of("House Sans"))
    clock.now += FRESH_SECONDS / 2
    assert shelf.catalogue(["House Sans"]).find("House Sans") is None
    clock.now += FRESH_SECONDS
    assert shelf.catalogue(["House Sans"]).find("House Sans") is not None


def test_a_font_is_brought_once_and_anew_when_it_is_another(
    s3: "S3Client", shelf: FontShelf, clock: Clock, tmp_path: Path
):
    put(s3, "a.ttf", font_of("House Sans"))
    shelf.catalogue(["House Sans"])
    (first,) = (tmp_path / "fonts").glob("*.font")
    made_at = first.stat().st_mtime_ns
    FontShelf(s3, BUCKET, tmp_path / "fonts").catalogue(["House Sans"])
    assert first.stat().st_mtime_ns == made_at

    put(s3, "a.ttf", font_of("House Sans", letters="ABC"))
    clock.now += 2 * FRESH_SECONDS
    family = shelf.catalogue(["House Sans"]).find("House Sans")
    assert family is not None
    assert ord("C") in (family.files[0].covered or ())


def test_what_is_no_font_or_too_large_is_passed_over(s3: "S3Client", shelf: FontShelf, monkeypatch: pytest.MonkeyPatch):
    put(s3, "a.ttf", b"\x00\x01\x00\x00 no font at all" * 50)
    put(s3, "b.ttf", font_of("House Sans")[:300])
    put(s3, "c.txt", b"notes")
    put(s3, "d.ttf", font_of("Large Sans", letters="".join(map(chr, range(0x4E00, 0x4F00)))))
    put(s3, "e.ttf", font_of("Good Sans"))
    monkeypatch.setattr("worker.font_shelf.MAX_FONT_BYTES", len(font_of("Good Sans")) + 10)

    names = shelf.catalogue(["Good Sans"]).names
    assert "Good Sans" in names
    assert "Large Sans" not in names
    assert "House Sans" not in names


def test_an_installed_family_is_not_replaced(s3: "S3Client", shelf: FontShelf):
    put(s3, "a.ttf", font_of("Roboto"))
    catalogue = shelf.catalogue(["Roboto", "Unknown"])
    assert "fontpkg" in str(catalogue.faces(Font(family="Roboto", size=9))[0].path)


@pytest.mark.parametrize(("status", "code"), [(403, "AccessDenied"), (503, "SlowDown")])
def test_a_bucket_that_may_not_be_listed_has_no_fonts_and_one_that_cannot_be_is_tried_again(
    s3: "S3Client", tmp_path: Path, status: int, code: str
):
    shelf = FontShelf(s3, BUCKET, tmp_path)
    with Stubber(s3) as stub:
        stub.add_client_error("list_objects_v2", code, http_status_code=status)
        if status == 403:
            assert shelf.catalogue(["X"]).find("X") is None
        else:
            with pytest.raises(TransientError, match="could not be listed"):
                shelf.catalogue(["X"])


def test_a_text_is_written_in_it(s3: "S3Client", shelf: FontShelf, tmp_path: Path):
    put(s3, "a.ttf", font_of("House Sans"))
    studio = Studio(tmp_path / "scratch", fonts=shelf.catalogue)
    black = film_colour(tmp_path / "black.mp4", "black", seconds=1)
    font: dict[str, Any] = {"family": "House Sans", "size": 40}
    text = {"content": "B", "font": font, "color": "#ff0000", "position": {"anchor": "top-left"}}
    spec = spec_of({"source": "b", "trim": {"end": 0.08}}, texts=(text,))
    frame = studio.render(spec, {"b": black}).frames[0]

    assert bounds(ink(frame, RED, 90)) == pytest.approx((4, 2, 34, 32), abs=1)
