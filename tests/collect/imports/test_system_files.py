"""What systems and programs leave among photos is neither a photo nor a broken one."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from emotion_core.collect import import_files, import_path, survey
from emotion_core.collect.imports.system_files import is_left_by_system
from emotion_core.dataset import Catalog
from emotion_core.settings import Workspace
from tests.collect.web_server import jpeg

LEFT = (
    *("Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN/$R1.jpg", "System Volume Information/x.jpg"),
    *("1.jpg:Zone.Identifier", ".DS_Store", "._1.jpg", "__MACOSX/1.jpg", ".Spotlight-V100/1.jpg", ".Trashes/501/1.jpg"),
    *(".AppleDouble/1.jpg", "Icon\r", ".directory", ".Trash-1000/files/1.jpg", ".thumbnails/1.png", "lost+found/1.jpg"),
    *("x/SYNOPHOTO_THUMB_XL.jpg", "AlbumArtSmall.jpg", "AlbumArt_{AB-1}_Large.jpg", ".thumbdata4--1967290299"),
    *(".xvpics/1.jpg", "@eaDir/1.jpg/SYNOPHOTO_THUMB_XL.jpg", "#recycle/1.jpg", "#snapshot/1.jpg", "@Recycle/1.jpg"),
    *("@Recently-Snapshot/1.jpg", ".@__thumb/1.jpg", "@tmp/1.jpg", "@eaDir/1.jpg@SynoEAStream", ".wdmc/1.jpg"),
    *("1.xmp", "1.jpg.xmp", "1.AAE", "1.jpg.json", "1.jpg.supplemental-metadata.json", "1.jpg.supplemental-me.json"),
    *("1.jpg.s.json", "1.THM", "1.MOV", "1.mp4", "1.CR2", "1.txt", ".picasa.ini", "Picasa.ini", ".git/1.jpg"),
    *(".picasaoriginals/1.jpg", ".ipynb_checkpoints/1-checkpoint.jpg", ".dtrash/1.jpg", "Cat Previews.lrdata/1.jpg"),
    *("album.html", "page_files/main.css", "page_files/app.js", "page_files/font.woff2"),
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


def content(name: str, number: int) -> bytes:
    """Return a photo for the name of one or of a thumbnail, else bytes that are no picture."""
    return jpeg(number) if name.lower().endswith((".jpg", ".png", ".thm", ".cr2")) else b"\0\5\x16\7 no picture"


@pytest.mark.parametrize("container", ["folder", "zip"])
def test_what_systems_leave_is_no_photo(catalog: Catalog, tmp_path: Path, container: str) -> None:
    """In class folders and beside them it is neither added, nor skipped, nor rejected, nor counted by a survey."""
    files = {"happy/1.jpg": jpeg(1), "sad/1.jpg": jpeg(2)}
    for number, name in enumerate(LEFT, 3):
        files |= {f"happy/{name}": content(name, number), name: content(name, number + 100)}
    root = tmp_path / "set"
    if container == "zip":
        root = tmp_path / "set.zip"
        with zipfile.ZipFile(root, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        for name, data in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)

    # Beside the class folders, a film or text belongs to no photo, but is no picture either.
    assert survey(root) == {"happy": 1, "sad": 1}
    summary = import_path(catalog, root)
    assert (summary.added, summary.skipped, summary.rejected, summary.notes) == (2, {}, [], [])


def test_folders_that_only_look_similar_are_imported(catalog: Catalog, tmp_path: Path) -> None:
    """Names that merely contain a system's name are a person's own."""
    names = ("@eaDir old", "#happy", "@me", "lost and found", "Thumbs", "trash", "my.git", "Icon", "recycle")
    for number, name in enumerate(names):
        assert not is_left_by_system(name)
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "1.jpg").write_bytes(jpeg(number))
    assert import_path(catalog, tmp_path / "set", mapping=dict.fromkeys(names, "sad")).added == len(names)


def test_hidden_pictures_are_counted(catalog: Catalog, tmp_path: Path) -> None:
    """A person's own hidden folder or picture is left alone, and the summary says so."""
    for number, name in enumerate(("happy/1.jpg", "happy/.2.jpg", ".private/happy/3.jpg", "happy/.note")):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(jpeg(number))
    summary = import_path(catalog, tmp_path / "set")
    assert (summary.added, summary.rejected) == (1, [])
    assert set(summary.notes) == {"1 hidden folder was left alone.", "1 hidden picture was left alone."}


def test_the_content_decides_what_is_a_picture(catalog: Catalog, tmp_path: Path) -> None:
    """Files of any name are imported when they hold a picture; other files are named only inside a class folder."""
    root = tmp_path / "set"
    (root / "happy").mkdir(parents=True)
    (root / "other").mkdir()
    names = ("a.jpg_large", "images", "unnamed", "b.pjpeg", "c.jfif", "d.txt", "e.php", "f.jpg_original", "a")
    for number, name in enumerate(names):
        (root / "happy" / name).write_bytes(jpeg(number))
    for name in ("happy/notes", "other/notes", "other/main.css"):
        (root / name).write_text("no picture")
    (root / "happy" / "raw.nef").write_bytes(b"II*\0 raw")
    (root / "other" / "photo").write_bytes(jpeg(50))

    assert survey(root) == {"happy": len(names), "other": 1}
    summary = import_path(catalog, root)
    assert (summary.added, summary.skipped) == (len(names), {"other": 1})
    reasons = {Path(rejection.name).name: rejection.reason for rejection in summary.rejected}
    assert reasons.keys() == {"notes", "raw.nef"}
    assert "camera's raw file" in reasons["raw.nef"]
    assert import_path(catalog, root, label="sad").offered == len(names) + 3


def test_uploads_of_sidecars_with_their_photos(catalog: Catalog) -> None:
    """A film or sidecar is left out beside its photo; alone it is named, because the user chose it."""
    files = [("a.jpg", jpeg(1)), ("a.MOV", b"film"), ("a.jpg.json", b"{}"), ("b.MOV", b"film"), ("Thumbs.db", b"")]
    summary = import_files(catalog, files, label="sad")
    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (1, ["b.MOV"])


def test_links_that_lead_elsewhere_are_counted(catalog: Catalog, tmp_path: Path) -> None:
    """Links out of the folder, to nothing and to folders are left alone with a sentence each."""
    root, outside = tmp_path / "set" / "happy", tmp_path / "outside"
    outside.mkdir()
    root.mkdir(parents=True)
    for number in range(3):
        (outside / f"{number}.jpg").write_bytes(jpeg(number))
        (root / f"{number}.jpg").symlink_to(outside / f"{number}.jpg")
    (root / "own.jpg").write_bytes(jpeg(7))
    (root / "gone.jpg").symlink_to(outside / "gone.jpg")
    (root / "folder").symlink_to(outside)
    summary = import_path(catalog, tmp_path / "set")
    assert (summary.added, summary.rejected) == (1, [])
    assert set(summary.notes) == {
        "3 links lead out of the folder and were left alone.",
        "1 link leads to a file that is not there.",
        "1 link to another folder was left alone.",
    }


def test_a_hugging_face_cache_is_read_through_its_links(catalog: Catalog, tmp_path: Path) -> None:
    """Links into the blobs of the same data set count, once, from every folder above; others do not."""
    repository = tmp_path / "hub" / "datasets--me--faces"
    (repository / "blobs").mkdir(parents=True)
    revision = repository / "snapshots" / "0123abcd"
    for number, label in enumerate(("happy", "sad")):
        (repository / "blobs" / f"hash{number}").write_bytes(jpeg(number))
        (revision / label).mkdir(parents=True)
        (revision / label / "1.jpg").symlink_to(Path("../../../blobs") / f"hash{number}")
    (tmp_path / "hub" / "secret.jpg").write_bytes(jpeg(9))
    (revision / "sad" / "2.jpg").symlink_to("../../../../secret.jpg")
    for folder in (revision, repository, tmp_path / "hub" / "datasets--me--faces" / "snapshots"):
        assert survey(folder) == {"happy": 1, "sad": 1}
    summary = import_path(catalog, revision)
    assert (summary.added, summary.notes) == (2, ["1 link leads out of the folder and was left alone."])


def test_links_in_an_archive_are_counted(catalog: Catalog, tmp_path: Path) -> None:
    """An archive's links hold a path, which is no picture."""
    link = zipfile.ZipInfo("happy/2.jpg")
    link.external_attr = 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("happy/1.jpg", jpeg(1))
        archive.writestr(link, os.fsencode("../1.jpg"))
    (tmp_path / "set.zip").write_bytes(out.getvalue())
    summary = import_path(catalog, tmp_path / "set.zip")
    assert (summary.added, summary.rejected) == (1, [])
    assert summary.notes == ["1 link in the archive was left alone."]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_rejected_with_that_reason(catalog: Catalog, tmp_path: Path) -> None:
    """It is not called a file that is no picture."""
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "a").write_bytes(jpeg(1))
    (tmp_path / "happy" / "a").chmod(0)
    assert "cannot be opened" in import_path(catalog, tmp_path / "happy").rejected[0].reason
