"""A backend's end of the webhooks: takes them on loopback, believes what is rightly signed, counts each once."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast

from standardwebhooks import Webhook, WebhookVerificationError

from local.history import History

_LOOPBACK = "127.0.0.1"
_MAX_BODY_BYTES = 1024 * 1024
_STOP_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Delivery:
    """One request that came in, believed or not."""

    at: datetime
    webhook_id: str
    """What retries of the same notification share."""
    headers: Mapping[str, str]
    """By lower-case name."""
    payload: Any
    """The body's JSON; None if the signature was wrong, because then no one may act on it."""
    verified: bool
    status: int
    """What was answered."""


@dataclass(frozen=True)
class Reply:
    """How to answer one verified delivery, for the tests of senders."""

    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    after_seconds: float = 0.0


class WebhookSink:
    """A webhook receiver on a free loopback port; a context manager.

    The address is needed before a deployment and the secret is known after it: `trust` tells it later. Until then
    nothing is verified, every delivery is answered 401, and the sender tries again.
    """

    def __init__(self, secret: str = "", history: History | None = None) -> None:
        self._webhook = Webhook(secret) if secret else None
        self._history = history
        self._deliveries: list[Delivery] = []
        self._replies: deque[Reply] = deque()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server((_LOOPBACK, 0), self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_STOP_POLL_SECONDS,), name="webhook sink", daemon=True
        )

    @property
    def target(self) -> str:
        """The sink as the address rules' loopback list names it: "host:port"."""
        return f"{_LOOPBACK}:{self._server.server_port}"

    @property
    def url(self) -> str:
        """Where to send webhooks."""
        return f"http://{self.target}/webhooks"

    def trust(self, secret: str) -> None:
        """Verify from now on with this secret (`whsec_` and base64)."""
        self._webhook = Webhook(secret)

    def reply_next(self, *replies: Reply) -> None:
        """Answer the next verified deliveries so, one each; those after them get 200 again."""
        with self._lock:
            self._replies.extend(replies)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All that came in, in order, retries and forgeries included."""
        with self._lock:
            return tuple(self._deliveries)

    @property
    def events(self) -> tuple[Delivery, ...]:
        """What a backend would act on: verified and accepted, the first of each webhook id."""
        firsts: dict[str, Delivery] = {}
        for delivery in self.deliveries:
            if delivery.verified and delivery.status < HTTPStatus.MULTIPLE_CHOICES:
                firsts.setdefault(delivery.webhook_id, delivery)
        return tuple(firsts.values())

    def receive(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take one delivery in and say how to answer it. `headers` have lower-case names."""
        payload: Any = None
        verified = False
        if self._webhook is not None:
            try:
                payload = self._webhook.verify(body, dict(headers))
                verified = True
            except (WebhookVerificationError, ValueError):
                verified = False
        with self._lock:
            if not verified:
                reply = Reply(HTTPStatus.UNAUTHORIZED)
            else:
                reply = self._replies.popleft() if self._replies else Reply()
            delivery = Delivery(
                at=datetime.now(UTC),
                webhook_id=headers.get("webhook-id", ""),
                headers=dict(headers),
                payload=payload,
                verified=verified,
                status=reply.status,
            )
            self._deliveries.append(delivery)
        if self._history is not None:
            self._history.record(
                "webhook.received",
                webhook_id=delivery.webhook_id,
                type=payload.get("type") if isinstance(payload, dict) else None,
                job=payload.get("data", {}).get("id") if isinstance(payload, dict) else None,
                verified=verified,
                status=int(reply.status),
            )
        self._stopping.wait(reply.after_seconds)
        return reply

    def start(self) -> None:
        """Listen, on a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port; a delayed reply is sent at once."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], sink: WebhookSink) -> None:
        super().__init__(address, _Handler)
        self.sink = sink

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hung up is the sender's matter: no traceback."""


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MAX_BODY_BYTES:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(int(length))
        reply = cast("_Server", self.server).sink.receive(
            {name.lower(): value for name, value in self.headers.items()}, body
        )
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Requests are kept as deliveries; the terminal belongs to the demo."""
