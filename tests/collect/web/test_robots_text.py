"""Lines of robots.txt as RFC 9309 and Google's parser read them."""

import pytest

from emotion_core.collect.web.robots import RobotsRules
from emotion_core.collect.web.robots_text import ROBOTS_MAX_BYTES
from emotion_core.errors import FetchFailed, TooManyRedirects

# Each disallows /private/ for us, and nothing else.
FORBIDDING = {
    "plain": b"User-agent: *\nDisallow: /private/\n",
    "byte order mark": b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /private/\r\n",
    "UTF-16": "User-agent: *\nDisallow: /private/\n".encode("utf-16"),
    "CR": b"User-agent: *\rDisallow: /private/",
    "CRLF and blank lines": b"\r\n\r\nUser-agent: *\r\n\r\nDisallow: /private/\r\n",
    "case": b"USER-AGENT: EMOTIONclassifier\nDISALLOW: /private/",
    "name with version": b"User-agent: EmotionClassifier/1.0\nDisallow: /private/",
    "name with words": b"User-agent: EmotionClassifier bot\nDisallow: /private/",
    "star with words": b"User-agent: * everybody\nDisallow: /private/",
    "misspelled": b"User-agent: *\nDisalow: /private/",
    "misspelled twice": b"useragent: *\nDissallow : /private/",
    "no colon": b"User-agent *\nDisallow /private/",
    "comments": b"# all\nUser-agent: * # all\nDisallow: /private/ # not this",
    "name among names": b"User-agent: a\nUser-agent: *\nUser-agent: b\nDisallow: /private/",
    "unknown line between names": b"User-agent: *\nfoo: bar\nUser-agent: b\nDisallow: /private/",
    "sitemap between names": b"User-agent: *\nSitemap: https://a.example/s.xml\nUser-agent: b\nDisallow: /private/",
    "delay between names": b"User-agent: *\nCrawl-delay: 1\nUser-agent: b\nDisallow: /private/",
    "groups of one name": b"User-agent: *\nDisallow: /x\nUser-agent: b\nAllow: /\nUser-agent: *\nDisallow: /private/",
    "own group wins": b"User-agent: *\nAllow: /\nUser-agent: EmotionClassifier\nDisallow: /private/",
    "longest rule wins": b"User-agent: *\nDisallow: /private/\nAllow: /p",
    "wildcard": b"User-agent: *\nDisallow: /*vate/",
    "end": b"User-agent: *\nDisallow: /*1.jpg$",
    "escaped": b"User-agent: *\nDisallow: /%70rivate/",
    "Latin-1 line before": b"User-agent: *\nDisallow: /\xe9t\xe9/\nDisallow: /private/",
    "NUL": b"User-agent: *\nDisallow: /\0\nDisallow: /private/",
    "long": b"User-agent: *\nDisallow: /private/\n" + b"#" * ROBOTS_MAX_BYTES,
}
ALLOWING = {
    "empty": b"",
    "web page": b"<!doctype html><title>Not found</title>",
    "empty rule": b"User-agent: *\nDisallow:\n",
    "rule outside of groups": b"Disallow: /private/\nUser-agent: *\nAllow: /",
    "other name": b"User-agent: Emotion\nDisallow: /\nUser-agent: EmotionClassifierPro\nDisallow: /",
    "own group without rules": b"User-agent: *\nDisallow: /\n\nUser-agent: EmotionClassifier\nAllow:",
    "equal rules": b"User-agent: *\nDisallow: /private/\nAllow: /private/",
    "longer allow": b"User-agent: *\nDisallow: /private/\nAllow: /private/1",
    "case of the path": b"User-agent: *\nDisallow: /Private/",
    "mark in the middle": b"User-agent: *\nAllow: /\n\xef\xbb\xbfDisallow: /private/",
    "beyond the limit": b"User-agent: *\n" + b"#" * ROBOTS_MAX_BYTES + b"\nDisallow: /private/\n",
    "line cut by the limit": (b"User-agent: *\n#" + b"#" * ROBOTS_MAX_BYTES)[: ROBOTS_MAX_BYTES - 12]
    + b"\nDisallow: /other/",
}


def allows(body: bytes, url: str = "https://a.example/private/1.jpg") -> bool:
    """Return whether a robots.txt allows a URL."""
    rules = RobotsRules(lambda _url: (200, body[:ROBOTS_MAX_BYTES]), "EmotionClassifier")
    try:
        rules.check(url)
    except FetchFailed:
        return False
    return True


@pytest.mark.parametrize("case", FORBIDDING)
def test_what_a_site_forbids_is_not_fetched(case: str) -> None:
    """Marks, line ends, names, misspellings and groups as sites write them do not switch the rules off."""
    assert not allows(FORBIDDING[case])
    assert allows(FORBIDDING[case], "https://a.example/open/2.jpg")


@pytest.mark.parametrize("case", ALLOWING)
def test_what_a_site_allows_is_fetched(case: str) -> None:
    """Rules for others, outside of groups, of another case or beyond the size limit forbid nothing."""
    assert allows(ALLOWING[case])


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/grün/", "/gr%C3%BCn/1.jpg"),
        ("/gr%c3%bcn/", "/gr%C3%BCn/1.jpg"),
        ("/a%62c", "/abc"),
        ("/abc", "/a%62c"),
        ("/?id=", "/?id=1"),
        ("/a b", "/a%20b"),
        ("/a|b", "/a%7Cb"),
        ("/*?size=", "/x.jpg?a=1?size=2"),
    ],
)
def test_rules_and_addresses_are_compared_unescaped(rule: str, path: str) -> None:
    """One path matches a rule however the two are escaped."""
    assert not allows(f"User-agent: *\nDisallow: {rule}\n".encode(), f"https://a.example{path}")


def test_a_delay_between_names_is_kept() -> None:
    """Crawl-delay counts for the names before it."""
    rules = RobotsRules(lambda _url: (200, b"\xef\xbb\xbfUser-agent: *\nCrawl-delay: 3\nAllow: /"), "EmotionClassifier")
    assert rules.check("https://a.example/") == 3.0


def test_redirects_without_end_mean_no_rules() -> None:
    """More redirects than five count as a missing file, as RFC 9309 and Google have it."""

    def read(_url: str) -> tuple[int, bytes]:
        raise TooManyRedirects("too often")

    assert RobotsRules(read, "EmotionClassifier").check("https://a.example/") == 0.0
