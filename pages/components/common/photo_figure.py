"""A stored photo in the HTML of a page."""

from pages.components.common.html import Markup, render

_FIGURE = """
<figure style="margin:0;width:{{ width }}">
  <a href="/photos/{{ photo_id | urlencode }}/large" target="_blank">
    <img src="/photos/{{ photo_id | urlencode }}/thumbnail" alt="{{ alt }}" loading="lazy"
      style="width:100%;aspect-ratio:1;object-fit:cover;border-radius:6px">
  </a>
  <figcaption style="font-size:.8rem">{{ caption }}</figcaption>
</figure>
"""


def photo_figure(photo_id: str, caption: str | Markup, *, alt: str, width: str = "100%") -> Markup:
    """Return a thumbnail that opens the photo enlarged, with a caption below it.

    Args:
        photo_id: of a photo in the catalog; one that was deleted since shows its ``alt`` text.
        caption: text, or HTML from ``render``.
        alt: what a screen reader reads.
        width: a CSS length; all of its container by default.
    """
    return render(_FIGURE, photo_id=photo_id, caption=caption, alt=alt, width=width)
