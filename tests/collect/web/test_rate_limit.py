"""Rate limit per host: few downloads at once, a delay between them, and no wait for other hosts."""

import itertools
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler

import pytest

from emotion_core.collect import Fetcher, Limits
from emotion_core.collect.web.rate_limit import RateLimit
from emotion_core.errors import TemporaryFailure
from tests.collect.web_server import WebServer, reply

PATIENCE_SECONDS = 45
Wait = Callable[[Callable[[], object], str], object]


def slow_site(web: WebServer, seconds: float) -> Fetcher:
    """Return a fetcher for a site with this Crawl-delay."""
    web.routes = {
        "/robots.txt": reply(f"User-agent: *\nCrawl-delay: {seconds}\n", "text/plain"),
        "/": reply("<p>here</p>"),
    }
    return Fetcher(allowed_hosts=[web.host_port], limits=Limits(total_seconds=0.3))


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[Exception]]:
    """Run a function in a thread; return the thread and the list of what it raises."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            work()
        except TemporaryFailure as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def test_a_host_sees_few_downloads_at_once(web: WebServer, wait_until: Wait) -> None:
    """Of many downloads from one host, exactly as many run at once as allowed; the others follow."""
    released = threading.Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        released.wait(PATIENCE_SECONDS)
        reply("<p></p>")(handler)

    web.routes = {"/": answer}
    limits = Limits(connections_per_host=3)
    opened = Fetcher(allowed_hosts=[web.host_port], obey_robots=False, limits=limits)
    with opened, ThreadPoolExecutor(9) as pool:
        pages = pool.map(opened.get_page, [web.url()] * 9)
        wait_until(lambda: len(web.paths) >= 3, "three downloads run")
        time.sleep(0.3)
        assert (len(web.paths), opened.seconds_until_turn(web.url())) == (3, math.inf)
        released.set()
        assert len(list(pages)) == 9


def test_requests_to_a_host_start_a_delay_apart() -> None:
    """Requests to one host start at least the delay apart, and another site does not wait for it."""
    rate_limit = RateLimit(Limits(delay_seconds=0.1), ())
    starts: dict[str, list[float]] = {}
    for _ in range(3):
        for url in ("http://a.example/x", "https://a.example/x"):
            with rate_limit.turn(url):
                starts.setdefault(url, []).append(time.monotonic())
        assert rate_limit.seconds_until_turn("http://b.example/") == 0

    for times in starts.values():
        assert all(later - earlier >= 0.099 for earlier, later in itertools.pairwise(times))


def test_public_hosts_have_a_default_delay() -> None:
    """Unless the limits name a delay for all, a public host has one and an allowed host has none."""
    own, other = "http://127.0.0.1:8765/x", "http://127.0.0.1:8766/x"
    usual, chosen = (RateLimit(limits, [("127.0.0.1", 8765)]) for limits in (Limits(), Limits(delay_seconds=3)))

    assert [usual.delay_seconds_of(url) for url in (own, other, "https://a.example/")] == [0, 0.2, 0.2]
    assert [chosen.delay_seconds_of(url) for url in (own, other)] == [3, 3]
    assert usual.notes() == chosen.notes() == []


def test_the_crawl_delay_of_a_site_is_kept(web: WebServer) -> None:
    """Crawl-delay applies to every request, does not count as download time, and is noted for the user."""
    with slow_site(web, 1.5) as opened:
        for _ in range(2):
            opened.get_page(web.url())
        assert opened.note == "127.0.0.1 asks for 1.5 s between two requests."

    assert web.paths == ["/robots.txt", "/", "/"]
    # The server records when it handled a request, not when it was sent, so a busy machine shortens the distances.
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(web.times))


def test_the_crawl_delay_is_capped_at_a_minute() -> None:
    """A longer delay is cut to 60 seconds, which the note says; a shorter one than the default changes nothing."""
    rate_limit = RateLimit(Limits(), ())
    rate_limit.set_crawl_delay("http://a.example/", 600)
    rate_limit.set_crawl_delay("http://b.example/", 0.1)

    assert (rate_limit.delay_seconds_of("http://a.example/"), rate_limit.delay_seconds_of("http://b.example/")) == (
        60,
        0.2,
    )
    assert rate_limit.notes() == ["a.example asks for 600 s between two requests; the scraper waits 60 s."]


def test_waiting_ends_when_the_fetcher_is_closed(web: WebServer, wait_until: Wait) -> None:
    """A download that waits for its host fails at once with the reason, and so does a later one."""
    opened = slow_site(web, 50)
    thread, raised = in_thread(lambda: opened.get_page(web.url()))
    wait_until(lambda: opened.seconds_until_turn(web.url()) > 0, "the host is known to be slow")
    opened.close()
    thread.join(PATIENCE_SECONDS)

    assert not thread.is_alive()
    assert "was canceled" in str(raised[0])
    with pytest.raises(TemporaryFailure, match="was canceled"):
        opened.get_page(web.url())


def test_waiting_for_a_retry_ends_when_the_fetcher_is_closed(web: WebServer, wait_until: Wait) -> None:
    """A download that waits before a retry fails at once as well."""
    web.routes = {"/": reply(status=500, Retry_After="100")}
    opened = Fetcher(allowed_hosts=[web.host_port], obey_robots=False)
    thread, raised = in_thread(lambda: opened.get_page(web.url()))
    wait_until(lambda: opened.seconds_until_turn(web.url()) > 50, "the host asked for a pause")
    opened.close()
    thread.join(PATIENCE_SECONDS)

    assert not thread.is_alive()
    assert "was canceled" in str(raised[0])


def test_a_slow_host_does_not_delay_others(web: WebServer, wait_until: Wait) -> None:
    """While downloads wait for a slow host, another host gets requests without delay, as seconds_until_turn says."""
    with WebServer() as other, Fetcher(allowed_hosts=[web.host_port, other.host_port]) as opened:
        other.routes = {"/": reply("<p>there</p>")}
        web.routes = {"/robots.txt": reply("User-agent: *\nCrawl-delay: 50", "text/plain")}
        threads = [in_thread(lambda: opened.get_page(web.url()))[0] for _ in range(6)]
        wait_until(lambda: opened.seconds_until_turn(web.url()) > 40, "the host is known to be slow")
        assert opened.get_page(other.url()).html == "<p>there</p>"
        assert opened.seconds_until_turn(other.url()) == 0
        assert all(thread.is_alive() for thread in threads)
        opened.close()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    assert web.paths == ["/robots.txt"]
