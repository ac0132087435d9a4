from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from jobs.notification import Notification
from jobs.problem import Problem
from lambdas.notifier.payload import Links, payload_of

LINKS = Links(
    video_url="https://bucket.example.com/video.mp4?signed",
    poster_url="https://bucket.example.com/poster.jpg?signed",
    expires_at=datetime(2026, 11, 22, 13, 30, tzinfo=timezone(timedelta(hours=2))),
)


def test_a_failed_job_s_payload_carries_the_error_with_its_remedy_and_no_video():
    notification = Notification(
        id="reel-1-2",
        job_id="reel-1",
        epoch=2,
        state="failed",
        occurred_at=datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
        error=Problem(field="spec.clips[0].source", message="it is no video", remedy="upload it again"),
    )
    assert payload_of(notification, None) == {
        "type": "job.failed",
        "timestamp": "2026-11-22T10:30:00Z",
        "data": {
            "id": "reel-1",
            "state": "failed",
            "video": None,
            "poster": None,
            "thumbnails": None,
            "metadata": {},
            "times": None,
            "cost_usd": None,
            "error": {"field": "spec.clips[0].source", "message": "it is no video", "remedy": "upload it again"},
        },
    }


def test_a_cancelled_job_s_payload_has_every_key_and_neither_video_nor_error():
    notification = Notification(
        id="reel-1-0",
        job_id="reel-1",
        epoch=0,
        state="cancelled",
        occurred_at=datetime(2026, 11, 22, 10, 30),  # noqa: DTZ001 - without a zone, as an older writer may have left it
    )
    payload = payload_of(notification, None)
    assert (payload["type"], payload["timestamp"]) == ("job.cancelled", "2026-11-22T10:30:00Z")
    assert (payload["data"]["video"], payload["data"]["error"]) == (None, None)


def test_a_done_job_s_payload_says_where_the_video_is_until_when_and_what_it_cost(
    done_notification: Callable[..., Notification],
):
    assert payload_of(done_notification(), LINKS) == {
        "type": "job.done",
        "timestamp": "2026-11-22T10:30:05Z",
        "data": {
            "id": "reel-1",
            "state": "done",
            "video": {
                "url": LINKS.video_url,
                "expires_at": "2026-11-22T11:30:00Z",
                "width": 1080,
                "height": 1920,
                "duration_seconds": 12.5,
                "size_bytes": 3_400_000,
            },
            "poster": {"url": LINKS.poster_url, "expires_at": "2026-11-22T11:30:00Z"},
            "thumbnails": None,
            "metadata": {"order": 7},
            "times": {"wait_seconds": 1.5, "download_seconds": 0.5, "render_seconds": 8.0, "upload_seconds": 0.75},
            "cost_usd": 0.0004,
            "error": None,
        },
    }


def test_a_sheet_of_thumbnails_has_its_link(done_notification: Callable[..., Notification]):
    links = replace(LINKS, thumbnails_url="https://bucket.example.com/thumbnails.jpg?signed")

    assert payload_of(done_notification(), links)["data"]["thumbnails"] == {
        "url": links.thumbnails_url,
        "expires_at": "2026-11-22T11:30:00Z",
    }
