"""Pictures in the data from which scripts build a page."""

import json

import pytest

from emotion_core.collect.extraction import parse_page
from emotion_core.collect.extraction.referenced_urls import naming_elements
from emotion_core.collect.extraction.script_data import data_pictures

BASE = "https://a.example/"


def pictures(html: str) -> list[list[tuple[str, float]]]:
    """Return the pictures, each as the names and widths of its sizes, without the common host."""
    groups = data_pictures(naming_elements(parse_page(f"<body>{html}")), BASE)
    return [[(candidate.url.removeprefix(BASE), candidate.width) for candidate in group] for group in groups]


def in_json(data: object) -> list[list[tuple[str, float]]]:
    """Return the pictures of a page with a script of JSON."""
    return pictures(f'<script type="application/json">{json.dumps(data)}</script>')


DATA = {"items": [{"image": "https://a.example/1.jpg", "width": 800}]}
TEXT = json.dumps(DATA)


@pytest.mark.parametrize(
    "script",
    [
        f'<script id="__NEXT_DATA__" type="application/json">{TEXT}</script>',
        f"<script>window.__INITIAL_STATE__ = {TEXT};(function(){{var s=1}}())</script>",
        f"<script>window.__APOLLO_STATE__=JSON.parse({json.dumps(TEXT)})</script>",
        f"<script>render(1, {TEXT})</script>",
        f"<script>self.__next_f.push([1,{json.dumps('5:' + TEXT)}])</script>",
        f"<script>self.__next_f.push([1,{json.dumps('4:null' + chr(10) + '5:' + TEXT + chr(10))}])</script>",
        "<script>var s = JSON.parse('" + TEXT.replace('"', r"\x22").replace("/", r"\x2F") + "')</script>",
        "<script>var s = '" + TEXT.replace('"', "%22").replace(": ", "%3A").replace("/", "%2F") + "'</script>",
        "<script>var s = " + TEXT.replace("/", r"\u002F") + "</script>",
        '<div data-props="' + TEXT.replace('"', "&quot;") + '"></div>',
    ],
)
def test_data_is_read_however_it_is_embedded(script: str) -> None:
    """Whole scripts, variables, arguments, strings with any escapes and attributes all hold the same picture."""
    assert ("1.jpg", 800.0) in [size for sizes in pictures(script) for size in sizes]


def test_other_javascript_is_read_by_its_keys() -> None:
    """Where the data is no JSON, a key or a suffix still tells a picture from other addresses."""
    script = """<script>x = {a: [], image: 'https://a.example/1', src: `https://a.example/2.jpg`, 'cover':
    ["https://a.example/3"], api: "https://a.example/4", logo: "https://a.example/5.jpg"}</script>"""
    assert pictures(script) == [[("1", 0.0)], [("2.jpg", 0.0)], [("3", 0.0)]]


@pytest.mark.parametrize(
    "image",
    [
        [{"url": "https://a.example/s/cat.jpg", "width": 120}, {"url": "https://a.example/l/cat.jpg", "width": 900}],
        {"sm": {"url": "https://a.example/s/cat.jpg"}, "lg": {"url": "https://a.example/l/cat.jpg"}},
        {"small": "https://a.example/s/cat.jpg", "large": "https://a.example/l/cat.jpg"},
        {"thumbnailUrl": "https://a.example/s/cat.jpg", "original_url": "https://a.example/l/cat.jpg"},
        {"120w": "https://a.example/s/cat.jpg", "900w": "https://a.example/l/cat.jpg"},
        {"https://a.example/s/cat.jpg": [120, 90], "https://a.example/l/cat.jpg": [900, 675]},
        {"srcSet": "/s/cat.jpg 120w,\n/l/cat.jpg 900w"},
    ],
)
def test_sizes_of_one_picture_belong_together(image: dict[str, object] | list[dict[str, object]]) -> None:
    """Lists of sizes, keys that name sizes, and source sets are one picture, with the larger width for the larger."""
    found = in_json({"image": image})
    sizes = dict(size for picture in found for size in picture)
    assert max(sizes, key=lambda name: sizes[name]) == "l/cat.jpg"
    assert len(found) == 1


def test_ids_of_sizes_differ_but_share_a_part() -> None:
    """Sizes under different ids are one picture if shape and the end of the id agree; other pictures stay apart."""
    end = "d9194aa18fa4c9362b47464f"
    cover = [
        {"url": f"https://a.example/ab01{end}", "width": 640, "height": 640},
        {"url": f"https://a.example/ab02{end}", "width": 300, "height": 300},
    ]
    photos = [
        {"url": "https://a.example/1.jpg", "width": 4000, "height": 3000},
        {"url": "https://a.example/2.jpg", "width": 2000, "height": 1500},
    ]
    assert list(map(len, in_json({"images": cover}))) == [2]
    assert list(map(len, in_json({"images": photos}))) == [1, 1]


def test_the_size_in_an_address_counts_before_that_of_the_original() -> None:
    """Data often states the size of the original beside the address of a small copy."""
    assert in_json({"image": {"url": "https://a.example/1.jpg?w=300", "width": 4000, "height": 3000}}) == [
        [("1.jpg?w=300", 300.0)]
    ]


def test_other_addresses_are_no_pictures() -> None:
    """Pages, services, folders, site furniture, portraits of authors and bare ids are left out."""
    data = {
        "link": "https://a.example/article",
        "image": "https://a.example/images/",
        "imageBase": "https://a.example/images",
        "apiUrl": "https://a.example/api",
        "logo": {"url": "https://a.example/logo.jpg"},
        "author": {"image": {"url": "https://a.example/me.jpg"}},
        "poster_path": "/abc.jpg",
        "photo": "image-0123abcd-2000x3000-jpg",
        "imagePage": "https://a.example/photo/1",
    }
    assert in_json(data) == []
    assert in_json({"user": {"name": "x", "avatar": "https://a.example/me.jpg", "posts": [DATA, DATA]}}) != []


def test_different_pictures_of_an_object_stay_apart() -> None:
    """The back of a product is another picture than its front; a thumbnail of the front is not."""
    product = {
        "image": "https://a.example/front.jpg",
        "thumbnail": "https://a.example/t/9.jpg",
        "hoverImage": "https://a.example/back.jpg",
    }
    names = [{name for name, _ in picture} for picture in in_json(product)]
    assert sorted(map(sorted, names)) == [["back.jpg"], ["front.jpg", "t/9.jpg"]]


@pytest.mark.parametrize(
    "text",
    [
        "=[[" * 50_000 + "//",
        '={"a":' * 30_000 + "//",
        "[" * 100_000 + "//",
        '{"a":' * 5_000 + '"https://a.example/1.jpg"' + "}" * 5_000,
        "'//" * 100_000,
        '"a":' * 100_000 + "//",
    ],
)
def test_hostile_data_does_no_harm(text: str) -> None:
    """Deep, endless and broken data is read without an error."""
    assert len(pictures(f"<script>x={text}</script>")) <= 1
