"""Which addresses a job may make us reach, and a client that reaches no other.

A job's sender names addresses (sources, webhooks) and we fetch or call them from inside the account, where a
task's credentials are served on a link-local address and neighbours listen on private ones. So: https to public
addresses alone; every resolved address is checked, and the connection goes to an address that was checked (a name
that resolves differently the second time gains nothing); redirects are never followed. Loopback is reached only by
the operator's own list, which a deployment leaves empty.

Only the standard library and urllib3, at its 1.26 as at its 2.x interface: Lambda's runtime brings its own.
"""

import ipaddress
import logging
import queue
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from jobs.bounded_connection import MAX_STALL_SECONDS, open_pool

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]
"""A name and a port to all its addresses, as text. Raises OSError when there are none."""

MAX_URL_CHARACTERS = 2048
MAX_KEPT_BODY_BYTES = 1024 * 1024
"""How much of a body that is not streamed is read: such answers are small, whoever sends more wastes only its own."""

DEFAULT_PORTS = {"http": 80, "https": 443}
UNPRIVILEGED_PORTS = range(1024, 65536)

# urllib3 writes whole URLs, secrets in their queries included, at debug level and (of a malformed answer) as warnings.
for _name in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_name).setLevel(logging.ERROR)

PLAIN_URL = re.compile(rf"[!-~]{{1,{MAX_URL_CHARACTERS}}}")
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]@:]+)(:(?P<port>[0-9]{0,5}))?")
HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
NUMBER_AT_THE_END = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)")
"""What the URL standard takes for an IPv4 address, however it is spelled: `2130706433`, `0x7f.1`, `0177.0.0.1`."""
INTERNAL_NAMES = ("localhost", "local", "internal", "localdomain", "intranet", "private", "corp", "home", "lan", "arpa")
"""Last labels that no public name ends in: RFC 6761 and 6762, ICANN's private-use names, AWS's own (`.internal`)."""

# Python's `is_global` follows the IANA registries of the day of its release, and the Lambda runtime's Python is not
# the worker's: these make the answer the same everywhere, and add the ranges that tunnel to an IPv4 address.
NEVER_GLOBAL_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: instance metadata and, at 169.254.170.2, the task's credentials
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
NEVER_GLOBAL_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class ForbiddenAddress(ValueError):  # noqa: N818 - a refusal, named for what was asked for
    """An address that no job may make us reach. `target` is the host at most: a path or query may hold a secret."""

    def __init__(self, target: str, reason: str, remedy: str) -> None:
        self.target = target
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{target} is not allowed: {reason}; {remedy}")


class UnresolvableAddress(Exception):  # noqa: N818 - named beside ForbiddenAddress
    """A name without an address just now: a retry may find one."""


@dataclass(frozen=True)
class _Target:
    """A URL taken apart once: what was checked is what is connected to, so no two parsers can disagree."""

    scheme: str
    host: str
    port: int
    path: str
    loopback: bool

    @property
    def authority(self) -> str:
        """The host as a Host header names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def check_target(url: str, loopback_targets: frozenset[str]) -> None:
    """Check all of a URL that can be checked without the network; `loopback_targets` are "host:port".

    Raises:
        ForbiddenAddress: not https, or not a public host, or spelled so that parsers disagree about it.
    """
    _parse(url, loopback_targets)


def resolve(host: str, port: int) -> list[str]:
    """Every IPv4 and IPv6 address of `host`, in the order in which this machine would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def check_resolved(url: str, loopback_targets: frozenset[str], resolver: Resolver = resolve) -> None:
    """Check a URL and every address that its host has at this moment.

    Raises:
        ForbiddenAddress: as `check_target`, or one of the addresses is not public.
        UnresolvableAddress: the name has no address, or none in time.
    """
    _checked_addresses(_parse(url, loopback_targets), resolver, MAX_STALL_SECONDS)


class GuardedClient:
    """An HTTP client for addresses that strangers chose. Safe to share between threads: it keeps no connection."""

    def __init__(
        self,
        loopback_targets: frozenset[str],
        timeout_seconds: float,
        *,
        resolver: Resolver = resolve,
        ca_certs: str | None = None,
    ) -> None:
        """`timeout_seconds` bounds a whole exchange, resolution and (also a streamed) body included.

        `ca_certs` is a file of certificate authorities to trust instead of the system's.
        """
        self._loopback_targets = loopback_targets
        self._timeout_seconds = timeout_seconds
        self._resolver = resolver
        self._ca_certs = ca_certs

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        preload_content: bool = True,  # noqa: FBT001, FBT002 - urllib3's own parameter, under its own name
    ) -> "BaseHTTPResponse":
        """Ask once: no redirect, no retry, no proxy from the environment, no decompression.

        With `preload_content` the first MAX_KEPT_BODY_BYTES of the body are in the answer's `data`; without it the
        caller streams the body and closes the answer. A redirect is an answer like any other: its status says so.

        Raises:
            ForbiddenAddress: the URL, or an address of its host, is not one that a job may name.
            UnresolvableAddress: its host has no address, or none in time.
            urllib3.exceptions.HTTPError: no connection, no valid certificate, no answer, or not in time (while
                streaming too).
        """
        target = _parse(url, self._loopback_targets)
        deadline = time.monotonic() + self._timeout_seconds
        addresses = _checked_addresses(target, self._resolver, self._timeout_seconds)
        for_host = {"Accept-Encoding": "identity", **(headers or {}), "Host": target.authority}
        response = self._ask_first_that_answers(
            method, target, addresses, body=body, headers=for_host, deadline=deadline
        )
        if not preload_content:
            return response
        try:
            kept = response.read(MAX_KEPT_BODY_BYTES, decode_content=False)
        finally:
            response.close()
        return urllib3.HTTPResponse(body=kept, headers=response.headers, status=response.status, preload_content=False)

    def _ask_first_that_answers(
        self,
        method: str,
        target: _Target,
        addresses: list[str],
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        deadline: float,
    ) -> "BaseHTTPResponse":
        """Ask at the first of the checked addresses that takes a connection: until then, nothing was sent."""
        failure: HTTPError | None = None
        for address in addresses:
            try:
                pool = open_pool(
                    target.scheme, address, target.port, host=target.host, deadline=deadline, ca_certs=self._ca_certs
                )
                return pool.urlopen(
                    method,
                    target.path,
                    body=body,
                    headers=headers,
                    redirect=False,
                    assert_same_host=False,
                    preload_content=False,
                    decode_content=False,
                )
            except (NewConnectionError, ConnectTimeoutError) as error:
                failure = error
            except TimeoutError as error:
                failure = failure or HTTPTimeoutError(str(error))
                break
        assert failure is not None, "there is at least one address"
        raise failure


def is_public(address: IPAddress) -> bool:
    """Whether an address is global unicast; an IPv6 address that stands for an IPv4 one is judged as that."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in NEVER_GLOBAL_V4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return (
        address in GLOBAL_UNICAST_V6
        and address.is_global
        and not any(address in network for network in NEVER_GLOBAL_V6)
    )


def _parse(url: str, loopback_targets: frozenset[str]) -> _Target:
    if not PLAIN_URL.fullmatch(url) or "\\" in url:
        raise ForbiddenAddress(
            "the address",
            f"it is empty, longer than {MAX_URL_CHARACTERS} characters, or has one that a URL cannot have",
            "percent-encode its path and query, and write an international host name in its xn-- form",
        )
    try:
        parts = urlsplit(url)
    except ValueError as error:  # which brackets it minds differs from one Python to the next
        raise _not_https() from error
    if "@" in parts.netloc:
        raise ForbiddenAddress(
            "the address", "it carries a user name or password", "put a token into its path or query instead"
        )
    authority = AUTHORITY.fullmatch(parts.netloc.lower())
    if authority is None or parts.scheme not in DEFAULT_PORTS:
        raise _not_https()
    host = authority["host"].strip("[]").removesuffix(".")
    port = int(authority["port"] or DEFAULT_PORTS[parts.scheme])
    loopback = f"{authority['host']}:{port}" in loopback_targets
    if not loopback:
        _check_host(host)
        if parts.scheme != "https":
            raise ForbiddenAddress(host, "it is plain http", "use https")
        if port != DEFAULT_PORTS["https"] and port not in UNPRIVILEGED_PORTS:
            raise ForbiddenAddress(host, f"port {port} belongs to another service", "use port 443, or 1024 to 65535")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Target(parts.scheme, host, port, path, loopback)


def _not_https() -> ForbiddenAddress:
    return ForbiddenAddress("the address", "it is not an https URL with a host", "write it as https://host/path")


def _check_host(host: str) -> None:
    """Check a host as it is written: a name that may be public, or an address that is."""
    if NUMBER_AT_THE_END.fullmatch(host) or ":" in host:
        try:
            address = ipaddress.ip_address(host)
        except ValueError as error:
            raise ForbiddenAddress(
                host, "it is an IP address in an unusual spelling", "use a host name, or four decimal numbers"
            ) from error
        if not is_public(address):
            raise ForbiddenAddress(host, "it is not a public address", "use one that the internet can reach")
    elif not HOST_NAME.fullmatch(host):
        raise ForbiddenAddress("the address", "its host is not a host name", "write it as https://host/path")
    elif "." not in host or host.rpartition(".")[2] in INTERNAL_NAMES:
        raise ForbiddenAddress(host, "it is a name of an internal network", "use a name that the internet knows")


def _checked_addresses(target: _Target, resolver: Resolver, timeout_seconds: float) -> list[str]:
    """All addresses of a target, none of which is forbidden."""
    addresses = _resolve_in_time(target, resolver, timeout_seconds)
    for text in addresses:
        address = ipaddress.ip_address(text)
        if not (address.is_loopback if target.loopback else is_public(address)):
            # The address itself is not told: the sender has no business in this network's names.
            wanted = "a loopback" if target.loopback else "a public"
            raise ForbiddenAddress(
                target.host, f"it resolves to what is not {wanted} address", "use a name with such addresses only"
            )
    return addresses


def _resolve_in_time(target: _Target, resolver: Resolver, timeout_seconds: float) -> list[str]:
    """Resolve in a thread of its own, since the system's resolver has no time-out that a caller can set."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name=f"resolve {target.host}", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_seconds)
    except queue.Empty:
        raise UnresolvableAddress(f"{target.host} was not resolved within {timeout_seconds:g} s") from None
    if isinstance(answer, Exception) or not answer:
        raise UnresolvableAddress(f"{target.host} has no address")
    return answer
