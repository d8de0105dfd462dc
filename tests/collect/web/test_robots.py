"""robots.txt as RFC 9309 reads it."""

import pytest

from emotion_core.collect.web.robots import RobotsRules
from emotion_core.errors import AddressRefused, FetchFailed

URL = "https://a.example/photos/1.jpg"


def rules(status: int, text: str = "", error: Exception | None = None) -> tuple[RobotsRules, list[str]]:
    """Return rules of a site that answers like this, and the list of what was asked for."""
    asked: list[str] = []

    def read(url: str) -> tuple[int, bytes]:
        asked.append(url)
        if error is not None:
            raise error
        return status, text.encode()

    return RobotsRules(read, "EmotionClassifier"), asked


@pytest.mark.parametrize("status", [404, 403, 401, 410])
def test_a_missing_file_allows_everything(status: int) -> None:
    """Answers of the 400s mean that there are no rules; the site is asked once."""
    robots, asked = rules(status)
    robots.check(URL)
    robots.check(URL + "?2")

    assert asked == ["https://a.example/robots.txt"]


@pytest.mark.parametrize(
    ("status", "error"), [(500, None), (503, None), (429, None), (0, FetchFailed("It did not answer. More."))]
)
def test_a_failing_server_allows_nothing(status: int, error: Exception | None) -> None:
    """Answers of the 500s, too many requests and silence mean that nothing is fetched, with the reason."""
    robots, _ = rules(status, error=error)
    with pytest.raises(FetchFailed, match=rf"{status or 'It did not answer'}\. Nothing is fetched from a site whose"):
        robots.check(URL)


def test_a_refused_address_is_left_to_the_download() -> None:
    """Where even robots.txt may not be connected to, the download itself says so."""
    robots, _ = rules(0, error=AddressRefused("private"))
    robots.check(URL)


def test_rules_are_kept_apart_by_site_and_name() -> None:
    """Rules for us win over rules for all, and one port's rules are not another's."""
    robots, asked = rules(200, "User-agent: *\nDisallow:\n\nUser-agent: EmotionClassifier\nDisallow: /photos/\n")
    for url in (URL, "https://a.example:8443/photos/"):
        with pytest.raises(FetchFailed, match=r"Choose another page or site"):
            robots.check(url)
    robots.check("https://a.example/other")

    assert asked == ["https://a.example/robots.txt", "https://a.example:8443/robots.txt"]


@pytest.mark.parametrize(("line", "seconds"), [("2.5", 2.5), ("10", 10), ("soon", 0), ("-1", 0), ("inf", 0)])
def test_the_wait_that_a_site_asks_for_is_known(line: str, seconds: float) -> None:
    """Crawl-delay is read, fractions included; a number that means nothing asks for nothing."""
    robots, _ = rules(200, f"User-agent: *\nCrawl-delay: {line}\n")
    assert robots.check(URL) == seconds


def test_an_interface_for_programs_is_used_at_the_pace_that_it_asks_for() -> None:
    """Openverse documents its search for programs; its robots.txt, meant for search engines, is not asked for it."""
    asked: list[str] = []

    def read(url: str) -> tuple[int, bytes]:
        asked.append(url)
        return 200, b"User-agent: *\nDisallow: /"

    rules = RobotsRules(read, "EmotionClassifier")
    assert rules.check("https://api.openverse.org/v1/images/?q=smile") == 3.0
    assert asked == []
    with pytest.raises(FetchFailed, match="asks programs not to"):
        rules.check("https://api.openverse.org/v1/audio/?q=smile")
