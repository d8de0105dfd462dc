"""Tables and folders of known data sets of faces, as their authors and Kaggle hand them out."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from emotion_core.collect import import_files, import_path, survey
from emotion_core.collect.imports.layouts import NO_MAJORITY, winner
from emotion_core.dataset import Catalog
from emotion_core.settings import Workspace
from tests.collect.web_server import jpeg


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


def write(root: Path, *photos: str, **tables: str) -> Path:
    """Write different photos, and tables by name with ``__`` for folders and ``_csv`` for suffixes."""
    for number, name in enumerate(photos):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(jpeg(number))
    for name, text in tables.items():
        path = root / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def labels(catalog: Catalog) -> dict[str, str]:
    """Return each photo's label by the last part of its name."""
    return {photo.name.rpartition("/")[2]: photo.label for photo in catalog.photos()}


def pixels(seed: int, separator: str = " ") -> str:
    """Return the pixels of a row."""
    return separator.join(str(number * seed % 256) for number in range(48 * 48))


@pytest.mark.parametrize("mapping", [{}, {"4": "happy", "5": "sad"}])
def test_raf_db_of_kaggle(catalog: Catalog, tmp_path: Path, mapping: Mapping[str, str]) -> None:
    """Two tables name files two folders down; 4 is happiness and 5 sadness; the tables are the split."""
    rows: dict[str, list[str]] = {"train": ["image,label"], "test": ["image,label"]}
    photos = []
    for number, (part, code) in enumerate((part, code) for part in rows for code in "1234567"):
        name = f"{part}_{number:05d}_aligned.jpg"
        photos.append(f"DATASET/{part}/{code}/{name}")
        rows[part].append(f"{name},{code}")
    root = write(
        tmp_path / "raf", *photos, train_labels_csv="\n".join(rows["train"]), test_labels_csv="\n".join(rows["test"])
    )
    summary = import_path(catalog, root, mapping=mapping)
    assert (summary.added, summary.rejected, summary.splits) == (4, [], {"train": 2, "test": 2})
    assert summary.skipped == dict.fromkeys(("surprise", "fear", "disgust", "angry", "neutral"), 2)
    assert summary.notes == [
        "Classes were read as those of RAF-DB: 4 is happy, 5 is sad.",
        "This data brings its own split: 2 train, 2 test. Configure offers it.",
    ]
    # The names and folders say the same where the tables are missing.
    assert survey(root / "DATASET") == survey(root)


def test_raf_db_of_its_authors(catalog: Catalog, tmp_path: Path) -> None:
    """The list without a header names the originals; the aligned copies are found by their names."""
    rows = ["train_00001.jpg 5", "train_00002.jpg 4", "test_0001.jpg 4", "test_0002.jpg 1"]
    photos = [f"Image/aligned/{row.split('.')[0]}_aligned.jpg" for row in rows]
    root = write(tmp_path / "basic", *photos, EmoLabel__list_patition_label_txt="\n".join(rows))
    summary = import_path(catalog, root)
    assert (summary.added, summary.skipped, summary.rejected) == (3, {"surprise": 1}, [])
    assert labels(catalog) == {
        "train_00001_aligned.jpg": "sad",
        "train_00002_aligned.jpg": "happy",
        "test_0001_aligned.jpg": "happy",
    }
    assert summary.splits == {"train": 2, "test": 1}


def test_affectnet_of_kaggle(catalog: Catalog, tmp_path: Path) -> None:
    """The table's labels count where they differ from the folder's."""
    rows = [",pth,label,relFCs", "0,happy/1.png,happy,0.87", "1,happy/2.png,neutral,0.5", "2,sad/3.png,happy,0.9"]
    root = write(tmp_path / "affectnet", "happy/1.png", "happy/2.png", "sad/3.png", labels_csv="\n".join(rows))
    summary = import_path(catalog, root)
    assert (labels(catalog), summary.skipped) == ({"1.png": "happy", "3.png": "happy"}, {"neutral": 1})


def test_affectnet_of_its_authors(catalog: Catalog, tmp_path: Path) -> None:
    """Numbers of its own order, paths below another folder, and one list for each part of the split."""
    header = "subDirectory_filePath,face_x,facial_landmarks,expression,valence,arousal"
    lists = {
        f"Manually_Annotated_file_lists__{name}_csv": "\n".join([header, *rows])
        for name, rows in {
            "training": ["1/a.jpg,1,1.5;2,1,.5,.1", "1/b.jpg,1,1;2,2,.5,.1", "1/c.jpg,1,1;2,10,-2,-2"],
            "validation": ["2/a.jpg,1,1;2,1,.5,.1"],
        }.items()
    }
    photos = [f"Manually_Annotated/Manually_Annotated_Images/{name}.jpg" for name in ("1/a", "1/b", "1/c", "2/a")]
    summary = import_path(catalog, write(tmp_path / "affectnet", *photos, **lists))
    assert (summary.added, summary.skipped, summary.rejected) == (3, {"no face": 1}, [])
    assert summary.splits == {"train": 2, "validation": 1}
    assert "Classes were read as those of AffectNet: 1 is happy, 2 is sad." in summary.notes


def test_arrays_of_affectnet_are_not_understood(catalog: Catalog, tmp_path: Path) -> None:
    """Annotations as NumPy arrays are mentioned once for each folder, as are spreadsheets and other JSON labels."""
    root = write(
        tmp_path / "set", "happy/0.jpg", val_set__annotations__0_exp_npy="x", val_set__annotations__1_exp_npy="x"
    )
    write(root, labels_xlsx="x", annotations_json="{}", measures_csv="epoch,loss\n1,0.5\n")
    notes = import_path(catalog, root).notes
    assert len(notes) == 4
    for name, reason in (
        ("0_exp.npy", "it is in a format that is not read"),
        ("labels.xlsx", "it is a spreadsheet; save it as CSV"),
        ("annotations.json", "it is in a format that is not read"),
        ("measures.csv", "no column names the files"),
    ):
        assert any(name in note and f"was not used: {reason}." in note for note in notes)


def test_ck_plus_of_its_authors(catalog: Catalog, tmp_path: Path) -> None:
    """Texts with the numbers of CK+ label the last frame of their film."""
    frames = [
        f"cohn-kanade-images/S{film:03d}/001/S{film:03d}_001_{frame:08d}.png" for film in (5, 6) for frame in (1, 2)
    ]
    texts = {
        f"Emotion__S{film:03d}__001__S{film:03d}_001_00000002_emotion_txt": f"   {code}.0000000e+00\n"
        for film, code in ((5, 5), (6, 6))
    }
    summary = import_path(catalog, write(tmp_path / "ck", *frames, **texts))
    assert labels(catalog) == {"S005_001_00000002.png": "happy", "S006_001_00000002.png": "sad"}
    assert (summary.skipped, summary.notes[0]) == (
        {"001": 2},
        "Classes were read as those of CK+: 5 is happy, 6 is sad. Only the last frame of a film has a label.",
    )


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (
            f"emotion, Usage, pixels\n3,Training,{pixels(5)}\n4,PrivateTest,{pixels(6)}\n0,PublicTest,{pixels(7)}",
            (1, 1),
        ),
        (f"emotion,pixels,Usage\n3,{pixels(5)},Training\n4,{pixels(6)},Training\n7,{pixels(7)},Training", (1, 1)),
        (f"emotion,pixels\nhappy,{pixels(5)}\nSad,{pixels(6)}\nAngry,{pixels(7)}", (1, 1)),
        (f'emotion,pixels\n3,"[{pixels(5, ", ")}]"\n4.0,"[{pixels(6)}]"', (1, 1)),
        (f"sep=;\nemotion;pixels\n3;{pixels(5)}\n3;{pixels(6)}", (2, 0)),
        (f"label,pixels\n3,{' '.join(str(float(v) / 256) for v in pixels(5).split())}", (1, 0)),
    ],
)
def test_tables_of_pixels(catalog: Catalog, tmp_path: Path, text: str, counts: tuple[int, int]) -> None:
    """Kaggle's copies of fer2013 and CK+: other columns, names for numbers, and lists for pixels."""
    (tmp_path / "faces.csv").write_text(text)
    summary = import_path(catalog, tmp_path / "faces.csv")
    assert summary.rejected == []
    assert tuple(catalog.usable_counts().values()) == counts
    values = np.asarray(catalog.read(catalog.photos()[0]))
    assert abs(int(values[1, 4, 0]) - 52 * 5 % 256) <= 1


def test_the_usage_of_fer2013_is_its_split(catalog: Catalog, tmp_path: Path) -> None:
    """Training, PublicTest and PrivateTest are training, validation and test, in the catalog too."""
    usages = ("Training", "Training", "PublicTest", "PrivateTest", "other")
    rows = [f"3,{pixels(number)},{usage}" for number, usage in enumerate(usages, 3)]
    (tmp_path / "fer2013.csv").write_text("\n".join(["emotion,pixels,Usage", *rows]))
    summary = import_path(catalog, tmp_path / "fer2013.csv")
    assert summary.splits == {"train": 2, "validation": 1, "test": 1}
    assert summary.notes == ["This data brings its own split: 2 train, 1 validation, 1 test. Configure offers it."]
    assert [photo.split for photo in catalog.photos()] == ["train", "train", "validation", "test", None]


def test_folders_of_a_split(catalog: Catalog, tmp_path: Path) -> None:
    """Folders called train, validation and test above or below the class are the split, not the class."""
    photos = ("train/happy/1.jpg", "training_set/sad/2.jpg", "val/happy/3.jpg", "sad/test/4.jpg", "happy/5.jpg")
    summary = import_path(catalog, write(tmp_path / "set", *photos))
    assert (summary.added, summary.splits) == (5, {"train": 2, "validation": 1, "test": 1})
    assert import_path(catalog, write(tmp_path / "other", "train/happy/6.jpg")).notes == []


def test_votes_of_fer_plus_on_files(catalog: Catalog, tmp_path: Path) -> None:
    """Most votes count as its authors count them; ties, unknown and not a face are skipped by name."""
    header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    votes = ("0,9,0,0,1,0,0,0,0,0", "1,0,0,8,1,0,0,0,0,0", "5,5,0,0,0,0,0,0,0,0", "0,0,0,0,0,0,0,0,9,1")
    rows = [f"Training,fer000000{number}.png,{vote}" for number, vote in enumerate(votes)]
    photos = [f"FER2013Train/fer000000{number}.png" for number in range(4)]
    root = write(
        tmp_path / "ferplus", *photos, fer2013new_csv="\n".join([header, *rows, "Training,,0,0,0,0,0,0,0,0,0,10"])
    )
    summary = import_path(catalog, root)
    assert labels(catalog) == {"fer0000000.png": "happy", "fer0000001.png": "sad"}
    assert (summary.skipped, summary.rejected) == ({NO_MAJORITY: 1, "unknown": 1, "not a face": 1}, [])
    assert summary.splits == {"train": 2}


def test_lists_of_fer_plus(catalog: Catalog, tmp_path: Path) -> None:
    """Its label.csv has no header, and a box before the votes."""
    rows = [
        'fer0000000.png,"(0, 0, 48, 48)",0,9,0,0,1,0,0,0,0,0',
        'fer0000001.png,"(0, 0, 48, 48)",0,0,0,10,0,0,0,0,0,0',
    ]
    root = write(
        tmp_path / "data",
        "FER2013Valid/fer0000000.png",
        "FER2013Valid/fer0000001.png",
        FER2013Valid__label_csv="\n".join(rows),
    )
    assert import_path(catalog, root).splits == {"validation": 2}
    assert labels(catalog) == {"fer0000000.png": "happy", "fer0000001.png": "sad"}


def test_votes_of_fer_plus_on_rows(catalog: Catalog, tmp_path: Path) -> None:
    """Beside fer2013's table its rows are voted on in order, as FER+ is published."""
    header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    votes = "\n".join([header, "Training,fer0000000.png,0,9,0,0,1,0,0,0,0,0", "Training,,0,0,0,0,0,0,0,0,0,10"])
    root = write(
        tmp_path / "set",
        fer2013_csv=f"emotion,pixels,Usage\n0,{pixels(5)},Training\n3,{pixels(6)},Training\n",
        fer2013new_csv=votes,
    )
    assert survey(root) == {"happy": 1, "not a face": 1}
    summary = import_path(catalog, root)
    assert (summary.added, summary.skipped, summary.rejected) == (1, {"not a face": 1}, [])
    assert "has most votes for" in summary.notes[0]


@pytest.mark.parametrize(
    ("votes", "has_judges", "kind"),
    [
        ({"happy": 6, "sad": 4}, True, "happy"),
        ({"happy": 5, "sad": 5}, True, NO_MAJORITY),
        ({"happy": 4, "sad": 3, "fear": 2, "neutral": 1}, True, NO_MAJORITY),
        ({"happy": 4, "sad": 2, "fear": 1, "neutral": 1, "angry": 1, "disgust": 1}, True, "happy"),
        ({"happy": 1, "sad": 1}, True, NO_MAJORITY),
        ({"happy": 0, "sad": 0}, False, NO_MAJORITY),
        ({"happy": 0, "sad": 1}, False, "sad"),
    ],
)
def test_the_winner_of_a_vote(votes: dict[str, float], has_judges: bool, kind: str) -> None:
    """Single votes of judges do not count, and more than half of the others win; of marks the only highest wins."""
    assert winner(list(votes.items()), has_judges=has_judges) == kind


def test_one_column_for_each_class(catalog: Catalog, tmp_path: Path) -> None:
    """A table of marks, as Roboflow writes it, is understood; one of attributes such as Smiling is not."""
    text = "filename, anger, happy, sad\na.jpg, 0, 1, 0\nb.jpg, 0, 0, 1\nc.jpg, 1, 0, 0\n"
    root = write(tmp_path / "set", "train/a.jpg", "train/b.jpg", "train/c.jpg", train___classes_csv=text)
    summary = import_path(catalog, root)
    assert (labels(catalog), summary.skipped) == ({"a.jpg": "happy", "b.jpg": "sad"}, {"angry": 1})
    celeba = write(tmp_path / "celeba", "happy/1.jpg", list_attr_celeba_csv="image_id,Smiling,Young\n1.jpg,1,-1\n")
    assert "no column names the classes" in import_path(catalog, celeba).notes[0]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_metadata_of_an_image_folder(catalog: Catalog, tmp_path: Path, form: str) -> None:
    """Hugging Face keeps one table in each folder of the split, with names relative to it."""
    rows = [{"file_name": "a.jpg", "label": "happy"}, {"file_name": "deep/b.jpg", "label": "sad"}]
    lines = (
        [",".join(row.values()) for row in rows]
        if form == "csv"
        else [json.dumps({"text": ["x"], **row}) for row in rows]
    )
    text = "\n".join(["file_name,label", *lines] if form == "csv" else lines)
    photos = [f"{part}/{row['file_name']}" for part in ("train", "test") for row in rows]
    tables = {f"{part}__metadata_{form}": text for part in ("train", "test")}
    summary = import_path(catalog, write(tmp_path / "set", *photos, **tables))
    assert (summary.added, summary.rejected, summary.splits) == (4, [], {"train": 2, "test": 2})
    table = tmp_path / "set" / "train" / f"metadata.{form}"
    assert import_path(catalog, table).duplicates == 2


def test_uploads_of_a_data_set(catalog: Catalog) -> None:
    """An uploaded list without a header labels the uploaded photos."""
    files = [("a.jpg", jpeg(1)), ("b.jpg", jpeg(2)), ("labels.txt", b"a.jpg happy\nb.jpg sad\n")]
    assert import_files(catalog, files).added == 2
    assert labels(catalog) == {"a.jpg": "happy", "b.jpg": "sad"}
