"""Decide which network addresses may be fetched from: public ones, and private ones that the user allowed."""

import ipaddress
import re
import socket
from collections.abc import Collection
from typing import NamedTuple

from ada_url import URL

from emotion_core.collect.urls import parse_url
from emotion_core.errors import AddressRefused, CollectError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
HostPort = tuple[str, int]
SocketAddress = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]

DEFAULT_PORTS = {"http": 80, "https": 443}


class HostOrigin(NamedTuple):
    """The origin of a URL: the unit that robots.txt and rate limits apply to."""

    scheme: str
    host: str
    port: int


# What would end the host and port.
_NOT_IN_HOST = re.compile(r"[/\\?#@\s]")
_ALLOW_HINT = "To fetch from a server of your own, allow its host and port, for instance 127.0.0.1:8765."

# is_global covers most special ranges, but which ones depends on the patch version of Python. These always count.
_REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10",  # carrier-grade NAT, also the metadata service of one cloud
        "168.63.129.16/32",  # formally public, but the host agent of every Azure machine
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "64:ff9b:1::/48",  # NAT64 for local use: reaches private IPv4
        "2001::/23",  # Teredo, ORCHID and other tunnels
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, withdrawn but still routed inside
    )
)
_MAPPED = ipaddress.ip_network("::ffff:0:0/96")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST_IPV6 = ipaddress.ip_network("2000::/3")


def is_public(address: Address) -> bool:
    """Whether the address is on the public Internet, so that fetching from it cannot reach a private network.

    For an IPv4 address inside an IPv6 one (mapped, or behind NAT64), the IPv4 address decides.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address in _MAPPED or address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _UNICAST_IPV6:
            return False
    if any(address in network for network in _REFUSED_NETWORKS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def parse_allowed_host(text: str) -> HostPort:
    """Return the host and port of ``"127.0.0.1:8765"``, ``"my-server:80"`` or ``"[::1]:8765"``.

    Raises:
        CollectError: the port is missing, or there is more than a host and a port.
    """
    problem = CollectError(
        "The allowed host is not valid. Expected a host and a port, for instance 127.0.0.1:8765. "
        f"Received: allow_host={text!r}. Leave out http:// and everything after the port."
    )
    # A parser leaves out the default port of its scheme; port 443 is none for http.
    for scheme in DEFAULT_PORTS:
        url = parse_url(f"{scheme}://{text.strip()}/")
        if url is not None and int(url.port or 0) and not _NOT_IN_HOST.search(text.strip()):
            return _host(url), int(url.port)
    raise problem


def split_address(url: str) -> URL:
    """Return the parts of a URL in normal form; the address that its host resolves to is checked on connecting.

    Raises:
        AddressRefused: the scheme is not http or https, the host is missing, or there is a user name or password.
    """
    parts = parse_url(url)
    if parts is None or _scheme(parts) not in DEFAULT_PORTS:
        raise AddressRefused(_malformed(url))
    if parts.username or parts.password:
        raise AddressRefused(
            "The address contains a user name or a password. Expected an address that opens without a login. "
            f"Received: host={parts.hostname!r}. Leave out the part before the @."
        )
    return parts


def _scheme(parts: URL) -> str:
    return str(parts.protocol).removesuffix(":")


def _host(parts: URL) -> str:
    """Return the host as the resolver takes it: an IPv6 address without brackets."""
    return str(parts.hostname).strip("[]")


def _malformed(url: str) -> str:
    return (
        "The address is not a web address. Expected one that begins with http:// or https:// and has a host. "
        f"Received: url={url[:200]!r}."
    )


def origin_of(url: str) -> HostOrigin:
    """Return the origin of a URL, with the default port filled in.

    Raises:
        AddressRefused: the URL is refused by ``split_address``.
    """
    parts = split_address(url)
    scheme = _scheme(parts)
    return HostOrigin(scheme, _host(parts), int(parts.port or DEFAULT_PORTS[scheme]))


def resolve(host: str, port: int, allowed: Collection[HostPort]) -> list[SocketAddress]:
    """Look the host up once and return the addresses to connect to, in the order to try.

    Args:
        host: a name or a literal address, in the normal form of ``split_address``.
        port: 1 to 65535.
        allowed: host and port pairs that may be private; both must match as written.

    Raises:
        AddressRefused: at least one of the addresses is not public. One is enough: a name with a public and a
            private address is an attack or a mistake.
        OSError: the name does not exist.
    """
    resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if (host.strip("[]").lower(), port) not in allowed:
        for _family, _kind, _protocol, _name, address in resolved:
            _refuse_private(host, port, str(address[0]))
    return [(family, address) for family, _kind, _protocol, _name, address in resolved]


def _refuse_private(host: str, port: int, text: str) -> None:
    try:
        public = is_public(ipaddress.ip_address(text))
    except ValueError:
        public = False
    if not public:
        raise AddressRefused(
            "The address is not on the public Internet. Expected a public server. "
            f"Received: host={host!r}, port={port}, which resolves to {text}. {_ALLOW_HINT}"
        )
