"""Which elements of a page belong to one picture: an img, its picture's sources, its copy for visitors without scripts.

The tree is walked once and everything is told from what the parent knows, so that the time grows with the page and
not with its square, however a page nests its elements.
"""

from collections.abc import Iterable, Iterator

from bs4 import BeautifulSoup, Tag

SRCSETS = ("srcset", "data-srcset", "data-lazy-srcset", "data-original-set", "data-bgset")
LAZY_ADDRESSES = (
    "data-src",
    "data-original",
    "data-lazy-src",
    "data-lazy",
    "data-lazyload",
    "data-img-src",
    "data-image",
    "data-url",
    "data-echo",
    "data-hi-res-src",
)
_LAZY_MARKS = frozenset(LAZY_ADDRESSES) | frozenset(SRCSETS[1:])
# Elements that are a picture by themselves where no img inside stands for it.
_FRAMES = frozenset({"picture", "amp-img"})


class PictureElements:
    """The pictures of a page as groups of elements.

    Args:
        soup: the page.
    """

    def __init__(self, soup: BeautifulSoup) -> None:
        self._elements = [element for element in soup.find_all(True) if isinstance(element, Tag)]
        self._frame_of: dict[int, Tag] = {}
        self._noscript_of: dict[int, Tag] = {}
        self._sources_of: dict[int, list[Tag]] = {}
        self._img_of: dict[int, Tag] = {}
        self._imgs_in: dict[int, list[Tag]] = {}
        for element in self._elements:
            self._place(element)
        for element in reversed(self._elements):
            self._tell_parent(element)

    def _place(self, element: Tag) -> None:
        above = id(element.parent)
        frame = element if element.name in _FRAMES else self._frame_of.get(above)
        noscript = element if element.name == "noscript" else self._noscript_of.get(above)
        if frame is not None:
            self._frame_of[id(element)] = frame
            if element.name == "source":
                self._sources_of.setdefault(id(frame), []).append(element)
            elif element.name == "img":
                self._img_of.setdefault(id(frame), element)
        if noscript is not None:
            self._noscript_of[id(element)] = noscript

    def _tell_parent(self, element: Tag) -> None:
        """Pass the imgs in an element on to its parent; two of them are enough to know that it is not one."""
        own = self._imgs_of(element)
        if own and element.parent is not None:
            known = self._imgs_in.setdefault(id(element.parent), [])
            known.extend(own[: 2 - len(known)])

    def _imgs_of(self, element: Tag) -> list[Tag]:
        return [element] if element.name == "img" else self._imgs_in.get(id(element), [])

    def groups(self, matches: Iterable[Tag] | None = None) -> Iterator[list[Tag]]:
        """Give the elements of each picture together, in page order.

        Args:
            matches: pictures, sources of pictures or elements around them to which to restrict it; None for all.
        """
        groups: dict[int, list[Tag]] = {}
        for carrier in self._carriers(matches):
            owner = self._lazy_twin(carrier) or carrier
            group = groups.setdefault(id(owner), [])
            group.append(carrier)
            frame = self._frame_of.get(id(carrier))
            # By the standard the sources are those of the first img; more than one is a mistake of the page.
            if frame is not None and self._img_of.get(id(frame), carrier) is carrier:
                group.extend(self._sources_of.get(id(frame), ()))
        yield from groups.values()

    def _carriers(self, matches: Iterable[Tag] | None) -> Iterator[Tag]:
        inside = None if matches is None else self._inside(matches)
        for element in self._elements:
            alone = element.name in _FRAMES and id(element) not in self._img_of
            if (element.name == "img" or alone) and (inside is None or id(element) in inside):
                yield element

    def _inside(self, matches: Iterable[Tag]) -> set[int]:
        """Return the ids of the elements that match, are in one that does, or whose source matches."""
        inside = {id(match) for match in matches}
        for element in self._elements:
            if id(element) in inside and element.name == "source":
                frame = self._frame_of.get(id(element), element)
                inside.add(id(self._img_of.get(id(frame), frame)))
            elif id(element.parent) in inside:
                inside.add(id(element))
        return inside

    def _lazy_twin(self, carrier: Tag) -> Tag | None:
        """Return the lazy img right before or after the ``<noscript>`` whose only picture ``carrier`` is."""
        noscript = self._noscript_of.get(id(carrier))
        if noscript is None or len(self._imgs_of(noscript)) > 1:
            return None
        for neighbour in (noscript.find_previous_sibling(), noscript.find_next_sibling()):
            if isinstance(neighbour, Tag) and neighbour.name != "noscript":
                found = self._imgs_of(neighbour)
                if len(found) == 1 and not _LAZY_MARKS.isdisjoint(found[0].attrs):
                    return found[0]
        return None
