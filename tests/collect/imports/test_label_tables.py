"""Tables of files and their labels: beside a folder, in a folder, in a zip, among uploads."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from emotion_core.collect import import_files, import_path, survey, survey_files
from emotion_core.collect.imports import tables
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError
from emotion_core.settings import Workspace
from tests.collect.web_server import jpeg


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


def write(root: Path, table: str, *names: str) -> Path:
    """Write a table and a different photo under each name, and return the table's path."""
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(jpeg(number))
    root.mkdir(exist_ok=True)
    (root / "labels.csv").write_text(table, encoding="utf8")
    return root / "labels.csv"


def labels(catalog: Catalog) -> dict[str, str]:
    """Return each photo's label by its name."""
    return {photo.name: photo.label for photo in catalog.photos()}


@pytest.mark.parametrize(
    "header",
    ["name,label", "File,Class", "id;filename;emotion", "path\tcategory", "\ufeff image , LABEL ", "file_name,emotion"],
)
def test_columns_may_have_any_usual_name(catalog: Catalog, tmp_path: Path, header: str) -> None:
    """File and label columns are recognized by their usual names, in any case and with any delimiter."""
    delimiter = next((mark for mark in ";\t" if mark in header), ",")
    rows = [["a.jpg", " Happy"], ["b.jpg", "sad"]]
    extra = ["7"] if header.startswith("id") else []
    text = "\n".join([header, *(delimiter.join([*extra, *row]) for row in rows), ""])
    assert import_path(catalog, write(tmp_path / "set", text, "a.jpg", "b.jpg", "c.jpg")).added == 2
    assert labels(catalog) == {"a.jpg": "happy", "b.jpg": "sad"}


def test_files_are_beside_the_table_or_in_the_only_folder_beside_it(catalog: Catalog, tmp_path: Path) -> None:
    """Names are relative to the table, or to the only folder beside it; of two folders neither is guessed."""
    table = write(tmp_path / "one", "name,label\na.jpg,happy\nphotos/b.jpg,sad\n", "photos/a.jpg", "photos/b.jpg")
    assert import_path(catalog, table).added == 2
    assert labels(catalog) == {"photos/a.jpg": "happy", "photos/b.jpg": "sad"}
    table = write(tmp_path / "two", "name,label\na.jpg,happy\nx\\b.jpg,sad\n", "x/a.jpg", "x/b.jpg", "y/a.jpg")
    summary = import_path(catalog, table)
    assert (summary.added + summary.duplicates, [rejection.name for rejection in summary.rejected]) == (1, ["a.jpg"])


def test_rows_that_cannot_be_used_are_named(catalog: Catalog, tmp_path: Path) -> None:
    """A missing file, a row without a class and malformed CSV are rejected; other classes are skipped."""
    text = f"name,label\n\ngone.jpg,sad\na.jpg\n,happy\n{'x' * 140_000},sad\nb.jpg,angry\ngone.png,angry\na.jpg,sad\n"
    summary = import_path(catalog, write(tmp_path / "set", text, "a.jpg", "b.jpg"))

    assert (summary.added, summary.skipped) == (1, {"angry": 2})
    reasons = {rejection.name: rejection.reason for rejection in summary.rejected}
    assert list(reasons) == ["gone.jpg", *(f"labels.csv row {number}" for number in (3, 4, 5))]
    assert "names a file that is not there. Received: 'gone.jpg', labels.csv row 2" in reasons["gone.jpg"]
    assert "Received: 'a.jpg', ''" in reasons["labels.csv row 3"]


def test_no_row_leads_out_of_the_tables_folder(catalog: Catalog, tmp_path: Path) -> None:
    """Paths upwards, absolute paths and links out of the folder are refused, even if the file exists."""
    write(tmp_path, "", "secret.jpg")
    outside = tmp_path / "secret.jpg"
    rows = ["../secret.jpg", "x/../../secret.jpg", str(outside), "..\\secret.jpg", "link.jpg", "folder/secret.jpg"]
    table = write(tmp_path / "set", "\n".join(["name,label", *(f"{row},sad" for row in rows)]), "ok.jpg")
    (table.parent / "link.jpg").symlink_to(outside)
    (table.parent / "folder").symlink_to(tmp_path)
    summary = import_path(catalog, table, mapping={"x": "sad"})
    assert (summary.added, len(summary.rejected)) == (0, len(rows))


@pytest.mark.parametrize("container", ["folder", "zip", "uploads"])
def test_a_table_labels_the_files_beside_it(catalog: Catalog, tmp_path: Path, container: str) -> None:
    """In a folder, a zip and among uploads a table wins over folders; files that it does not name use their folder."""
    table = write(
        tmp_path / "set", "name,label\nsad/a.jpg,happy\nb.jpg,grin\nc.jpg,no\n", "sad/a.jpg", "b.jpg", "c.jpg"
    )
    (table.parent / "sad" / "d.jpg").write_bytes(jpeg(7))
    (table.parent / "notes.csv").write_text("a,b\n1,2\n")
    files = [path for path in sorted(table.parent.rglob("*")) if path.is_file() and path.name != "notes.csv"]
    uploads = [(path.relative_to(table.parent).as_posix(), path.read_bytes()) for path in files]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in uploads:
            archive.writestr(f"top/{name}", data)
    (tmp_path / "set.zip").write_bytes(packed.getvalue())

    classes = {"happy": 1, "grin": 1, "no": 1, "sad": 1}
    if container == "uploads":
        assert survey_files(uploads) == classes
        summary = import_files(catalog, uploads, mapping={"Grin": "happy"})
    else:
        path = table.parent if container == "folder" else tmp_path / "set.zip"
        assert survey(path) == classes
        summary = import_path(catalog, path, mapping={"Grin": "happy"})
    assert (summary.added, summary.skipped, summary.rejected) == (3, {"no": 1}, [])
    assert {Path(name).name: label for name, label in labels(catalog).items()} == {
        "a.jpg": "happy",
        "b.jpg": "happy",
        "d.jpg": "sad",
    }


def test_a_label_for_all_overrides_a_table_in_a_folder_only(catalog: Catalog, tmp_path: Path) -> None:
    """A folder's table is ignored then; uploads keep the labels of their table, and the label is for the others."""
    table = write(tmp_path / "set", "name,label\na.jpg,happy\n", "a.jpg", "b.jpg")
    assert import_path(catalog, table.parent, label="sad").added == 2
    assert set(labels(catalog).values()) == {"sad"}
    uploads = [("labels.csv", table.read_bytes()), ("a.jpg", jpeg(8)), ("b.jpg", jpeg(9))]
    assert import_files(catalog, uploads, label="sad").added == 2
    assert {name: label for name, label in labels(catalog).items() if "/" not in name} == {
        "a.jpg": "happy",
        "b.jpg": "sad",
    }
    with pytest.raises(CollectError, match="Expected no label"):
        import_path(catalog, table, label="sad")


def test_uploads_of_the_same_name_are_all_accounted_for(catalog: Catalog) -> None:
    """Of two files with a name in the table, one is labeled and the other is rejected, not lost."""
    summary = import_files(catalog, [("a.jpg", jpeg(1)), ("a.jpg", jpeg(2)), ("t.csv", b"name,label\na.jpg,sad\n")])
    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (1, ["a.jpg"])


def test_a_table_of_pixels_counts_inside_a_zip_too(catalog: Catalog, tmp_path: Path) -> None:
    """The rows of a pixel table in a zip are photos, and a survey counts its emotions."""
    grey = " ".join(str(value % 256) for value in range(48 * 48))
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("x/fer2013.csv", f"emotion,pixels\n3,{grey}\n5,{grey[2:]} 7\n6,{grey}\n")
    assert survey(tmp_path / "set.zip") == {"happy": 1, "surprise": 1, "neutral": 1}
    summary = import_path(catalog, tmp_path / "set.zip", mapping={"surprise": "happy"})
    assert (summary.added, summary.skipped) == (2, {"neutral": 1})
    assert "x/fer2013.csv row 2" in labels(catalog)


@pytest.mark.usefixtures("reads_here")
def test_too_long_and_empty_tables_are_refused(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table has at most MAX_ROWS rows, and needs a label column."""
    table = write(tmp_path / "set", "name,label\na.jpg,happy\na.jpg,happy\n", "a.jpg")
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    assert import_path(catalog, table).duplicates == 1
    monkeypatch.setattr(tables, "MAX_ROWS", 1)
    with pytest.raises(CollectError, match="table is too long"):
        import_path(catalog, table)
    table.write_text("")
    with pytest.raises(CollectError, match="Expected CSV with a column name"):
        import_path(catalog, table)


EXCEL = "name;label\r\nMüller.jpg;happy\r\nZoë.jpg;sad\r\n"


@pytest.mark.parametrize(
    "data",
    [
        EXCEL.encode(),
        EXCEL.encode("utf-8-sig"),
        EXCEL.encode("cp1252"),
        EXCEL.encode("cp850"),
        ("sep=;\r\n" + EXCEL).encode("utf-8-sig"),
        ("sep=;\r\n" + EXCEL).encode("cp1252"),
        EXCEL.replace(";", "\t").encode("utf-16"),
        EXCEL.encode("utf-16-le"),
        EXCEL.encode("utf-16-be"),
        EXCEL.replace(";", "|").encode(),
        EXCEL.replace("\r\n", "\r").encode(),
        EXCEL.replace("label\r\n", "label;score\r\n")
        .replace("happy", "Happy ;0,87")
        .replace("sad", "SAD;1,5")
        .encode(),
        "\r\n".join(f'"{line}"' for line in EXCEL.replace(";", ",").splitlines()).encode(),
        "Müller.jpg,happy\nZoë.jpg,sad\n".encode(),
        "id,Photo,Mood\n1,Müller.jpg,happy\n2,Zoë.jpg,sad\n".encode(),
        "Image Name,class_id,Emotion\nMüller.jpg,7,happy\nZoë.jpg,8,sad\n".encode(),
        "image_id,label\nMüller,happy\nZoë,sad\n".encode(),
        "path,label\nC:\\Users\\me\\Müller.jpg,happy\n/content/drive/MyDrive/fotos/Zoë.jpg,sad\n".encode(),
        "path,label\n../fotos/Müller.jpg,happy\nFotos/ZOË.JPG,sad\n".encode(),
    ],
)
def test_tables_as_programs_write_them(catalog: Catalog, tmp_path: Path, data: bytes) -> None:
    """Encodings, delimiters, headers and paths of spreadsheets, notebooks and other machines are understood."""
    table = write(tmp_path / "set", "", "fotos/Müller.jpg", "fotos/Zoë.jpg")
    table.write_bytes(data)
    (tmp_path / "set" / "other").mkdir()
    (tmp_path / "set" / "other" / "x.jpg").write_bytes(jpeg(9))
    assert survey(table) == {"happy": 1, "sad": 1}
    summary = import_path(catalog, table)
    assert (summary.added, summary.rejected) == (2, [])
    assert labels(catalog) == {"fotos/Müller.jpg": "happy", "fotos/Zoë.jpg": "sad"}


def test_the_encoding_of_a_table_can_be_chosen(catalog: Catalog, tmp_path: Path) -> None:
    """A short Czech table reads as another language until its encoding is given."""
    table = write(tmp_path / "set", "", "Příliš.jpg")
    table.write_bytes("name,label\nPříliš.jpg,sad\n".encode("cp1250"))
    assert import_path(catalog, table, encoding="cp1250").added == 1


def test_names_in_several_folders_are_told(catalog: Catalog, tmp_path: Path) -> None:
    """A name that several files have is ambiguous, unless its folders or the split of its table decide."""
    photos = ("train/1.jpg", "test/1.jpg", "a/x/2.jpg", "b/x/2.jpg", "c/3.jpg")
    table = write(tmp_path / "set", "", *photos)
    table.write_text(
        "file,label,split\n1.jpg,happy,train\n1.jpg,sad,test\nx/2.jpg,sad,\nb/x/2.jpg,sad,\nz/3.jpg,sad,\n"
    )
    summary = import_path(catalog, table)
    assert labels(catalog) == {"train/1.jpg": "happy", "test/1.jpg": "sad", "b/x/2.jpg": "sad", "c/3.jpg": "sad"}
    assert [rejection.name for rejection in summary.rejected] == ["x/2.jpg"]
    assert "Several files have this name: a/x/2.jpg, b/x/2.jpg." in summary.rejected[0].reason


def test_files_in_several_tables_count_once(catalog: Catalog, tmp_path: Path) -> None:
    """The first table counts, and a second one that says otherwise is mentioned."""
    table = write(tmp_path / "set", "name,label\na.jpg,happy\nb.jpg,sad\n", "a.jpg", "b.jpg")
    (table.parent / "more.csv").write_text("name,label\na.jpg,happy\nb.jpg,happy\n")
    assert survey(table.parent) == {"happy": 1, "sad": 1}
    summary = import_path(catalog, table.parent)
    assert (summary.added, summary.duplicates) == (2, 0)
    assert summary.notes == ["'set/labels.csv' and 'set/more.csv' disagree on 1 photo; the first counts."]


@pytest.mark.usefixtures("reads_here")
def test_a_long_table_ends_no_import(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder it is among the rejected, and the other photos are imported."""
    table = write(tmp_path / "set", "name,label\na.jpg,happy\nb.jpg,sad\n", "a.jpg", "b.jpg", "sad/c.jpg")
    monkeypatch.setattr(tables, "MAX_ROWS", 1)
    summary = import_path(catalog, table.parent)
    assert (summary.added, [rejection.name for rejection in summary.rejected]) == (1, ["set/labels.csv"])


def test_classes_as_numbers_are_listed(catalog: Catalog, tmp_path: Path) -> None:
    """Numbers of no known data set are mapped by the user, whatever decimals a spreadsheet gave them."""
    table = write(tmp_path / "set", "name,label\na.jpg,1.0\nb.jpg,0\n", "a.jpg", "b.jpg")
    assert survey(table) == {"1": 1, "0": 1}
    assert import_path(catalog, table, mapping={"1": "happy"}).added == 1


@pytest.mark.parametrize("text", ["name,label\n" + "x" * 6_000_000, "x" * 6_000_000, '{"name": "' + "x" * 6_000_000])
def test_a_line_without_end_is_no_table(catalog: Catalog, tmp_path: Path, text: str) -> None:
    """It is cut, not held in memory; the photos beside it are imported."""
    write(tmp_path / "set", text, "sad/a.jpg")
    (tmp_path / "set" / "list.jsonl").write_text(text)
    tracemalloc.start()
    try:
        assert survey(tmp_path / "set")["sad"] == 1
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 4 * len(text)
    assert import_path(catalog, tmp_path / "set").added == 1
