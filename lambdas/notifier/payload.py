"""What a webhook says. A pure function of the notification and of the links that were made for it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.notification import Notification


@dataclass(frozen=True)
class Links:
    """Presigned addresses of a finished render's files.

    `expires_at` is the latest moment at which they work. They are signed by the notifier's role and end with its
    session, should that end earlier: whoever wants the file fetches it when the news comes.
    """

    video_url: str
    poster_url: str
    expires_at: datetime
    thumbnails_url: str | None = None


def payload_of(notification: Notification, links: Links | None) -> dict[str, Any]:
    """Write the payload: an event in Standard Webhooks' form, JSON's types only.

    Every key is always there; what does not apply is null (`video` and `poster` of a job that was not done,
    `thumbnails` of one that asked for none, `error` of one that was done). `links` are needed if the notification has a
    render.
    """
    rendered = notification.rendered
    video: dict[str, Any] | None = None
    poster: dict[str, Any] | None = None
    thumbnails: dict[str, Any] | None = None
    if rendered is not None and links is not None:
        expires_at = _timestamp(links.expires_at)
        video = {
            "url": links.video_url,
            "expires_at": expires_at,
            "width": rendered.width,
            "height": rendered.height,
            "duration_seconds": rendered.duration_seconds,
            "size_bytes": rendered.size_bytes,
        }
        poster = {"url": links.poster_url, "expires_at": expires_at}
        if links.thumbnails_url is not None:
            thumbnails = {"url": links.thumbnails_url, "expires_at": expires_at}
    return {
        "type": f"job.{notification.state}",
        "timestamp": _timestamp(notification.occurred_at),
        "data": {
            "id": notification.job_id,
            "state": notification.state,
            "video": video,
            "poster": poster,
            "thumbnails": thumbnails,
            "metadata": notification.metadata,
            "times": notification.times.model_dump() if notification.times else None,
            "cost_usd": notification.cost_usd,
            "error": notification.error.model_dump() if notification.error else None,
        },
    }


def _timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second; a moment without a zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
