"""Responses of the sample gallery: its pages, its photos and its logo, by the target of a request.

This module is independent of sockets: ``respond`` maps the target of a request to status, content type and body.
"""

import html
import io
import re
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from PIL import Image, ImageDraw

from emotion_core.collect.samples.drawing import PHOTO_SIZE_PX
from emotion_core.collect.samples.gallery import LABELS, PAGES, PHOTOS_PER_PAGE, photo_bytes

PHOTO_PATH = re.compile(r"/photos/(happy|sad)/([0-9]{4})\.jpg")
LICENSE_URL = "https://www.apache.org/licenses/LICENSE-2.0"

_STYLE = """
:root { color-scheme: light dark; --ink: #2b2a33; --soft: #6d6a78; --paper: #faf6f0; --card: #fff; --accent: #b4472f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f2eee8; --soft: #b3adba; --paper: #211f27; --card: #2d2a35; --accent: #f0a08c; }
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .75rem 1.5rem; }
header > a { display: flex; align-items: center; gap: .6rem; font-weight: 700; color: inherit; text-decoration: none; }
nav { display: flex; gap: 1.25rem; }
a { color: var(--accent); }
a[aria-current] { color: inherit; font-weight: 700; text-decoration: none; }
h1 { margin: .25rem 0; font-size: 1.75rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 1rem; margin: 1.25rem 0; }
.covers { grid-template-columns: repeat(2, minmax(0, 300px)); }
figure { margin: 0; overflow: hidden; border-radius: 12px; background: var(--card); box-shadow: 0 1px 4px #0002; }
figure img { display: block; width: 100%; height: auto; aspect-ratio: 1; }
figcaption { padding: .4rem .7rem .5rem; font-size: .85rem; color: var(--soft); }
.pager { display: flex; justify-content: center; gap: 1.25rem; padding: .5rem; }
footer { color: var(--soft); font-size: .9rem; }
"""


class GalleryResponse(NamedTuple):
    """A response: status, content type and body."""

    status: HTTPStatus
    content_type: str
    body: bytes


def respond(target: str) -> GalleryResponse:
    """Return the response to a request; no part of the target is ever used as a file name.

    Args:
        target: path and query from the request line.
    """
    try:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return _not_found("This address is not valid.")
    if parts.path in ("/happy", "/sad"):
        return _gallery(parts.path[1:], query.get("page", ["1"])[-1])
    if photo := PHOTO_PATH.fullmatch(parts.path):
        return _photo(photo[1], int(photo[2]))
    if parts.path == "/static/logo.png":
        return GalleryResponse(HTTPStatus.OK, "image/png", _logo_bytes())
    if parts.path == "/robots.txt":
        return GalleryResponse(HTTPStatus.OK, "text/plain; charset=utf-8", b"User-agent: *\nAllow: /\n")
    if parts.path == "/":
        return _page("The sample gallery", _index_html())
    return _not_found(f"There is nothing at {parts.path}.")


def _photo(label: str, number: int) -> GalleryResponse:
    if not 1 <= number <= PAGES * PHOTOS_PER_PAGE:
        return _not_found(f"The {label} gallery ends at photo {PAGES * PHOTOS_PER_PAGE}.")
    return GalleryResponse(HTTPStatus.OK, "image/jpeg", photo_bytes(label, number - 1))


def _gallery(label: str, page: str) -> GalleryResponse:
    if not re.fullmatch(f"[1-{PAGES}]", page):
        return _not_found(f"The {label} gallery has pages 1 to {PAGES}; there is no page “{page[:40]}”.")
    number = int(page)
    first = (number - 1) * PHOTOS_PER_PAGE + 1
    figures = "\n".join(_figure_html(label, photo) for photo in range(first, first + PHOTOS_PER_PAGE))
    title = f"{label.capitalize()} portraits, page {number} of {PAGES}"
    return _page(title, f'<div class="grid">\n{figures}\n</div>\n{_pager_html(label, number)}', label)


def _not_found(message: str) -> GalleryResponse:
    content = f'<p>{html.escape(message)}</p>\n<p><a href="/">Go to the start of the gallery</a></p>'
    return _page("Not found", content)._replace(status=HTTPStatus.NOT_FOUND)


def _figure_html(label: str, number: int) -> str:
    address = f"/photos/{label}/{number:04d}.jpg"
    size = f'width="{PHOTO_SIZE_PX}" height="{PHOTO_SIZE_PX}"'
    return (
        f'<figure><a href="{address}"><img class="photo" src="{address}" '
        f'alt="Drawn portrait {number} of the {label} gallery" {size} loading="lazy"></a>'
        f"<figcaption>Portrait {number}</figcaption></figure>"
    )


def _link_html(address: str, text: str, *, current: bool) -> str:
    mark = ' aria-current="page"' if current else ""
    return f'<a href="{address}"{mark}>{text}</a>'


def _pager_html(label: str, page: int) -> str:
    links = [f'<a rel="prev" href="/{label}?page={page - 1}">← Previous</a>'] if page > 1 else []
    links += [_link_html(f"/{label}?page={n}", str(n), current=n == page) for n in range(1, PAGES + 1)]
    links += [f'<a rel="next" href="/{label}?page={page + 1}">Next →</a>'] if page < PAGES else []
    return f'<nav class="pager" aria-label="Pages">{"".join(links)}</nav>'


def _index_html() -> str:
    per_class = PAGES * PHOTOS_PER_PAGE
    covers = "".join(
        f'<figure><a href="/{label}?page=1"><img src="/photos/{label}/{number:04d}.jpg" alt="" '
        f'width="{PHOTO_SIZE_PX}" height="{PHOTO_SIZE_PX}"></a><figcaption><a href="/{label}?page=1">'
        f"{per_class} {label} portraits</a></figcaption></figure>"
        for label, number in zip(LABELS, (31, 40), strict=True)
    )
    return (
        f"<p>{len(LABELS) * per_class} portraits to practice collecting photos with. They show no real people: this "
        "project draws them on this machine when a page is requested. Skin, hair, glasses, pose, light and background "
        "are alike in both classes; only the expression differs.</p>\n"
        f'<div class="grid covers">{covers}</div>'
    )


def _page(title: str, content: str, label: str = "") -> GalleryResponse:
    links = "".join(_link_html(f"/{name}?page=1", name.capitalize(), current=name == label) for name in LABELS)
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<link rel="icon" href="/static/logo.png">
<style>{_STYLE}</style>
</head>
<body>
<header><a href="/"><img class="logo" src="/static/logo.png" alt="" width="40" height="40">Sample gallery</a>
<nav aria-label="Classes">{links}</nav></header>
<main>
<h1>{html.escape(title)}</h1>
{content}
</main>
<footer>Drawn by the Emotion Classifier project. Free to use under the
<a rel="license" href="{LICENSE_URL}">Apache License 2.0</a>.</footer>
</body>
</html>
"""
    return GalleryResponse(HTTPStatus.OK, "text/html; charset=utf-8", text.encode())


@lru_cache(maxsize=1)
def _logo_bytes() -> bytes:
    """Draw the site's logo: a small round face, half bright and half blue."""
    image = Image.new("RGBA", (320, 320), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.pieslice((8, 8, 312, 312), 90, 270, fill=(244, 178, 84))
    draw.pieslice((8, 8, 312, 312), 270, 90, fill=(98, 140, 176))
    for x in (108, 212):
        draw.ellipse((x - 18, 104, x + 18, 152), fill=(43, 42, 51))
    draw.arc((84, 120, 236, 236), 90, 170, fill=(43, 42, 51), width=20)
    draw.arc((84, 216, 236, 332), 270, 350, fill=(43, 42, 51), width=20)
    buffer = io.BytesIO()
    image.reduce(4).save(buffer, "PNG")
    return buffer.getvalue()
