"""Which failures are retried, after how long, and when a busy host gets no requests."""

import datetime
import email.utils
import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from emotion_core.collect import Fetcher, Limits
from emotion_core.collect.web.retrying import RetryBudget, parse_retry_after
from emotion_core.errors import FetchFailed, TemporaryFailure
from tests.collect.web_server import Answer, WebServer, in_turn, jpeg, reply, reset, truncated

pytestmark = pytest.mark.slow


Wait = Callable[[Callable[[], object], str], object]


@pytest.fixture
def fetcher(web: WebServer) -> Iterator[Fetcher]:
    """A fetcher that may reach that server and does not read its robots.txt."""
    with Fetcher(allowed_hosts=[web.host_port], obey_robots=False) as opened:
        yield opened


@pytest.mark.parametrize("fault", [truncated, reset, *(reply(status=status) for status in (408, 429, 500, 502, 504))])
def test_temporary_failures_are_retried(web: WebServer, fetcher: Fetcher, fault: Answer) -> None:
    """After a truncated body, a lost connection or a busy status, the whole picture arrives."""
    web.routes = {"/a.jpg": in_turn(fault, reply(jpeg(), "image/jpeg"))}

    assert fetcher.get_image(web.url("/a.jpg")).data == jpeg()
    assert len(web.paths) == 2


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [(truncated, "cut short"), (reset, "connection was lost"), (reply(status=503), "answered 503")],
)
def test_retries_end(web: WebServer, fetcher: Fetcher, fault: Answer, sentence: str) -> None:
    """After three attempts the error suggests to try later; half a picture is never returned."""
    web.routes = {"/a.jpg": fault}

    with pytest.raises(TemporaryFailure, match=sentence):
        fetcher.get_image(web.url("/a.jpg"))
    assert len(web.paths) == 3


def test_permanent_failures_are_not_retried(web: WebServer, fetcher: Fetcher) -> None:
    """A missing page, a body beyond the limit and a wrong type are final."""
    web.routes = {"/large.jpg": reply(bytes(10), Content_Length=str(10**9)), "/a.jpg": reply(jpeg(), "image/jpeg")}
    for path in ("/missing", "/large.jpg"):
        with pytest.raises(FetchFailed):
            fetcher.get_image(web.url(path))
    with pytest.raises(FetchFailed):
        fetcher.get_page(web.url("/a.jpg"))
    assert web.paths == ["/missing", "/large.jpg", "/a.jpg"]


def test_retry_after_holds_all_requests_to_the_host(web: WebServer, fetcher: Fetcher, wait_until: Wait) -> None:
    """After Retry-After no thread sends the host any request before the time is over."""
    web.routes = {
        "/busy.jpg": in_turn(reply(status=429, Retry_After="1"), reply(jpeg(), "image/jpeg")),
        "/a.jpg": reply(jpeg(), "image/jpeg"),
    }
    first = threading.Thread(target=fetcher.get_image, args=(web.url("/busy.jpg"),))
    first.start()
    wait_until(lambda: fetcher.seconds_until_turn(web.url()) > 0, "the host asked for a pause")
    fetcher.get_image(web.url("/a.jpg"))
    first.join()

    assert sorted(web.paths) == ["/a.jpg", "/busy.jpg", "/busy.jpg"]
    assert min(web.times[1:]) - web.times[0] >= 0.99


def test_a_retry_after_beyond_the_limit_fails_at_once(web: WebServer, fetcher: Fetcher) -> None:
    """Every download from the host fails with the time that it names, without another request."""
    web.routes = {"/a.jpg": reply(status=503, Retry_After="3600"), "/b.jpg": reply(jpeg(), "image/jpeg")}
    sentences = []
    for path in ("/a.jpg", "/b.jpg"):
        with pytest.raises(TemporaryFailure, match=r"no requests until 2\d{3}-.*retry_after=3600 seconds") as caught:
            fetcher.get_image(web.url(path))
        sentences.append(str(caught.value))

    assert web.paths == ["/a.jpg"]
    assert sentences == [fetcher.note] * 2


def test_retries_end_with_the_time_of_the_download(web: WebServer) -> None:
    """All attempts together use no more network time than one download may."""

    def slow(handler: object) -> None:
        time.sleep(0.4)
        reply(status=500)(handler)  # type: ignore[arg-type]

    web.routes = {"/a.jpg": slow}
    limits = Limits(total_seconds=1, retries=4)
    opened = Fetcher(allowed_hosts=[web.host_port], obey_robots=False, limits=limits)
    with opened, pytest.raises(FetchFailed, match="took too long"):
        opened.get_image(web.url("/a.jpg"))
    assert len(web.paths) == 3


def test_waits_grow() -> None:
    """Each wait is about twice the last and never shorter, and jitter sets two downloads apart."""
    waits = [[budget.next_wait() for _ in range(9)] for budget in (RetryBudget(1, 9), RetryBudget(1, 9))]

    assert all(shorter <= longer for shorter, longer in itertools.pairwise(waits[0][:6]))
    assert waits[0][0] >= 0.5
    assert max(waits[0]) <= 45
    assert waits[0] != waits[1]


def test_retry_after_is_seconds_or_a_date() -> None:
    """Both forms are read; a past date means no wait, and malformed values give None."""
    now = datetime.datetime.now(datetime.UTC)
    later, earlier = (
        email.utils.format_datetime(now + datetime.timedelta(seconds=seconds), usegmt=True) for seconds in (600, -600)
    )

    assert parse_retry_after("7") == 7
    assert 590 < (parse_retry_after(later) or 0) <= 600
    assert parse_retry_after(earlier) == 0
    assert all(parse_retry_after(text) is None for text in (None, "", "soon", "-5", "1.5", "9" * 5000))
    assert parse_retry_after("9" * 30) == 366 * 24 * 3600
