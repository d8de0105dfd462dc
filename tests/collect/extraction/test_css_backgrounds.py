"""Photos that style sheets and style attributes name."""

import pytest

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.extraction.css_backgrounds import background_candidates, stylesheet_backgrounds

BASE = "https://a.example/"


def styled(sheet: str, html: str) -> list[str]:
    """Return the ids of the elements that a style sheet gives a photo."""
    tree = parse_page(f"<style>{sheet}</style>{html}")
    return [str(element.get("id")) for element in stylesheet_backgrounds(tree)]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("background: #fff url(/a.jpg) no-repeat", {"a.jpg": 1}),
        ("background-image: image-set(url(/a.jpg) 1x, url('/b.jpg') 2x)", {"a.jpg": 1, "b.jpg": 2}),
        (
            'background: -webkit-image-set("/a.avif" type("image/avif") 1x, "/b.avif" 192dpi)',
            {"a.avif": 1, "b.avif": 2},
        ),
        ("content: 'x'; background: url()", {}),
        ("--photo: url( /a.jpg )", {"a.jpg": 1}),
    ],
)
def test_declarations_name_photos(style: str, expected: dict[str, float]) -> None:
    """Addresses come with their density; strings count only in an image set."""
    assert {c.url.removeprefix(BASE): c.width for c in background_candidates(BASE, style)} == expected


@pytest.mark.parametrize(
    "rule",
    [
        ".a { background: url(/x.jpg) }",
        "p.a,.z{color:red;background-image:url('/x.webp')}",
        "#i.a.b::before { background: url(/x.jpg) }",
        "@media (min-width: 9px) { body > .a { background: url(/x.jpg) } }",
        "/* } { */ .a { background: url(/x.jpg) }",
        "@import 'z'; .a { background: url(data:image/jpeg;base64,AAAA) }",
    ],
)
def test_rules_of_the_page_give_elements_a_photo(rule: str) -> None:
    """The last part of a selector tells the element, whatever stands around the rule."""
    assert styled(rule, '<p class="a b" id="i"></p><p class="c" id="j"></p>') == ["i"]


@pytest.mark.parametrize(
    "rule",
    [
        ".a { background: url(/x.png) }",
        "body, html { background: url(/x.jpg) }",
        ".a:hover { background: url(/x.jpg) }",
        ".a.c { background: url(/x.jpg) }",
        ".a[title] { background: url(/x.jpg) }",
        ".a { cursor: url(/x.jpg) }",
        "/* .a { background: url(/x.jpg) }",
    ],
)
def test_other_rules_do_not(rule: str) -> None:
    """Patterns, states, the page itself, other elements and comments give none."""
    assert styled(rule, '<p class="a b" id="i"></p>') == []


@pytest.mark.parametrize(
    "sheet", ["/*" * 500_000, "{" * 500_000, ".a{background:url(x.jpg)" * 20_000, "url(" * 200_000]
)
def test_hostile_sheets_do_no_harm(sheet: str) -> None:
    """Endless comments, braces and rules are read without an error."""
    assert styled(f"{sheet}url(", '<p class="a" id="i"></p>') in ([], ["i"])


def test_repeated_selectors_count_once() -> None:
    """A rule that repeats its selector gives its element one background, and many rules give it a few."""
    page = parse_page(f"<style>{','.join(['.a'] * 1500)} {{ background: url(/x.jpg) }}</style><p class=a></p>")
    assert [len(styles) for styles in stylesheet_backgrounds(page).values()] == [1]
    rules = "".join(f".a {{ background: url(/{index}.jpg) }}" for index in range(150))
    page = parse_page(f"<style>{rules}</style><p class=a></p>")
    assert [len(styles) for styles in stylesheet_backgrounds(page).values()] == [5]
