"""Recognize what a site sends in place of its pictures: the same picture from many addresses of one scrape."""

from collections import Counter
from collections.abc import Mapping

from emotion_core.collect.extraction import identify_picture
from emotion_core.collect.scrapes.ledger import Ledger
from emotion_core.collect.urls import host_of, normal_url
from emotion_core.dataset import Catalog, delete_photos

# Two addresses of one picture are common: a copy under another name, a preview. Where most pictures of a host are the
# same one, three are enough; a few missing ones among many others show only by their number.
_FEW, _MANY = 3, 5
_REASON = (
    "Several addresses gave this same picture, so it is probably a placeholder that the site sends in place of its "
    "pictures. Expected another picture from each address. Open the address in a browser to see what it shows there."
)


def withdraw_placeholders(catalog: Catalog, ledger: Ledger) -> None:
    """Reject the pictures that many addresses gave, and delete their photo unless the user has reviewed it.

    Args:
        catalog: catalog that the scrape adds to.
        ledger: ledger of the scrape.
    """
    counts = Counter(host_of(url) for addresses in ledger.photo_urls.values() for url in addresses)
    for photo_id, addresses in ledger.photo_urls.items():
        waiting = [url for url in addresses if ledger.pictures[url] != "rejected"]
        if not waiting or not _is_placeholder(list(addresses), counts):
            continue
        if any(ledger.pictures[url] == "added" for url in waiting):
            photos = catalog.photos_of([photo_id])
            delete_photos(catalog, [photo.photo_id for photo in photos if photo.status == "new"])
        for url in waiting:
            ledger.add_picture(url, "rejected", reason=_REASON)


def _is_placeholder(urls: list[str], counts: Mapping[str, int]) -> bool:
    """Whether addresses are too many for one picture; those of its sizes count as one, as a site may lack some.

    Args:
        urls: addresses that gave one picture.
        counts: addresses of each host that gave any picture.
    """
    if len(urls) < _FEW:
        return False
    most = sum(counts[host] for host in set(map(host_of, urls))) / 2
    return len({identify_picture(normal_url(url)).picture for url in urls}) >= max(_FEW, min(_MANY, most))
