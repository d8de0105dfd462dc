"""Which addresses are public, and how allowed hosts are written."""

import ipaddress
import socket

import pytest

from emotion_core.collect.web import parse_allowed_host, split_address
from emotion_core.collect.web.addresses import is_public, origin_of, resolve
from emotion_core.errors import AddressRefused, CollectError

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "2a00:1450:4001::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_not_public(text: str) -> None:
    """Loopback, private, metadata, multicast, reserved and tunneled private addresses do not count as public."""
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_public(text: str) -> None:
    """Addresses of the public Internet may be fetched from, also through NAT64."""
    assert is_public(ipaddress.ip_address(text))


def test_a_name_with_one_private_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One private answer among public ones is enough to refuse a name, in either order."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "127.0.0.1")]
    for order in (answers, answers[::-1]):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, resolved=order, **_k: resolved)
        with pytest.raises(AddressRefused, match=r"resolves to 127\.0\.0\.1"):
            resolve("two-faced.example", 80, frozenset())


def test_only_the_exact_host_and_port_is_allowed() -> None:
    """Allowing 127.0.0.1:8765 allows neither another port nor another spelling of the same machine."""
    allowed = {("127.0.0.1", 8765)}
    assert resolve("127.0.0.1", 8765, allowed)[0][1][:2] == ("127.0.0.1", 8765)
    for host, port in (("127.0.0.1", 8766), ("localhost", 8765), ("127.1", 8765), ("127.0.0.2", 8765)):
        with pytest.raises(AddressRefused):
            resolve(host, port, allowed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:8765", ("127.0.0.1", 8765)), ("My-Server:80", ("my-server", 80)), ("[::1]:9", ("::1", 9))],
)
def test_allowed_hosts_are_host_and_port(text: str, expected: tuple[str, int]) -> None:
    """A host and a port are understood, with or without brackets."""
    assert parse_allowed_host(text) == expected


@pytest.mark.parametrize(
    "text", ["", "localhost", "localhost:", "a:0", "a:99999", "http://a:80", "a:80/x", "u@a:80", "[::1"]
)
def test_anything_else_is_no_allowed_host(text: str) -> None:
    """A missing port, an address with a scheme or a path, or rubbish is refused with an example."""
    with pytest.raises(CollectError, match=r"Expected a host and a port, for instance 127\.0\.0\.1:8765"):
        parse_allowed_host(text)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/x",
        "file:///etc/passwd",
        "gopher://a",
        "//a.example",
        "a.example",
        "http://",
        "http://[::1",
        "http://a:x/",
        "",
    ],
)
def test_other_schemes_are_refused(url: str) -> None:
    """Only http and https addresses with a host are fetched."""
    with pytest.raises(AddressRefused, match="begins with http:// or https://"):
        split_address(url)


def test_passwords_in_addresses_are_refused_and_not_repeated() -> None:
    """An address with a password is refused, and the message does not show the password."""
    with pytest.raises(AddressRefused) as caught:
        split_address("https://anna:secret@a.example/")
    assert "secret" not in str(caught.value)


def test_a_site_is_scheme_host_and_port() -> None:
    """Case and default port do not matter; another scheme or port is another site."""
    site = origin_of("http://a.example/x")

    assert site == origin_of("HTTP://A.Example:80/y?z")
    assert len({site, origin_of("https://a.example/"), origin_of("http://a.example:8080/")}) == 3
