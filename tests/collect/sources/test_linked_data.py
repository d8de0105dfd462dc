"""Pictures in JSON-LD."""

import json
from typing import Any

import pytest

from emotion_core.collect.sources.linked_data import LinkedItem, linked_items


def read(value: Any) -> list[LinkedItem]:
    """Return the items of one script."""
    return list(linked_items([json.dumps(value)]))


def test_a_picture_with_all_fields() -> None:
    """Addresses of all sizes, the license and the creator are read."""
    items = read(
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
    assert items[0] == LinkedItem(True, ("/big.jpg", "/small.jpg"), "https://a.example/licence", "Jane Doe")


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
    """Text, objects and lists of either are read; other values are ignored."""
    item = read({"@type": ["CreativeWork", "Photograph"], **fields})[0]
    assert (item.is_picture, item.licence, item.author) == (True, licence, author)


def test_nested_items_are_read() -> None:
    """Items in a graph, in a list and inside an article are read in order."""
    items = read({"@graph": [{"@type": "Article", "license": "l", "image": {"@type": "ImageObject", "url": "u"}}]})
    assert [(item.is_picture, item.addresses, item.licence) for item in items[1:]] == [
        (False, (), "l"),
        (True, ("u",), ""),
    ]


def test_invalid_json_is_ignored() -> None:
    """Broken, empty and endlessly nested scripts are ignored; raw line breaks in texts are allowed."""
    assert list(linked_items(["", "{", "[" * 100_000, "null", "3"])) == []
    assert [item.author for item in linked_items(['{"@type": "Photograph", "author": "A\nB"}'])] == ["A\nB"]
