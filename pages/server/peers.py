"""Which user of this computer is at the other end of a connection, as the Linux kernel knows it."""

import errno
import ipaddress
import os
import socket
import struct
import sys
from functools import cache

Address = tuple[str, int]

# From linux/netlink.h, linux/sock_diag.h and linux/inet_diag.h.
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2
_ALL_STATES = 0xFFFFFFFF
_NO_COOKIE = (0xFFFFFFFF, 0xFFFFFFFF)
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBxxI")
_PORTS = struct.Struct("!HH")
_INTERFACE_AND_COOKIE = struct.Struct("=III")
_ADDRESS_BYTES = 16
# Owner and inode are the last two numbers of an answer: state and timer (4 bytes), ports, addresses, interface and
# cookie (48), then expiry and the two queues (12).
_OWNER_OFFSET = _HEADER.size + 4 + 48 + 12
_OWNER = struct.Struct("=II")
_ANSWER_BYTES = 8192


def owner_of(near: Address, far: Address) -> int | None:
    """Return the id of the user whose process holds one end of a TCP connection on this machine.

    Args:
        near: address and port of that end.
        far: address and port of the other end.

    Returns:
        None if no process holds it: it lies on another machine, or its process has closed it. The kernel reports such
        an end as root's, so that a request whose sender is gone must not pass for one of root.

    Raises:
        OSError: the kernel does not answer such questions.
    """
    answer = _ask(_question(near, far))
    _, kind, *_ = _HEADER.unpack_from(answer)
    if kind == _NLMSG_ERROR:
        (code,) = struct.unpack_from("=i", answer, _HEADER.size)
        if -code == errno.ENOENT:
            return None
        raise OSError(-code, os.strerror(-code))
    owner, inode = _OWNER.unpack_from(answer, _OWNER_OFFSET)
    return int(owner) if inode else None


@cache
def can_tell_owners() -> bool:
    """Return whether ``owner_of`` works here: it is tried on a connection of this process to itself."""
    if not sys.platform.startswith("linux"):
        return False
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        try:
            return owner_of(client.getsockname(), client.getpeername()) == os.geteuid()
        except OSError:
            return False


def _question(near: Address, far: Address) -> bytes:
    ends = [_plain(near[0]), _plain(far[0])]
    family = socket.AF_INET if ends[0].version == 4 else socket.AF_INET6
    addresses = b"".join(end.packed.ljust(_ADDRESS_BYTES, b"\0") for end in ends)
    identity = _PORTS.pack(near[1], far[1]) + addresses + _INTERFACE_AND_COOKIE.pack(0, *_NO_COOKIE)
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, _ALL_STATES) + identity
    return _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 0, 0) + body


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an address as the other end has it: a server for both versions sees ``::ffff:127.0.0.1``."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return parsed.ipv4_mapped or parsed if isinstance(parsed, ipaddress.IPv6Address) else parsed


def _ask(question: bytes) -> bytes:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        # The kernel answers within the call of send: nothing is waited for.
        kernel.send(question)
        return kernel.recv(_ANSWER_BYTES, socket.MSG_DONTWAIT)
