"""The export of photos that the page Review asks for: a process writes a zip."""

import zipfile
from collections.abc import Callable
from typing import Any

from emotion_core.dataset import Catalog, PhotoChoice, delete_photos
from emotion_core.dataset.image_folder import (
    ZIP_FILE,
    latest_photo_export,
    photo_export_of,
    photo_export_progress,
    start_photo_export,
)

Wait = Callable[[Callable[[], Any], str], Any]


def test_zip_is_written_in_the_background_and_goes_with_a_deleted_photo(
    catalog: Catalog, fill: Callable[..., list[str]], wait_until: Wait
) -> None:
    """It holds the chosen photos and says how many; deleting a photo deletes it, because it may hold that photo."""
    [first, *_] = fill(catalog, 3, 2)
    assert latest_photo_export(catalog.workspace) is None
    job = start_photo_export(catalog.workspace, PhotoChoice(include_new=True))
    wait_until(lambda: job.state().ended and not job.has_process(), "the export has ended")
    assert job.state().name == "finished", job.log_end()
    export = photo_export_of(latest_photo_export(catalog.workspace))
    assert (export.counts, export.total) == ({"": {"happy": 3, "sad": 2}}, 5)
    assert photo_export_progress(job).total == 5
    with zipfile.ZipFile(job.path / ZIP_FILE) as packed:
        assert f"photos/happy/{first}.png" in packed.namelist()
    delete_photos(catalog, [first])
    assert latest_photo_export(catalog.workspace) is None
    assert not list(catalog.workspace.root.rglob("*.zip"))
