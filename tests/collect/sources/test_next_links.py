"""Which link leads to the next page."""

import pytest

from emotion_core.collect import next_page_url

PAGE, NEXT = "https://a.example/photos/", "https://a.example/photos/?seite=2"
HREF = "href='?seite=2'"
FOUND = {
    "relation in the head": f"<link rel='next' {HREF}><a class=next href='/other'>Next</a>",
    "relation": f"<a rel='nofollow NEXT' {HREF}>2</a>",
    "class": f"<a class='next page-numbers' {HREF}><svg></svg></a>",
    "class of the list item": f"<li class='pagination-next'><a {HREF}><i></i></a></li>",
    "class in camel case": f"<a class='pagerNext' {HREF}></a>",
    "id": f"<a id='pagination_next_page' {HREF}></a>",
    "class of a blog": f"<a class='blog-pager-older-link' {HREF}>•</a>",
    "label": f"<a aria-label='Go to next page' {HREF}><svg></svg></a>",
    "title": f"<a title='Next page' {HREF}>&bull;</a>",
    "picture": f"<a {HREF}><img src='r.gif' alt='Next'></a>",
    "text with arrow": f"<a {HREF}>Next &rsaquo;</a>",
    "text in elements": f"<a {HREF}><span>Next</span> <span>→</span></a>",
    "older posts below newer ones": f"<div class='nav-previous'><a {HREF}>← Older posts</a></div>",
    "German": f"<a {HREF}>Nächste Seite »</a>",
    "French": f"<a {HREF}>Suivant</a>",
    "Spanish": f"<a {HREF}>SIGUIENTE &gt;</a>",
    "Portuguese": f"<a {HREF}>Próxima</a>",
    "Russian": f"<a {HREF}>Следующая →</a>",
    "Polish": f"<a {HREF}>Następna strona</a>",
    "Japanese": f"<a {HREF}>次のページへ</a>",
    "Chinese": f"<a {HREF}>下一页</a>",
    "Korean": f"<a {HREF}>다음</a>",
    "Turkish": f"<a {HREF}>Sonraki</a>",
    "Arabic": f"<a {HREF}>التالي</a>",
    "single arrow": f"<nav class=pager><a href='?seite=9'>»</a><a {HREF}>›</a></nav>",
    "wording before arrows": f"<a href='?seite=9'>›</a><a {HREF}>next</a>",
    "button for more": f"<a class=button {HREF}>Load more</a>",
    "button with data": "<button class='btn load-more' data-url='/photos/?seite=2'>More…</button>",
    "numbers, current marked": f"<ul><li class=active><a href='?seite=1'>1</a></li><li><a {HREF}>2</a></li></ul>",
    "numbers, current no link": f"<p><b>1</b> <a {HREF}>2</a> <a href='?seite=3'>3</a></p>",
    "numbers as text": f"<p>[1] | <a {HREF}>2</a> | <a href='?seite=3'>3</a></p>",
    "numbers, aria": f"<a aria-current=page href='?seite=1'>1</a><a {HREF}>2</a><a href='?seite=3'>3</a>",
    "pager after teasers": f"<a href='/1'>Next</a><a href='/2'>Next</a><div class=pagination><a {HREF}>Next</a></div>",
    "base": "<base href='/photos/x/'><a class=next href='../?seite=2'>2</a>",
    "backslashes": "<a class=next href='\\photos\\?seite=2'>2</a>",
    "own host in full": "<a class=next href='//A.EXAMPLE:443/photos/?seite=2#top'>2</a>",
}
NONE = {
    "no link": "<p>Next</p>",
    "previous": f"<a class='prev' {HREF}>‹ Previous</a>",
    "previous in a pager": f"<a class='page-prev next-to-it' {HREF}>Zurück</a>",
    "this page": "<a class=next href='#next'>Next</a>",
    "script": "<a class=next href='javascript:go(2)'>Next</a>",
    "disabled": f"<li class='next disabled'><a {HREF}>Next</a></li>",
    "disabled by label": f"<a aria-disabled=true {HREF}>Next</a>",
    "carousel": f"<a class='carousel-control-next' {HREF}></a>",
    "another site": "<a class=next href='https://b.example/2'>Next</a>",
    "another site in the head": "<link rel=next href='https://b.example/2'>",
    "private address": "<a rel=next href='http://127.0.0.1/'>Next</a>",
    "word inside a text": f"<a {HREF}>What happens next in this story</a>",
    "teasers": "<a href='/1'>Weiter</a><a href='/2'>Weiter</a>",
    "several buttons for more": "<a href='/1'>Show more</a><a href='/2'>Show more</a>",
    "previous page only": "<p><a href='?seite=1'>1</a> <b>2</b></p>",
    "other numbers": "<p>Sold 4 <a href='/x'>6</a></p>",
    "empty": "",
}


@pytest.mark.parametrize("case", FOUND)
def test_the_next_page_is_found(case: str) -> None:
    """By relation, class, label, wording, arrow or number, as sites mark it."""
    assert next_page_url(f"<body>{FOUND[case]}</body>", PAGE) == NEXT


@pytest.mark.parametrize("case", NONE)
def test_other_links_are_not_followed(case: str) -> None:
    """Links back, to scripts, to articles and to other sites are not the next page."""
    assert next_page_url(f"<body>{NONE[case]}</body>", PAGE) is None


def test_a_hostile_page_costs_little() -> None:
    """Thousands of nested links are looked through, each only a little."""
    assert next_page_url("<a href=x><b>" * 20_000 + "x", PAGE) is None
