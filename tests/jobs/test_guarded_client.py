"""The client of jobs.addresses against servers on loopback, with an authority of the test's own for TLS."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from jobs.addresses import MAX_KEPT_BODY_BYTES, ForbiddenAddress, GuardedClient, UnresolvableAddress

if TYPE_CHECKING:
    from email.message import Message

NO_LOOPBACK: frozenset[str] = frozenset()


class _Answers(BaseHTTPRequestHandler):
    """Answers by path; `server.seen` is what came in."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.seen.append((self.path, self.headers, body))  # pyright: ignore[reportAttributeAccessIssue]
        match self.path:
            case "/drip-headers":
                self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            case "/drip-body":
                self._drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            case "/redirect":
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/inside")  # pyright: ignore[reportAttributeAccessIssue]
                self.end_headers()
            case "/large":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(bytes(2 * MAX_KEPT_BODY_BYTES))
            case _:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"thanks for " + body)

    def _drip(self, beginning: bytes) -> None:
        self.wfile.write(beginning)
        hung_up = threading.Event()
        while not hung_up.wait(0.05):
            try:
                self.wfile.write(b"x")
            except OSError:
                hung_up.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.seen: list[tuple[str, Message, bytes]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@contextmanager
def _serving(context: ssl.SSLContext | None = None) -> Iterator[_Server]:
    server = _Server()
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server():
    with _serving() as running:
        yield running


def _client(server: _Server, *, host: str = "127.0.0.1", timeout_seconds: float = 5.0, **options: Any) -> GuardedClient:
    return GuardedClient(frozenset({f"{host}:{server.server_port}"}), timeout_seconds, **options)


def _url(server: _Server, path: str, *, host: str = "127.0.0.1", scheme: str = "http") -> str:
    return f"{scheme}://{host}:{server.server_port}{path}"


def test_the_client_sends_body_and_headers_and_keeps_the_answer(server: _Server):
    answer = _client(server).request("POST", _url(server, "/hook?a=%20b"), b"this", {"X-Mine": "1"})
    assert (answer.status, answer.data) == (200, b"thanks for this")
    [(path, headers, body)] = server.seen
    assert (path, headers["X-Mine"], body) == ("/hook?a=%20b", "1", b"this")
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"


def test_the_client_asks_a_forbidden_address_nothing(server: _Server):
    client = GuardedClient(NO_LOOPBACK, 5.0, resolver=lambda *_: ["127.0.0.1"])
    with pytest.raises(ForbiddenAddress):
        client.request("POST", _url(server, "/hook", host="hooks.example.com", scheme="https"))
    assert server.seen == []


def test_a_name_that_resolves_elsewhere_the_second_time_is_asked_at_the_address_that_was_checked(server: _Server):
    answers = iter([["127.0.0.1"], ["169.254.170.2"]])
    client = _client(server, host="rebinding.example.com", resolver=lambda *_: next(answers))
    answer = client.request("POST", _url(server, "/hook", host="rebinding.example.com"), b"x")
    assert answer.status == 200
    assert server.seen[0][1]["Host"] == f"rebinding.example.com:{server.server_port}"
    assert next(answers) == ["169.254.170.2"], "the name was resolved once"


def test_a_redirect_is_an_answer_and_is_not_followed(server: _Server):
    answer = _client(server).request("POST", _url(server, "/redirect"))
    assert answer.status == 302
    assert [path for path, *_ in server.seen] == ["/redirect"]


@pytest.mark.parametrize("path", ["/drip-headers", "/drip-body"])
def test_an_answer_that_drips_ends_with_the_time_out(server: _Server, path: str):
    began = time.monotonic()
    with pytest.raises(ReadTimeoutError):
        _client(server, timeout_seconds=0.4).request("POST", _url(server, path))
    assert 0.3 < time.monotonic() - began < 2.0


def test_a_streamed_body_that_drips_ends_with_the_time_out_too(server: _Server):
    answer = _client(server, timeout_seconds=0.4).request("POST", _url(server, "/drip-body"), preload_content=False)
    assert answer.status == 200
    with pytest.raises(ReadTimeoutError):
        answer.read()


def test_a_resolver_that_hangs_ends_with_the_time_out(server: _Server):
    released = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        released.wait(10)
        return ["127.0.0.1"]

    client = _client(server, timeout_seconds=0.2, resolver=hang)
    with pytest.raises(UnresolvableAddress, match=r"within 0\.2 s"):
        client.request("POST", _url(server, "/hook"))
    released.set()


def test_no_more_of_a_body_is_kept_than_the_limit(server: _Server):
    answer = _client(server).request("POST", _url(server, "/large"))
    assert len(answer.data) == MAX_KEPT_BODY_BYTES


def test_a_streamed_body_arrives_whole(server: _Server):
    answer = _client(server).request("POST", _url(server, "/large"), preload_content=False)
    assert sum(len(piece) for piece in answer.stream(65536)) == 2 * MAX_KEPT_BODY_BYTES


def test_the_next_checked_address_is_asked_when_one_takes_no_connection(server: _Server):
    client = _client(server, host="two.example.com", resolver=lambda *_: ["127.0.0.2", "127.0.0.1"])
    assert client.request("POST", _url(server, "/hook", host="two.example.com")).status == 200


def test_an_address_that_takes_no_connection_is_an_http_error(server: _Server):
    client = _client(server, host="down.example.com", resolver=lambda *_: ["127.0.0.2"])
    with pytest.raises(NewConnectionError) as error:
        client.request("POST", _url(server, "/hook", host="down.example.com"))
    assert isinstance(error.value, HTTPError)


def test_the_environment_s_proxies_are_not_asked(server: _Server, monkeypatch: pytest.MonkeyPatch):
    for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert _client(server).request("POST", _url(server, "/hook")).status == 200


class _Authority:
    """Issues certificates for one test run; `path` is what a client trusts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority of the test")])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        certificate = self._signed(self._name, self._key, constraints, x509.SubjectKeyIdentifier)
        self.path = str(self._write("authority.pem", certificate.public_bytes(serialization.Encoding.PEM)))

    def context_for(self, host: str) -> ssl.SSLContext:
        """A server's TLS context with a certificate for `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        certificate = self._signed(name, key, x509.SubjectAlternativeName([x509.DNSName(host)]))
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem = self._write(f"{host}.pem", secret + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        identifier: type[x509.SubjectKeyIdentifier] | None = None,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        )
        public = self._key.public_key()
        if identifier is not None:
            builder = builder.add_extension(identifier.from_public_key(public), critical=False)
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(usage, critical=True)
        else:
            builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _write(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory):
    return _Authority(tmp_path_factory.mktemp("authority"))


def test_the_pinned_address_has_to_prove_by_its_certificate_that_it_is_the_named_host(authority: _Authority):
    context = authority.context_for("hooks.example.com")
    named: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    with _serving(context) as server:
        client = _client(server, host="hooks.example.com", resolver=lambda *_: ["127.0.0.1"], ca_certs=authority.path)
        answer = client.request("POST", _url(server, "/hook", host="hooks.example.com", scheme="https"), b"you")
        assert (answer.status, answer.data) == (200, b"thanks for you")
        assert named == ["hooks.example.com"]
        assert server.seen[0][1]["Host"] == f"hooks.example.com:{server.server_port}"


def test_a_certificate_of_another_host_is_refused_before_anything_is_sent(authority: _Authority):
    with _serving(authority.context_for("other.example.com")) as server:
        client = _client(server, host="hooks.example.com", resolver=lambda *_: ["127.0.0.1"], ca_certs=authority.path)
        with pytest.raises(SSLError, match=r"hooks\.example\.com"):
            client.request("POST", _url(server, "/hook", host="hooks.example.com", scheme="https"), b"secret")
        assert server.seen == []


def test_a_certificate_of_an_unknown_authority_is_refused(authority: _Authority):
    with _serving(authority.context_for("hooks.example.com")) as server:
        client = _client(server, host="hooks.example.com", resolver=lambda *_: ["127.0.0.1"])
        with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            client.request("POST", _url(server, "/hook", host="hooks.example.com", scheme="https"))
        assert server.seen == []
