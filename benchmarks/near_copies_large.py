"""Cost and recall of the near-copy search in a large collection.

Makes copies of some photos of a workspace in the ways web sites do, cycling through the kinds. All copies and photos
are compared at once; then some photos are compared again as if they were new. With ``--all-pairs`` the same is first
done without cells, in time that grows with the square of the number of photos. The workspace is not changed. Run from
the checkout, on an otherwise idle machine::

    python -m benchmarks.near_copies_large WORKSPACE [--photos 100000] [--copied 620] [--later 1000] [--all-pairs]
"""

import argparse
import itertools
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from benchmarks.near_copies import CHANGES, compressed
from emotion_core import images
from emotion_core.dataset import Catalog
from emotion_core.dataset.near_copies import candidate_index, forget_photos, near_copy_clusters
from emotion_core.settings import open_workspace


def _make_copies(catalog: Catalog, photo_ids: list[str], folder: Path) -> dict[str, tuple[str, str]]:
    """Write thumbnails of changed copies, and return the original and the kind of each."""
    made = {}
    for number, (photo, kind) in enumerate(zip(catalog.photos_of(photo_ids), itertools.cycle(CHANGES), strict=False)):
        with Image.open(catalog.photo_path(photo)) as original:
            copy = original.convert("RGB")
        for step in (*CHANGES[kind], compressed("JPEG", 80)):
            copy = step(copy, random.Random(photo.photo_id))
        (folder / f"copy{number}").write_bytes(images.thumbnail(copy))
        made[f"copy{number}"] = (photo.photo_id, kind)
    return made


def _compare(root: Path, paths: Mapping[str, Path], what: str) -> dict[str, str]:
    """Return the clusters, and print the time and memory of the search."""
    wall, cpu = time.perf_counter(), time.process_time()
    clusters = near_copy_clusters(open_workspace(root), list(paths), paths.__getitem__)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {cpu:.0f} s of processor time, {wall:.0f} s, at most {most_mb:.0f} MB", flush=True)
    return clusters


def _report(clusters: dict[str, str], made: dict[str, tuple[str, str]]) -> None:
    """Print how many copies of each kind are in their original's cluster, and how many other photos are in any."""
    of_kind = Counter(kind for _, kind in made.values())
    recalled = Counter(
        kind for copy, (original, kind) in made.items() if clusters.get(copy, "") == clusters.get(original)
    )
    for kind, count in of_kind.items():
        print(f"  {kind:32s} {recalled[kind]} of {count}")
    expected = {*made, *(original for original, _ in made.values())}
    print(
        f"  found {recalled.total()} of {len(made)}; photos in clusters beside these: {len(clusters.keys() - expected)}"
    )


def main() -> None:
    """Make the copies, compare them and print the results."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("workspace", type=Path)
    ask.add_argument("--photos", type=int, default=100_000)
    ask.add_argument("--copied", type=int, default=620)
    ask.add_argument("--later", type=int, default=1000)
    ask.add_argument("--all-pairs", action="store_true")
    options = ask.parse_args()
    catalog = Catalog(open_workspace(options.workspace))
    with tempfile.TemporaryDirectory() as folder:
        thumbnails = Path(folder)
        ids = catalog.photo_ids()
        ids = random.Random(0).sample(ids, min(options.photos, len(ids)))
        made = _make_copies(catalog, ids[: options.copied], thumbnails)
        paths = {
            **{photo_id: catalog.thumbnail_path(photo_id) for photo_id in ids},
            **{copy: thumbnails / copy for copy in made},
        }
        if options.all_pairs:
            most, candidate_index.MAX_CELLS = candidate_index.MAX_CELLS, 1
            _report(_compare(thumbnails / "all", paths, f"{len(paths)} photos, all pairs"), made)
            candidate_index.MAX_CELLS = most
        _report(_compare(thumbnails / "cells", paths, f"{len(paths)} photos, in cells"), made)
        forget_photos(open_workspace(thumbnails / "cells"), ids[-options.later :])
        _report(_compare(thumbnails / "cells", paths, f"{options.later} of these compared again"), made)


if __name__ == "__main__":
    main()
