"""What JSON-LD says of pictures."""

import json
from typing import Any

import pytest

from emotion_core.collect.sources.linked_data import Thing, things


def read(value: Any) -> list[Thing]:
    """Return the things of one script."""
    return list(things([json.dumps(value)]))


def test_picture_with_all_that_search_engines_ask_for() -> None:
    """Addresses of all sizes, the licence and the creator are found."""
    found = read(
        {
            "@context": "https://schema.org/",
            "@type": "ImageObject",
            "contentUrl": "/big.jpg",
            "thumbnail": {"@type": "ImageObject", "contentUrl": "/small.jpg"},
            "license": "https://a.example/licence",
            "acquireLicensePage": "https://a.example/buy",
            "creditText": "A Studio",
            "creator": {"@type": "Person", "name": "Jane Doe"},
        }
    )
    assert found[0] == Thing(True, ("/big.jpg", "/small.jpg"), "https://a.example/licence", "Jane Doe")


@pytest.mark.parametrize(
    ("fields", "licence", "author"),
    [
        ({"license": {"@id": "https://a.example/l"}}, "https://a.example/l", ""),
        ({"license": ["CC0", "other"]}, "CC0", ""),
        ({"acquireLicensePage": "/buy"}, "/buy", ""),
        ({"author": [{"name": "A"}, {"name": ["B"]}, "C"]}, "", "A, B, C"),
        ({"creator": {"@id": "#x"}, "creditText": "D"}, "", "D"),
        ({"copyrightNotice": "© E"}, "", "© E"),
        ({"license": 7, "author": None, "creator": [[["x"]]], "creditText": " "}, "", ""),
    ],
)
def test_fields_take_many_forms(fields: dict[str, Any], licence: str, author: str) -> None:
    """Text, objects and lists of either are understood; anything else is nothing."""
    found = read({"@type": ["CreativeWork", "Photograph"], **fields})[0]
    assert (found.is_picture, found.licence, found.author) == (True, licence, author)


def test_things_are_found_wherever_they_lie() -> None:
    """A graph, a list and an article's own picture are gone through in their order."""
    found = read({"@graph": [{"@type": "Article", "license": "l", "image": {"@type": "ImageObject", "url": "u"}}]})
    assert [(thing.is_picture, thing.addresses, thing.licence) for thing in found[1:]] == [
        (False, (), "l"),
        (True, ("u",), ""),
    ]


def test_what_is_no_json_says_nothing() -> None:
    """Broken, empty and bottomless scripts are passed over; raw line breaks in texts are not broken."""
    assert list(things(["", "{", "[" * 100_000, "null", "3"])) == []
    assert [thing.author for thing in things(['{"@type": "Photograph", "author": "A\nB"}'])] == ["A\nB"]
