"""robots.txt as RFC 9309 reads it."""

import pytest

from emotion_core.collect.web.robots import RobotsRules
from emotion_core.errors import AddressRefused, FetchFailed

URL = "https://a.example/photos/1.jpg"


def rules(status: int, text: str = "", error: Exception | None = None) -> tuple[RobotsRules, list[str]]:
    """Return the rules of a site with this response, and the list of URLs that were requested."""
    asked: list[str] = []

    def read(url: str) -> tuple[int, bytes]:
        asked.append(url)
        if error is not None:
            raise error
        return status, text.encode()

    return RobotsRules(read, "EmotionClassifier"), asked


@pytest.mark.parametrize("status", [404, 403, 401, 410])
def test_a_missing_file_allows_everything(status: int) -> None:
    """A 4xx status means that there are no rules; the file is requested once."""
    robots, asked = rules(status)
    robots.check(URL)
    robots.check(URL + "?2")

    assert asked == ["https://a.example/robots.txt"]


@pytest.mark.parametrize(
    ("status", "error"), [(500, None), (503, None), (429, None), (0, FetchFailed("It did not respond. More."))]
)
def test_a_failing_server_allows_nothing(status: int, error: Exception | None) -> None:
    """After a 5xx status, 429 or no response, nothing is fetched, and the error gives the reason."""
    robots, _ = rules(status, error=error)
    reason = f"answered {status} to the request for robots.txt" if status else "It did not respond"
    with pytest.raises(FetchFailed, match=rf"{reason}\. Without its robots.txt, nothing is downloaded"):
        robots.check(URL)


def test_a_refused_robots_txt_leaves_the_error_to_the_download() -> None:
    """If robots.txt itself is at a refused address, the check passes and the download reports the refusal."""
    robots, _ = rules(0, error=AddressRefused("private"))
    robots.check(URL)


def test_rules_are_kept_apart_by_site_and_name() -> None:
    """Rules for our name win over rules for all agents, and each port has its own rules."""
    robots, asked = rules(200, "User-agent: *\nDisallow:\n\nUser-agent: EmotionClassifier\nDisallow: /photos/\n")
    for url in (URL, "https://a.example:8443/photos/"):
        with pytest.raises(FetchFailed, match=r"Choose another page or site"):
            robots.check(url)
    robots.check("https://a.example/other")

    assert asked == ["https://a.example/robots.txt", "https://a.example:8443/robots.txt"]


@pytest.mark.parametrize(("line", "seconds"), [("2.5", 2.5), ("10", 10), ("soon", 0), ("-1", 0), ("inf", 0)])
def test_crawl_delay_is_read(line: str, seconds: float) -> None:
    """Crawl-delay may be a fraction; a meaningless value counts as no delay."""
    robots, _ = rules(200, f"User-agent: *\nCrawl-delay: {line}\n")
    assert robots.check(URL) == seconds


def test_a_documented_api_is_used_at_its_own_rate() -> None:
    """Openverse documents a search API; its robots.txt, meant for search engines, is not requested for it."""
    asked: list[str] = []

    def read(url: str) -> tuple[int, bytes]:
        asked.append(url)
        return 200, b"User-agent: *\nDisallow: /"

    rules = RobotsRules(read, "EmotionClassifier")
    assert rules.check("https://api.openverse.org/v1/images/?q=smile") == 3.0
    assert asked == []
    with pytest.raises(FetchFailed, match="asks programs not to"):
        rules.check("https://api.openverse.org/v1/audio/?q=smile")
