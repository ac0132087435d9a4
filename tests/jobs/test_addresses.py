import ipaddress
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs import addresses
from jobs.addresses import ForbiddenAddress, Resolver, UnresolvableAddress, check_resolved, check_target, is_public
from tests.thoroughness import examples

NO_LOOPBACK: frozenset[str] = frozenset()

FORBIDDEN_V4 = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)

SPELLINGS: dict[str, Callable[[ipaddress.IPv4Address], str]] = {
    "dotted": str,
    "dotted with an end": lambda address: f"{address}.",
    "decimal": lambda address: str(int(address)),
    "hexadecimal": lambda address: hex(int(address)),
    "upper-case hexadecimal": lambda address: f"0X{int(address):X}",
    "octal": lambda address: f"0{int(address):o}",
    "octal parts": lambda address: ".".join(f"0{part:o}" for part in address.packed),
    "hexadecimal parts": lambda address: ".".join(hex(part) for part in address.packed),
    "two parts": lambda address: f"{address.packed[0]}.{int(address) & 0xFFFFFF}",
    "three parts": lambda address: f"{address.packed[0]}.{address.packed[1]}.{int(address) & 0xFFFF}",
    "mapped": lambda address: f"[::ffff:{address}]",
    "mapped in hexadecimal": lambda address: f"[::ffff:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}]",
    "compatible": lambda address: f"[::{address}]",
    "NAT64": lambda address: f"[64:ff9b::{int(address) >> 16:x}:{int(address) & 0xFFFF:x}]",
    "6to4": lambda address: f"[2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1]",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_the_address_of_the_task_s_credentials_is_refused_in_every_spelling(
    spelling: Callable[[ipaddress.IPv4Address], str],
):
    with pytest.raises(ForbiddenAddress):
        check_target(f"https://{spelling(ipaddress.IPv4Address('169.254.170.2'))}/", NO_LOOPBACK)


@settings(max_examples=examples(400))
@given(
    address=st.sampled_from(FORBIDDEN_V4).flatmap(lambda network: st.ip_addresses(v=4, network=network)),
    spelling=st.sampled_from(list(SPELLINGS)),
)
def test_no_spelling_of_an_address_that_is_not_public_is_let_through(address: ipaddress.IPv4Address, spelling: str):
    with pytest.raises(ForbiddenAddress):
        check_target(f"https://{SPELLINGS[spelling](address)}/", NO_LOOPBACK)


@given(address=st.ip_addresses(v=6))
def test_an_ipv6_address_outside_global_unicast_and_without_a_public_ipv4_in_it_is_refused(
    address: ipaddress.IPv6Address,
):
    embedded = address.ipv4_mapped or (
        ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in ipaddress.ip_network("64:ff9b::/96") else None
    )
    if embedded is not None:
        assert is_public(address) is is_public(embedded)
    elif address not in ipaddress.ip_network("2000::/3"):
        assert not is_public(address)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "cannot have"),
        ("example.com/hook", "not an https URL"),
        ("//example.com/hook", "not an https URL"),
        ("https:///hook", "not an https URL"),
        ("ftp://example.com/hook", "not an https URL"),
        ("file:///etc/passwd", "not an https URL"),
        ("gopher://example.com/", "not an https URL"),
        ("http://example.com/hook", "plain http"),
        ("https://user:word@example.com/", "user name"),
        ("https://public.example.com@169.254.170.2/", "user name"),
        ("https://169.254.170.2/v2/credentials", "not a public address"),
        ("https://169.254.169.254/latest/meta-data", "not a public address"),
        ("https://[fd00:ec2::254]/latest/meta-data", "not a public address"),
        ("https://[::1]/", "not a public address"),
        ("https://[::]/", "not a public address"),
        ("https://[fe80::1]/", "not a public address"),
        ("https://[fc00::1]/", "not a public address"),
        ("https://[ff02::1]/", "not a public address"),
        ("https://[2001:db8::1]/", "not a public address"),
        ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "not a public address"),
        ("https://[fe80::1%25eth0]/", "not an https URL"),
        ("https://[::1]evil.example.com/", "not an https URL"),
        ("https://[::1/", "not an https URL"),
        ("https://localhost/", "internal network"),
        ("https://LOCALHOST./", "internal network"),
        ("https://a.localhost/", "internal network"),
        ("https://printer.local/", "internal network"),
        ("https://ip-10-0-0-1.eu-west-1.compute.internal/", "internal network"),
        ("https://metadata.google.internal/", "internal network"),
        ("https://metadata/", "internal network"),
        ("https://1.0.168.192.in-addr.arpa/", "internal network"),
        ("https://127.0.0.1.example.com:22/", "port 22"),
        ("https://example.com:0/", "port 0"),
        ("https://example.com:65536/", "port 65536"),
        ("https://example.com:-1/", "not an https URL"),
        ("https://example.com:8443:1/", "not an https URL"),
        ("https://example.com\\@169.254.170.2/", "cannot have"),
        ("https://exam ple.com/", "cannot have"),
        ("https://example.com/\r\nHost: other", "cannot have"),
        ("https://ex\tample.com/", "cannot have"),
        ("https://127。0。0。1/", "cannot have"),
        ("https://①②⑦.0.0.1/", "cannot have"),
        ("https://%31%32%37.0.0.1/", "unusual spelling"),
        ("https://%31%32%37.example.com/", "not a host name"),
        ("https://-example.com/", "not a host name"),
        ("https://exa$mple.com/", "not a host name"),
        (f"https://{'a' * 64}.example.com/", "not a host name"),
        (f"https://example.com/{'a' * 2048}", "cannot have"),
    ],
)
def test_a_forbidden_url_is_refused_with_its_reason_and_a_remedy(url: str, reason: str):
    with pytest.raises(ForbiddenAddress) as refusal:
        check_target(url, NO_LOOPBACK)
    assert reason in refusal.value.reason
    assert refusal.value.remedy in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com./hook?token=1#part",
        "HTTPS://Hooks.Example.COM:8443/a",
        "https://bucket.s3.eu-west-1.amazonaws.com/clip.mp4?X-Amz-Signature=0",
        "https://xn--bcher-kva.example/",
        "https://_hooks.example.com/",
        "https://1.example.com/",
        "https://93.184.215.14/",
        "https://[2606:4700:4700::1111]:8443/",
        "https://[::ffff:93.184.215.14]/",
    ],
)
def test_a_public_https_url_is_let_through(url: str):
    check_target(url, NO_LOOPBACK)


def test_plain_http_to_loopback_is_let_through_only_where_the_operator_lists_host_and_port():
    listed = frozenset({"127.0.0.1:8080", "[::1]:80"})
    check_target("http://127.0.0.1:8080/hook", listed)
    check_target("http://[::1]/hook", listed)
    for url in ("http://127.0.0.1:8081/", "http://127.0.0.1/", "http://localhost:8080/", "https://2130706433:8080/"):
        with pytest.raises(ForbiddenAddress):
            check_target(url, listed)


def test_a_list_entry_that_is_not_loopback_opens_nothing():
    listed = frozenset({"169.254.170.2:80", "neighbour.example.com:8080"})
    with pytest.raises(ForbiddenAddress, match="not a loopback address"):
        check_resolved("http://169.254.170.2/", listed)
    with pytest.raises(ForbiddenAddress, match="not a loopback address"):
        check_resolved("http://neighbour.example.com:8080/", listed, lambda *_: ["10.0.0.7"])


@given(text=st.one_of(st.text(), st.from_regex(r"https?://[ -~]{0,40}")))
def test_no_text_makes_the_check_fail_otherwise_than_by_refusing(text: str):
    with suppress(ForbiddenAddress):
        check_target(text, NO_LOOPBACK)


def test_a_refusal_repeats_neither_path_nor_query_nor_password():
    for url in (
        "http://example.com/s3cret?s3cret",
        "https://u:s3cret@example.com/",
        "https://10.0.0.1/s3cret#s3cret",
        "ftp://s3cret/",
        "https://exa$s3cret/",
    ):
        with pytest.raises(ForbiddenAddress) as refusal:
            check_target(url, NO_LOOPBACK)
        assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("hidden", ["10.1.2.3", "169.254.170.2", "::1", "fe80::1%eth0", "::ffff:127.0.0.1"])
def test_one_address_that_is_not_public_among_many_is_enough_to_refuse_a_name(hidden: str):
    with pytest.raises(ForbiddenAddress) as refusal:
        check_resolved("https://example.com/", NO_LOOPBACK, lambda *_: ["93.184.215.14", "2606:4700::1", hidden])
    assert hidden not in str(refusal.value)


def test_a_name_whose_addresses_are_all_public_is_let_through():
    check_resolved("https://example.com/", NO_LOOPBACK, lambda *_: ["93.184.215.14", "2606:4700::1"])


def _unknown(_host: str, _port: int) -> list[str]:
    raise OSError("no such name")


@pytest.mark.parametrize("resolver", [_unknown, lambda *_: []], ids=["refused", "empty"])
def test_a_name_without_an_address_is_unresolvable_not_forbidden(resolver: Resolver):
    with pytest.raises(UnresolvableAddress, match=r"example\.com has no address"):
        check_resolved("https://example.com/", NO_LOOPBACK, resolver)


def test_the_system_resolver_answers_for_literal_addresses_without_the_network():
    assert addresses.resolve("127.0.0.1", 80) == ["127.0.0.1"]
