"""One delivery of one notification: its links made, its payload signed and sent, and what the target made of it."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from standardwebhooks import Webhook
from urllib3.exceptions import HTTPError, ProtocolError

from jobs.addresses import ForbiddenAddress, GuardedClient, UnresolvableAddress
from jobs.notification import Notification
from lambdas.notifier.payload import Links, payload_of
from lambdas.notifier.retries import retry_after_seconds

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

DELIVERY_TIMEOUT_SECONDS = 15.0
"""Standard Webhooks asks for 15 to 30; a batch is delivered side by side, so this is also about a batch's time."""
SECRET_MAX_AGE_SECONDS = 300
"""How long a rotated secret may go unnoticed. What was refused meanwhile is retried for longer than this."""
USER_AGENT = "ffmpeg-warm-pool-notifier/1"


class DeliveryFailed(Exception):  # noqa: N818 - what happened, as the log says it
    """The target was not told. The message is safe to log: it has no part of a URL but its host."""

    def __init__(self, reason: str, *, permanent: bool = False, wait_seconds: float = 0.0) -> None:
        self.permanent = permanent
        """No later attempt would fare better."""
        self.wait_seconds = wait_seconds
        """What the target asked for by Retry-After, in seconds."""
        super().__init__(reason)


class TargetGone(Exception):  # noqa: N818 - what happened, as the log says it
    """The target answered 410: it wants to hear no more of this."""


@dataclass(frozen=True)
class Told:
    """The target took the notification."""

    host: str
    status: int


class WebhookSecret:
    """The signing secret, read when it is first needed and again when it is SECRET_MAX_AGE_SECONDS old."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._provider = SecretsProvider(boto3_client=client)
        self._arn = arn
        # Deliveries run side by side; the first reads and the others find what it read.
        self._lock = threading.Lock()

    def signer(self) -> Webhook:
        """Make a signer of the present secret.

        Raises:
            GetParameterError: Secrets Manager did not answer; nothing is kept of that.
            ValueError: the secret's value is not base64.
        """
        with self._lock:
            value = self._provider.get(self._arn, max_age=SECRET_MAX_AGE_SECONDS)
        assert isinstance(value, str), "the secret is stored as text"
        return Webhook(value)


class Deliverer:
    """Delivers notifications. Safe to use from many threads."""

    def __init__(
        self,
        *,
        client: GuardedClient,
        secret: WebhookSecret,
        s3: "S3Client",
        url_expires_seconds: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`client` is bounded by its own time-out; `clock` gives aware datetimes in UTC."""
        self._client = client
        self._secret = secret
        self._s3 = s3
        self._url_expires_seconds = url_expires_seconds
        self._clock = clock

    def deliver(self, notification: Notification, url: str) -> Told:
        """Tell `url` once.

        Raises:
            TargetGone: it answered 410.
            DeliveryFailed: anything else than success: an error, a redirect, no answer in time, a forbidden address.
        """
        now = self._clock()
        body = json.dumps(payload_of(notification, self._links(notification, now)), ensure_ascii=False)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "webhook-id": notification.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._secret.signer().sign(notification.id, now, body),
        }
        host = urlsplit(url).hostname or ""
        try:
            # The status is all that is wanted: whatever body follows it is left unread.
            answer = self._client.request("POST", url, body.encode(), headers, preload_content=False)
        except ForbiddenAddress as error:
            raise DeliveryFailed(str(error), permanent=True) from error
        except UnresolvableAddress as error:
            raise DeliveryFailed(str(error)) from error
        except HTTPError as error:
            # A malformed answer's error repeats what the other side wrote, and that may repeat what we sent.
            reason = "a malformed answer" if isinstance(error, ProtocolError) else str(error)
            raise DeliveryFailed(f"{host}: {reason}") from error
        answer.close()
        if answer.status == HTTPStatus.GONE:
            raise TargetGone(f"{host} answered 410")
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            wait_seconds = retry_after_seconds(answer.headers.get("Retry-After"), now)
            raise DeliveryFailed(f"{host} answered {answer.status}", wait_seconds=wait_seconds)
        return Told(host, answer.status)

    def _links(self, notification: Notification, now: datetime) -> Links | None:
        """Presign the render's files. Made at each delivery, so that the last attempt's links work too."""
        rendered = notification.rendered
        if rendered is None:
            return None
        video_url, poster_url, *thumbnails_urls = (
            self._s3.generate_presigned_url(
                "get_object", Params={"Bucket": rendered.bucket, "Key": key}, ExpiresIn=self._url_expires_seconds
            )
            for key in (rendered.video_key, rendered.poster_key, rendered.thumbnails_key)
            if key is not None
        )
        expires_at = now + timedelta(seconds=self._url_expires_seconds)
        return Links(video_url, poster_url, expires_at, *thumbnails_urls)
