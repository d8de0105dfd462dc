"""Protection of HTTP clients against requests to private addresses: ``python -m benchmarks.private_addresses``.

Listeners on loopback stand for the services that must not be reached. Each client requests addresses that lead there:
twelve known forms, more spellings, and what leads to all of them: redirects, pages that send the browser on, links to
the next page, and pictures that a page with cookies shows. Counts the listeners reached and the connections
attempted to any private address. Patches of ``getaddrinfo`` and ``connect`` resolve names and direct public addresses
to a local server, so nothing leaves this machine. Promised: 0 and 0.

If ``requests-hardened`` is installed, it is measured as well.
"""

import contextlib
import html
import importlib.util
import ipaddress
import itertools
import logging
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import requests

from emotion_core.collect import Fetcher, Limits
from emotion_core.collect.sources import read_page
from emotion_core.collect.web import Page, Referrer
from emotion_core.errors import CollectError

Ask = Callable[[str], object]

PUBLIC, DEAD = "93.184.216.34", "93.184.216.35"
# What a page on a public server does to lead elsewhere; the address follows the question mark.
WAYS = ("redirect", "refresh", "refresh header", "next link", "picture", "link in the head", "base")
_BODIES = {
    "refresh": '<meta http-equiv="refresh" content="0; url={target}">',
    "next link": '<a class="next" href="{target}">Next</a>',
    "link in the head": '<link rel="next" href="{target}">',
    "picture": '<img src="{target}a.jpg" width="600">',
    "base": '<base href="{target}"><meta http-equiv="refresh" content="0; url=x"><a rel="next" href="y"></a>',
}
_ENTRY = "http://public.example:{port}/{way}"
ASKS = 3  # The second or third lookup of a name may return another address than the first.
NAMES: dict[str, Callable[[int], list[str]]] = {
    "public.example": lambda _lookup: [PUBLIC],
    "rebinding.example": lambda lookup: [PUBLIC if lookup == 0 else "127.0.0.1"],
    "mixed.example": lambda _lookup: [DEAD, "127.0.0.1"],
}
FORMS = {
    "dotted": "http://127.0.0.1:{port}/",
    "decimal": "http://2130706433:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "octal": "http://0177.0.0.1:{port}/",
    "short": "http://127.1:{port}/",
    "zero": "http://0.0.0.0:{port}/",
    "IPv4-mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "NAT64": "http://[64:ff9b::7f00:1]:{port}/",
    "link-local": "http://169.254.169.254:{port}/",
    "redirect": "http://public.example:{port}/to?http://127.0.0.1:{port}/",
    "name that changes": "http://rebinding.example:{port}/",
    "name with mixed answers": "http://mixed.example:{port}/",
}
SPELLINGS = {
    "name": "http://localhost:{port}/",
    "capitals": "http://LocalHost:{port}/",
    "one zero": "http://0:{port}/",
    "dot at the end": "http://127.0.0.1.:{port}/",
    "name, dot at the end": "http://localhost.:{port}/",
    "other loopback": "http://127.8.9.1:{port}/",
    "mixed bases": "http://0x7f.0.1:{port}/",
    "digits in circles": "http://①②⑦.0.0.①:{port}/",
    "digits of Arabic": "http://１２７.0.0.1:{port}/",
    "soft hyphen": "http://127.0.0\u00ad.1:{port}/",
    "letters in circles": "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "IPv6-mapped in hexadecimal": "http://[::ffff:7f00:1]:{port}/",
    "slashes": "http:////127.0.0.1:{port}/",
    "no slashes": "http:127.0.0.1:{port}/",
    "user name, backslash": "http://public.example\\@127.0.0.1:{port}/",
    "line break": "ht\ntp://127.0.\r0.1:{port}/",
    "octal parts": "http://0177.0x0.00.1:{port}/",
    "wrapped": "http://public.example:{port}/wrap/http://127.0.0.1:{port}/",
    "full-width dots": "http://127。0。0。1:{port}/",
    "escaped": "http://%31%32%37.0.0.1:{port}/",
    "user name": "http://public.example@127.0.0.1:{port}/",
    "backslash": "http://127.0.0.1:{port}\\@public.example/",
    "blank": "http://127.0.0.1 :{port}/",
    "tab": "http://127.0.\t0.1:{port}/",
    "unspecified IPv6": "http://[::]:{port}/",
    "loopback IPv6": "http://[::1]:{port}/",
    "loopback IPv6, zone": "http://[::1%25lo]:{port}/",
    "IPv4-compatible": "http://[::127.0.0.1]:{port}/",
    "6to4": "http://[2002:7f00:1::]:{port}/",
    "Teredo": "http://[2001:0:7f00:1::80ff:fffe]:{port}/",
    "unique local": "http://[fd00:ec2::254]:{port}/",
    "Azure's host": "http://168.63.129.16:{port}/",
}
REDIRECTS = {
    "without scheme": "//127.0.0.1:{port}/",
    "backslashes": "\\\\127.0.0.1:{port}/",
    "backslashes after the scheme": "http:\\\\127.0.0.1:{port}/",
    "tab in the host": "http://127.0.\t0.1:{port}/",
    "file": "file:///etc/passwd",
    "to a changing name": "http://rebinding.example:{port}/",
    "to a name with mixed answers": "http://mixed.example:{port}/",
}


class Outcome(NamedTuple):
    """Names of the forms that reached a listener, and of those that attempted a private connection."""

    reached: list[str]
    tried: list[str]


class Web:
    """The listeners, the names, and the counts of connections."""

    def __init__(self) -> None:
        self.reached = self.connected = 0
        self.lookups: dict[str, Iterator[int]] = {}
        web = self

        class Inside(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"secret")

            def log_message(self, *_: Any) -> None:
                """Keep the table clean."""

        class Outside(Inside):
            def do_GET(self) -> None:
                path, _, target = self.path.partition("?")
                way, target = unquote(path[1:]), unquote(target)
                body = _BODIES.get(way, "").format(target=html.escape(target)).encode()
                in_header = target.replace("\r", "").replace("\n", "").encode().decode("latin-1")
                self.send_response(302 if way == "redirect" else 200)
                if way == "redirect":
                    self.send_header("Location", in_header)
                if way == "refresh header":
                    self.send_header("Refresh", f"0; url={in_header}")
                self.send_header("Set-Cookie", "id=1; path=/")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body)

        class Listener(ThreadingHTTPServer):
            def get_request(self) -> Any:
                web.reached += 1
                return super().get_request()

        class Listener6(Listener):
            address_family = socket.AF_INET6

        inside = Listener(("127.0.0.1", 0), Inside)
        self.port = inside.server_port
        self.outside = ThreadingHTTPServer(("127.0.0.1", 0), Outside)
        self.servers = [inside, Listener6(("::1", self.port), Inside), self.outside]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    @contextlib.contextmanager
    def patched(self) -> Iterator[None]:
        """Resolve names, direct public addresses to the outside server, and count connections to all others."""
        really_look_up, really_connect = socket.getaddrinfo, socket.socket.connect

        def look_up(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name not in NAMES:
                return really_look_up(host, port, *arguments, **options)
            answers = NAMES[name](next(self.lookups.setdefault(name, itertools.count())))
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port)) for answer in answers]

        def connect(sock: socket.socket, where: Any) -> None:
            if where[0] == PUBLIC:
                return really_connect(sock, self.outside.server_address)
            if where[0] == DEAD:
                raise ConnectionRefusedError(where)
            if _is_public(where[0]):  # Nothing leaves this machine.
                raise OSError(f"no route to {where}")
            self.connected += 1
            if not _is_this_machine(where[0]):
                raise OSError(f"no route to {where}")
            return really_connect(sock, where)

        socket.getaddrinfo, socket.socket.connect = look_up, connect  # type: ignore[assignment, method-assign]
        try:
            yield
        finally:
            socket.getaddrinfo, socket.socket.connect = really_look_up, really_connect  # type: ignore[method-assign]

    def try_all(self, ask: Ask, urls: dict[str, str]) -> "Outcome":
        """Request each address, and return which of them led to a private one.

        Args:
            ask: function that requests an address.
            urls: addresses by name, with ``{port}`` for the listeners' port.
        """
        outcome = Outcome([], [])
        for name, url in urls.items():
            self._try(ask, url.format(port=self.port))
            outcome.reached.extend([name] if self.reached else [])
            outcome.tried.extend([name] if self.connected else [])
        return outcome

    def _try(self, ask: Ask, url: str) -> None:
        self.reached, self.connected, self.lookups = 0, 0, {}
        with self.patched():
            for _ in range(ASKS):
                # Each library refuses with its own errors; a spelling that it cannot parse reaches no listener either.
                with contextlib.suppress(requests.RequestException, CollectError, OSError, ValueError):
                    ask(url)


def _is_public(host: str) -> bool:
    address = ipaddress.ip_address(host.partition("%")[0])
    # Addresses of IPv6 may hold one of IPv4, so none of them passes.
    return address.version == 4 and address.is_global and not address.is_multicast


def _is_this_machine(host: str) -> bool:
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    logging.disable()
    web, more = Web(), _more_forms()
    print(f"{'':26}{len(FORMS)} forms: reached, connected{len(more):>6} more: reached, connected")
    kept = True
    for name, ask in _clients(web.port).items():
        known, others = web.try_all(ask, FORMS), web.try_all(ask, more)
        print(
            f"{name:26}{len(known.reached):>17}{len(known.tried):>11}{len(others.reached):>21}{len(others.tried):>11}"
        )
        if name.startswith("ours") and (known.tried or others.tried):
            kept = False
            print(f"  through: {', '.join(known.tried + others.tried)}")
    print("kept: ours reaches no listener and attempts no connection" if kept else "NOT KEPT")


def _more_forms() -> dict[str, str]:
    """Return the other spellings, and each way to every address without a name from ``NAMES``."""
    targets = {name: url for name, url in {**FORMS, **SPELLINGS}.items() if "example" not in url} | REDIRECTS
    return SPELLINGS | {
        f"{way}: {name}": f"{_ENTRY.replace('{way}', quote(way))}?{quote(url, safe='{}')}"
        for way in WAYS
        for name, url in targets.items()
    }


def _walk(fetcher: Fetcher, url: str) -> None:
    """Open a page as a scrape does: then its pictures, and the next page."""
    page = fetcher.get(url)
    if isinstance(page, Page):
        contents = read_page(page)
        referrer = Referrer(page.url)
        for picture in contents.pictures:
            with contextlib.suppress(CollectError):
                fetcher.get_image(picture.url, referrer)
        if contents.next_url is not None:
            fetcher.get(contents.next_url, referrer)


def _clients(port: int) -> dict[str, Ask]:
    """Return the clients by name; ours twice, because allowing one host must not open any other."""
    limits = Limits(connect_seconds=2, read_seconds=2, total_seconds=4, retries=0, delay_seconds=0)

    def ours(*allowed: str) -> Ask:
        def ask(url: str) -> None:
            with Fetcher(limits=limits, obey_robots=False, allowed_hosts=allowed) as fetcher:
                _walk(fetcher, url)

        return ask

    clients: dict[str, Ask] = {
        "ours": ours(),
        "ours, next port allowed": ours(f"127.0.0.1:{port + 1}", f"localhost:{port + 1}", f"public.example:{port}"),
        "requests": lambda url: requests.get(url, timeout=2),
    }
    if importlib.util.find_spec("requests_hardened") is not None:
        from requests_hardened import Config, Manager

        config = Config(
            ip_filter_enable=True, ip_filter_allow_loopback_ips=False, never_redirect=False, default_timeout=(2, 2)
        )
        clients["requests-hardened"] = lambda url: Manager(config).send_request("GET", url)
    return clients


if __name__ == "__main__":
    main()
