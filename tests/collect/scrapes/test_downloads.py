"""Downloads of many hosts at once."""

import contextlib
import threading
import time
from collections.abc import Callable
from functools import partial

from emotion_core.collect import Fetcher
from emotion_core.collect.scrapes.downloads import Downloads
from emotion_core.collect.sources import FoundPicture
from emotion_core.errors import TemporaryFailure
from tests.collect.web_server import WebServer, jpeg, reply

PATIENCE_SECONDS = 45


def test_slow_hosts_do_not_hold_up_others(wait_until: Callable[[Callable[[], object], str], object]) -> None:
    """Pictures of a fast host arrive although many of slow hosts come before them in the queue."""
    with contextlib.ExitStack() as stack:
        slow, fast = [stack.enter_context(WebServer()) for _ in range(4)], stack.enter_context(WebServer())
        fetcher = stack.enter_context(Fetcher(allowed_hosts=[web.host_port for web in (*slow, fast)]))
        for web in slow:
            web.routes = {"/robots.txt": reply("User-agent: *\nCrawl-delay: 100", "text/plain")}
            threading.Thread(target=_fetch_until_closed, args=(fetcher, web.url())).start()
            wait_until(partial(_is_slow, fetcher, web.url()), "the host is known to be slow")
        fast.routes = {"/a.jpg": reply(jpeg(), "image/jpeg")}
        wanted = [FoundPicture(web.url(f"/{number}.jpg")) for web in slow for number in range(20)]

        with Downloads(fetcher, _patience()) as downloads:
            pictures = [*wanted, FoundPicture(fast.url("/a.jpg"))]
            picture, future = next(downloads.pictures(pictures, lambda listed, described, download: download.data))
            assert picture.url == fast.url("/a.jpg")
            assert future.result() == jpeg()


def _is_slow(fetcher: Fetcher, url: str) -> bool:
    return fetcher.seconds_until_turn(url) > 50


def _patience() -> Callable[[], None]:
    deadline = time.monotonic() + PATIENCE_SECONDS

    def check() -> None:
        assert time.monotonic() < deadline, "The fast host's picture did not arrive."

    return check


def _fetch_until_closed(fetcher: Fetcher, url: str) -> None:
    with contextlib.suppress(TemporaryFailure):
        fetcher.get_page(url)
