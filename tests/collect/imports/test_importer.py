"""Imports of files, folders, zips and tables into a real catalog."""

import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from emotion_core.collect import ImportProgress, ImportSummary, import_files, import_path, survey, survey_files
from emotion_core.collect.imports import archives
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError
from emotion_core.jobs import StopRequested
from emotion_core.settings import Workspace
from tests.collect.web_server import jpeg


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


def write(root: Path, *names: str) -> Path:
    """Write a different photo under each name."""
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(jpeg(number))
    return root


def zipped(*names: str) -> bytes:
    """Return a zip with a different photo under each name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number, name in enumerate(names):
            archive.writestr(name, jpeg(number))
    return out.getvalue()


def labels(catalog: Catalog) -> dict[str, str]:
    """Return each photo's label by its name."""
    return {photo.name: photo.label for photo in catalog.photos()}


def test_a_folder_is_sorted_by_the_nearest_class_folder(catalog: Catalog, tmp_path: Path) -> None:
    """Class folders count at any depth and in any case; other classes are counted as skipped, system files ignored."""
    root = write(tmp_path / "set", "Happy/a.jpg", "train/SAD/x/b.jpg", "sad/happy/c.jpg", "angry/d.jpg", "angry/e.png")
    write(root, "happy/.hidden.jpg", "__MACOSX/happy/f.jpg", "sad/Thumbs.db", ".git/happy/g.jpg")
    (root / "readme.txt").write_text("no photo")
    seen: list[ImportProgress] = []
    summary = import_path(catalog, root, on_progress=seen.append)

    assert labels(catalog) == {
        "set/Happy/a.jpg": "happy",
        "set/train/SAD/x/b.jpg": "sad",
        "set/sad/happy/c.jpg": "happy",
    }
    assert (summary.added, summary.skipped, summary.rejected) == (3, {"angry": 2}, [])
    assert (seen[-1].done, seen[-1].total, seen[-1].added) == (5, 5, 3)


def test_other_classes_are_mapped_or_counted(catalog: Catalog, tmp_path: Path) -> None:
    """A survey counts the classes; exactly the mapped ones are imported, in any case, and the rest is skipped."""
    root = write(
        tmp_path / "set", "Smile/a.jpg", "smile/Train/b.jpg", "frown/c.jpg", "fear/d.jpg", "sad/e.jpg", "f.jpg"
    )
    (tmp_path / "set.zip").write_bytes(zipped("Smile/a.jpg", "smile/b.jpg", "fear/c.jpg", "sad/d.jpg", "e.jpg"))
    mapping = {"SMILE": "happy", "frown ": "sad", "set": "sad"}

    assert survey(root) == {"smile": 2, "frown": 1, "fear": 1, "sad": 1, "set": 1}
    assert survey(root, "happy") == {"happy": 6}
    assert survey(tmp_path / "set.zip") == {"smile": 2, "fear": 1, "sad": 1, "no folder": 1}
    assert survey_files([("set.zip", (tmp_path / "set.zip").read_bytes()), ("smile/x.jpg", jpeg(3))])["smile"] == 3
    summary = import_path(catalog, root, mapping=mapping)
    assert (summary.added, summary.skipped) == (5, {"fear": 1})
    assert {Path(name).name: label for name, label in labels(catalog).items()} == {
        "a.jpg": "happy",
        "b.jpg": "happy",
        "c.jpg": "sad",
        "e.jpg": "sad",
        "f.jpg": "sad",
    }
    assert import_files(catalog, [("smile/y.jpg", jpeg(9))], mapping=mapping).added == 1
    with pytest.raises(CollectError, match=r"Expected one of happy, sad\. Received: label='glad'"):
        import_path(catalog, root, mapping={"smile": "glad"})


def test_a_survey_refuses_what_an_import_refuses(tmp_path: Path) -> None:
    """A missing path and a broken archive are errors."""
    (tmp_path / "set.zip").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(CollectError, match="nothing to import"):
        survey(tmp_path / "missing")
    with pytest.raises(CollectError, match="archive is damaged"):
        survey(tmp_path / "set.zip")


def test_an_import_can_be_stopped_between_two_pictures(catalog: Catalog, tmp_path: Path) -> None:
    """Photos before the stop are in the catalog and in the summary, none after it."""
    summary, calls = ImportSummary(), []

    def stop() -> None:
        calls.append(len(catalog.photos()))
        if len(calls) == 3:
            raise StopRequested("enough")

    with pytest.raises(StopRequested):
        import_path(catalog, write(tmp_path / "sad", *"abcde"), stop=stop, summary=summary)
    assert (calls[0], summary.added, len(catalog.photos())) == (0, 2, 2)


def test_a_class_folder_may_be_imported_by_itself(catalog: Catalog, tmp_path: Path) -> None:
    """The name of the imported folder counts, and a label overrides every folder."""
    assert import_path(catalog, write(tmp_path / "sad", "a.jpg")).added == 1
    assert set(labels(catalog).values()) == {"sad"}
    assert import_path(catalog, write(tmp_path / "other", "x.jpg", "y.jpg", "happy/z.jpg"), label="happy").added == 2


def test_bad_files_are_rejected_with_reasons(catalog: Catalog, tmp_path: Path) -> None:
    """A text among the photos, an archive and a truncated photo are named; the good photo is imported once."""
    root = write(tmp_path, "happy/good.jpg")
    (root / "happy" / "copy.jpg").write_bytes(jpeg(0))
    (root / "happy" / "note.txt").write_text("hello")
    (root / "happy" / "more.zip").write_bytes(zipped("happy/x.jpg"))
    (root / "happy" / "cut.jpg").write_bytes(jpeg(5)[:100])
    summary = import_path(catalog, root / "happy")

    reasons = {Path(rejection.name).name: rejection.reason for rejection in summary.rejected}
    assert (summary.added, summary.duplicates, set(reasons)) == (1, 1, {"note.txt", "more.zip", "cut.jpg"})
    assert "Import it by itself" in reasons["more.zip"]


def test_links_out_of_the_folder_are_not_followed(catalog: Catalog, tmp_path: Path) -> None:
    """A link to a file or folder elsewhere, and a pipe, are left alone; a link inside the folder counts."""
    outside = write(tmp_path / "outside", "secret.jpg", "happy/b.jpg")
    root = write(tmp_path / "set", "happy/a.jpg")
    (root / "happy" / "file.jpg").symlink_to(outside / "secret.jpg")
    (root / "happy" / "folder").symlink_to(outside)
    (root / "happy" / "again.jpg").symlink_to(root / "happy" / "a.jpg")
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "happy" / "pipe.jpg")
    summary = import_path(catalog, root)

    assert (summary.added, summary.duplicates, summary.rejected) == (1, 1, [])


@pytest.mark.parametrize("label", [None, "happy"])
def test_nothing_to_import_is_an_error_with_what_was_expected(
    catalog: Catalog, tmp_path: Path, label: str | None
) -> None:
    """A missing path, an empty folder and a folder of other classes raise."""
    (tmp_path / "empty").mkdir()
    write(tmp_path / "others", "angry/a.jpg")
    for path in [tmp_path / "missing", tmp_path / "empty", *([] if label else [tmp_path / "others"])]:
        with pytest.raises(CollectError, match="Expected a folder with happy and sad folders"):
            import_path(catalog, path, label=label)
    with pytest.raises(CollectError, match="Expected one of happy, sad"):
        import_path(catalog, tmp_path, label="angry")


def test_one_photo_needs_a_label(catalog: Catalog, tmp_path: Path) -> None:
    """A single file is imported with its label, whatever its suffix; without a label it is an error."""
    path = write(tmp_path, "photo.bin") / "photo.bin"
    with pytest.raises(CollectError, match="a photo together with its label"):
        import_path(catalog, path)
    assert import_path(catalog, path, label="sad").added == 1


def test_a_zip_follows_the_same_rules(catalog: Catalog, tmp_path: Path) -> None:
    """Members are sorted by their folders, also with backslashes; system files are ignored, other classes skipped."""
    path = tmp_path / "set.zip"
    path.write_bytes(zipped("x/happy/a.jpg", "Sad\\b.jpg", "__MACOSX/happy/._a.jpg", "fear/c.jpg", "../../happy/d.jpg"))
    seen: list[ImportProgress] = []
    summary = import_path(catalog, path, on_progress=seen.append)

    assert (seen[-1].done, seen[-1].total) == (4, 4)
    assert (summary.added, summary.skipped) == (3, {"fear": 1})
    assert sorted(labels(catalog).values()) == ["happy", "happy", "sad"]
    assert not (tmp_path.parent / "happy").exists()


@pytest.mark.usefixtures("reads_here")
def test_bad_zip_members_are_rejected(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encrypted, damaged, oversized and nested members are named with the reason; the good one is imported."""
    monkeypatch.setattr("emotion_core.images.MAX_BYTES", 100_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("happy/good.jpg", jpeg(1))
        archive.writestr("happy/damaged.jpg", b"DAMAGED" * 9)
        archive.writestr("happy/large.jpg", bytes(100_001), zipfile.ZIP_DEFLATED)
        archive.writestr("happy/nested.zip", zipped("happy/a.jpg"))
        archive.writestr("happy/locked.jpg", jpeg(2))
    data = bytearray(out.getvalue().replace(b"DAMAGED" * 9, b"CHANGED" * 9))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = data.rindex(b"happy/locked.jpg") - 46
    data[entry + 8] |= 1
    path = tmp_path / "set.zip"
    path.write_bytes(data)
    summary = import_path(catalog, path)

    reasons = {Path(rejection.name).stem: rejection.reason for rejection in summary.rejected}
    assert summary.added == 1
    for name, part in (
        ("damaged", "damaged"),
        ("large", "too large"),
        ("nested", "by itself"),
        ("locked", "encrypted"),
    ):
        assert part in reasons[name]


@pytest.mark.usefixtures("reads_here")
def test_oversized_and_damaged_archives_are_refused(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many members, too many bytes and a file that only begins like a zip are errors."""
    path = tmp_path / "set.zip"
    path.write_bytes(zipped("happy/a.jpg", "happy/b.jpg"))
    for limit in ("MAX_MEMBERS", "MAX_TOTAL_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(archives, limit, 1)
            with pytest.raises(CollectError, match="archive is too large"):
                import_path(catalog, path)
    path.write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(CollectError, match="archive is damaged"):
        import_path(catalog, path)


def test_a_table_of_pixels_is_imported(catalog: Catalog, tmp_path: Path) -> None:
    """Emotions 3 and 4 become photos of 48 x 48 gray pixels, other emotions are skipped, broken rows are named."""
    grey = " ".join(str(value % 256) for value in range(48 * 48))
    rows = [
        f"3,{grey},Training",
        f"4,{grey[2:]} 7,Test",
        f"0,{grey},Training",
        "3,1 2 3,Training",
        f"9,{grey},Training",
    ]
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(["emotion, pixels, Usage", *rows, f"4,{grey.replace('255', '256')},Test", "3", ""]))
    summary = import_path(catalog, path)

    assert (summary.added, summary.skipped, len(summary.rejected)) == (2, {"angry": 1}, 4)
    assert labels(catalog) == {"fer2013.csv row 1": "happy", "fer2013.csv row 2": "sad"}
    image = catalog.read(catalog.photos()[0])
    assert (image.size, image.getpixel((5, 1))) == ((48, 48), (53, 53, 53))
    assert survey(path) == {"happy": 3, "sad": 2, "angry": 1}
    assert import_path(catalog, path, mapping={"Angry": "sad"}).added == 0
    assert import_path(catalog, path, mapping={"0": "sad"}).skipped == {}
    with pytest.raises(CollectError, match="Expected no label"):
        import_path(catalog, path, label="sad")
    path.write_text("name,url\na,b\n")
    with pytest.raises(CollectError, match="columns emotion and pixels"):
        import_path(catalog, path)


def test_uploads_are_photos_zips_and_tables(catalog: Catalog) -> None:
    """Uploads are labeled by the caller, or by the folders in their names or zip; the rest is named."""
    files = [
        ("set.zip", zipped("happy/a.jpg", "sad/b.jpg")),
        ("mine/Sad/c.jpg", jpeg(7)),
        ("loose.jpg", jpeg(8)),
        ("broken.zip", b"PK\x03\x04"),
        ("faces.csv", b"name\n"),
    ]
    summary = import_files(catalog, files)

    assert summary.added == 3
    reasons = {rejection.name: rejection.reason for rejection in summary.rejected}
    assert reasons.keys() == {"loose.jpg", "broken.zip", "faces.csv"}
    assert "No label was given" in reasons["loose.jpg"]
    assert "Expected CSV with a column name" in reasons["faces.csv"]
    assert import_files(catalog, files[2:3], label="happy").added == 1
    assert labels(catalog)["loose.jpg"] == "happy"


def test_names_that_are_not_utf8_are_imported(catalog: Catalog, tmp_path: Path) -> None:
    """Bytes in a name that are not UTF-8 become question marks: in a folder, a zip and an upload."""
    root = write(tmp_path / "set", "happy/a.jpg", os.fsdecode(b"happy/caf\xe9.jpg"), os.fsdecode(b"f\xe9ar/b.jpg"))
    (root / os.fsdecode(b"happy/n\xe9.jpg")).write_bytes(b"no picture")
    archive = zipped("happy/c.jpg", "happy/d.jpg", "sad/cafX.jpg").replace(b"cafX", b"caf\xe9")
    (tmp_path / os.fsdecode(b"s\xe9t.zip")).write_bytes(archive)
    of_folder = import_path(catalog, root)
    of_zip = import_path(catalog, tmp_path / os.fsdecode(b"s\xe9t.zip"))
    uploads = [(os.fsdecode(b"sad/\xe9.jpg"), jpeg(8)), (os.fsdecode(b"\xe9.jpg"), jpeg(9))]
    of_upload = import_files(catalog, uploads)

    assert (of_folder.added, of_folder.skipped, of_zip.added, of_upload.added) == (2, {"f?ar": 1}, 1, 1)
    assert {"set/happy/caf?.jpg", "sad/?.jpg"} < set(labels(catalog))
    assert [rejection.name for rejection in of_folder.rejected + of_upload.rejected] == ["set/happy/n?.jpg", "?.jpg"]
    for summary in (of_folder, of_zip, of_upload):
        assert json.dumps(summary.as_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (f"3,{10**30}", "Expected 2304 numbers from 0 to 255"),
        (f"3,{'9' * 5000} 1", "Expected 2304 numbers from 0 to 255"),
        ("4," + "1 " * 100_000, "row cannot be read. Expected CSV as in fer2013. Received: field larger"),
        ("0009," + "1 " * 2304, "Expected 0 to 7"),
    ],
)
@pytest.mark.parametrize("uploaded", [False, True])
def test_a_broken_row_is_rejected_by_itself(
    catalog: Catalog, tmp_path: Path, broken: str, reason: str, uploaded: bool
) -> None:
    """A number beyond 64 bits, a row beyond the reader's limit or an unknown emotion rejects only this row."""
    good = " ".join(str(value % 256) for value in range(48 * 48))
    path = tmp_path / "faces.csv"
    path.write_text(f"emotion,pixels\n{broken}\n3,{good}\n")
    summary = import_files(catalog, [(path.name, path.read_bytes())]) if uploaded else import_path(catalog, path)

    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (1, ["faces.csv row 1"])
    assert reason in summary.rejected[0].reason
    assert labels(catalog) == {"faces.csv row 2": "happy"}


def test_an_uploaded_table_is_read_row_by_row(catalog: Catalog) -> None:
    """A table of some megabytes takes little memory beyond itself, and Unicode line separators end no row."""
    table = "emotion,pixels,Usage\n" + f"0,{'1 ' * 2304},a\u2028b\n" * 1000
    data = table.encode()
    tracemalloc.start()
    try:
        summary = import_files(catalog, [("faces.csv", data)])
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (summary.skipped, summary.rejected) == ({"angry": 1000}, [])
    assert peak_bytes < len(data) / 4
