"""Which network addresses may be fetched from: public ones, and the private ones that the person named."""

import ipaddress
import socket
from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from emotion_core.errors import AddressRefused, CollectError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
HostPort = tuple[str, int]
SocketAddress = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]

DEFAULT_PORTS = {"http": 80, "https": 443}


class HostOrigin(NamedTuple):
    """A site, as robots.txt and politeness mean it."""

    scheme: str
    host: str
    port: int


_ALLOW_HINT = "To fetch from a server of your own, allow its host and port, for instance 127.0.0.1:8765."

# Python's own is_global knows most special ranges, but which ones depends on its patch version; these always count.
_REFUSED_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10",  # carrier-grade NAT, also the metadata service of one cloud
        "168.63.129.16/32",  # a public address on paper: the host agent of every Azure machine
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
    """Whether the address belongs to the public Internet, so that fetching from it reaches nobody's private network.

    An IPv4 address inside an IPv6 one (mapped, or behind NAT64) is judged by the IPv4 address.
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
        CollectError: there is no port, or more than a host and a port.
    """
    problem = CollectError(
        "The allowed host cannot be understood. Expected a host and a port, for instance 127.0.0.1:8765. "
        f"Received: allow_host={text!r}. Leave out http:// and everything after the port."
    )
    try:
        parts = urlsplit(f"//{text.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise problem from error
    if not host or not port or parts.path or parts.query or parts.fragment or "@" in text:
        raise problem
    return host, port


def split_address(url: str) -> SplitResult:
    """Return the parts of an address that may be asked for at all; where its host leads is checked on connecting.

    Raises:
        AddressRefused: its scheme is not http or https, it has no host, or it carries a password.
    """
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused(_malformed(url)) from error
    if parts.scheme.lower() not in DEFAULT_PORTS or not host:
        raise AddressRefused(_malformed(url))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            "The address carries a user name or a password. Expected an address that anybody may open. "
            f"Received: host={host!r}. Leave out what stands before the @."
        )
    return parts


def _malformed(url: str) -> str:
    return (
        "The address cannot be fetched. Expected one that begins with http:// or https:// and names a host. "
        f"Received: url={url[:200]!r}."
    )


def origin_of(url: str) -> HostOrigin:
    """Return the site that an address belongs to, its default port filled in.

    Raises:
        AddressRefused: as ``split_address`` does.
    """
    parts = split_address(url)
    scheme = parts.scheme.lower()
    return HostOrigin(scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[scheme])


def resolve(host: str, port: int, allowed: Collection[HostPort]) -> list[SocketAddress]:
    """Look the host up once and return where to connect to, in the order to try.

    Args:
        host: a name or a literal address, in any spelling that the system's resolver takes.
        port: 1 to 65535.
        allowed: pairs that may be private; both host and port must match as they are written.

    Raises:
        AddressRefused: at least one of the addresses is not public. One is enough: a name that gives a public and a
            private answer is an attack, or a mistake.
        OSError: the name does not exist.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if (host.strip("[]").lower(), port) not in allowed:
        for _family, _kind, _protocol, _name, where in found:
            _refuse_private(host, port, str(where[0]))
    return [(family, where) for family, _kind, _protocol, _name, where in found]


def _refuse_private(host: str, port: int, text: str) -> None:
    try:
        public = is_public(ipaddress.ip_address(text))
    except ValueError:
        public = False
    if not public:
        raise AddressRefused(
            "The address is not on the public Internet. Expected a public server. "
            f"Received: host={host!r}, port={port}, which leads to {text}. {_ALLOW_HINT}"
        )
