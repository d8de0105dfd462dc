"""Names in zips that do not say their encoding."""

import io
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest

from emotion_core.collect import import_path, survey, survey_files
from emotion_core.collect.imports.encodings import encoding_name, guess_encoding
from emotion_core.collect.imports.zip_names import read_names
from emotion_core.dataset import Catalog
from emotion_core.errors import CollectError
from emotion_core.settings import Workspace
from tests.collect.unflagged_zip import unflagged_zip as zip_of
from tests.collect.web_server import jpeg


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """An empty catalog."""
    (tmp_path / "workspace").mkdir()
    return Catalog(Workspace(tmp_path / "workspace"))


def unflagged_zip(*names: bytes, extra: bytes = b"") -> bytes:
    """Return a zip of different photos whose names are these bytes, without the flag for UTF-8."""
    return zip_of({name: jpeg(number) for number, name in enumerate(names)}, extra)


def names_of(data: bytes, encoding: str | None = None) -> list[str]:
    """Return the names in a zip."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return read_names(archive, encoding).names


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("gb18030", ("数据/开心/1.jpg", "数据/悲伤/1.jpg")),
        ("gb18030", ("高兴/微信图片_20230101.jpg", "伤心/a.jpg")),
        ("cp932", ("表情/笑顔/1.jpg", "表情/悲しい/1.jpg")),
        ("cp932", ("嬉しい/a.jpg", "ハッピー/b.jpg")),
        ("cp949", ("사진/행복/1.jpg", "사진/슬픔/2.jpg")),
        ("big5", ("新資料夾/開心/a.jpg", "新資料夾/傷心/b.jpg")),
        ("cp866", ("Фото/счастливые/1.jpg", "Фото/грустные/2.jpg")),
        ("cp1251", ("радость/1.jpg", "грусть/2.jpg")),
        ("cp850", ("Fotos/fröhlich/1.jpg", "Fotos/ängstlich/Übung.jpg")),
        ("cp850", ("não/1.jpg", "coração/a.jpg")),
        ("cp437", ("été/joyeux/1.jpg", "été/triste/Noël.jpg")),
        ("cp1252", ("glücklich/Müller.jpg", "triste/niño.jpg")),
        ("cp852", ("szczęśliwy/1.jpg", "smutny/zdjęcie.jpg")),
        ("utf-8", ("开心/1.jpg", "грусть/2.jpg", "été/3.jpg")),
    ],
)
def test_names_are_guessed(encoding: str, names: tuple[str, ...]) -> None:
    """Names of a language in the encoding of its Windows are read right, as UTF-8 ones are."""
    assert names_of(unflagged_zip(*(name.encode(encoding) for name in names))) == list(names)


def test_a_guess_is_told_and_can_be_overruled(catalog: Catalog, tmp_path: Path) -> None:
    """Survey and import name the encoding; a chosen one is used without a note; an unknown one is refused."""
    path = tmp_path / "set.zip"
    names = [f"数据/{kind}/{number}.jpg".encode("gbk") for kind in ("开心", "悲伤") for number in range(2)]
    path.write_bytes(unflagged_zip(*names))
    note = "Names in the archive were read as GBK; choose another encoding if they look wrong."
    guessed = survey(path)
    assert (guessed, guessed.encoding, guessed.notes) == ({"开心": 2, "悲伤": 2}, "gb18030", [note])
    summary = import_path(catalog, path, mapping={"开心": "happy", "悲伤": "sad"})
    assert (summary.added, summary.skipped, summary.notes) == (4, {}, [note])

    chosen = survey_files([("set.zip", path.read_bytes())], encoding="Shift-JIS")
    assert (len(chosen), chosen.encoding, chosen.notes) == (2, "Shift-JIS", [])
    assert "开心" not in chosen
    with pytest.raises(CollectError, match=r"Expected for instance GBK.* Received: encoding='nonsense'"):
        survey(path, encoding="nonsense")


def test_utf8_is_no_guess(catalog: Catalog, tmp_path: Path) -> None:
    """Names of macOS are UTF-8 with decomposed letters; a mapping in composed ones matches them."""
    path = tmp_path / "set.zip"
    kinds = [unicodedata.normalize("NFD", kind) for kind in ("fröhlich", "traurig")]
    path.write_bytes(unflagged_zip(*(f"Fotos/{kind}/1.jpg".encode() for kind in kinds)))
    summary = import_path(catalog, path, mapping={"fröhlich": "happy", "traurig": "sad"})
    assert (summary.added, summary.notes, survey(path)) == (2, [], {"fröhlich": 1, "traurig": 1})


def test_the_unicode_path_field_says_the_name() -> None:
    """Info-ZIP's field wins over the header's name while its checksum fits; afterward it is of an older name."""
    name, true_name = b"fr\x94hlich?/1.jpg", "fröhlich☺/1.jpg"
    content = b"\1" + struct.pack("<L", zlib.crc32(name)) + true_name.encode()
    extra = struct.pack("<HH", 0x7075, len(content)) + content
    assert names_of(unflagged_zip(name, extra=extra)) == [true_name]
    assert names_of(unflagged_zip(b"renamed/1.jpg", extra=extra)) == ["renamed/1.jpg"]
    other = struct.pack("<HH", 0x7075, 1) + b"\1" + struct.pack("<HH", 0x5455, 0)
    assert names_of(unflagged_zip(b"happy/1.jpg", extra=other)) == ["happy/1.jpg"]


def test_backslashes_separate_folders() -> None:
    """Also after a character whose second byte is a backslash in Shift-JIS."""
    assert names_of(unflagged_zip(b"data\\Happy\\1.jpg")) == ["data/Happy/1.jpg"]
    assert names_of(unflagged_zip("表\\嬉しい\\1.jpg".encode("cp932"))) == ["表/嬉しい/1.jpg"]


def test_mixed_names_follow_the_majority() -> None:
    """One name in another encoding, added later by Windows, does not spoil those in UTF-8, nor the reverse."""
    mostly_utf8 = unflagged_zip("грусть/1.jpg".encode(), "радость/2.jpg".encode(), "радость/3.jpg".encode("cp866"))
    assert names_of(mostly_utf8) == ["грусть/1.jpg", "радость/2.jpg", "радость/3.jpg"]


def test_any_bytes_are_some_name() -> None:
    """Bytes that fit no encoding are replaced, and a guess of nothing is the standard's."""
    assert names_of(unflagged_zip(b"happy/\xff\xfe\x81\x00\xff.jpg"))[0].startswith("happy/")
    assert names_of(unflagged_zip(b"happy/\xff.jpg"), "utf-8") == ["happy/\ufffd.jpg"]
    assert encoding_name(guess_encoding([])) == "CP437"


def test_a_mapped_name_that_no_class_has_is_told(catalog: Catalog, tmp_path: Path) -> None:
    """The note names the classes that there are, also where nothing could be imported; a number counts as a name."""
    for number, name in enumerate(("happy/1.jpg", "smile/2.jpg", "frown/3.jpg")):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(jpeg(number))
    summary = import_path(catalog, tmp_path / "set", mapping={"smiles": "happy", "FROWN": "sad"}, limit=2)
    assert summary.notes == ["No class is called 'smiles'. The classes are: frown, happy, smile."]
    with pytest.raises(CollectError, match=r"No class is called 'smiles'\. The classes are: frown\."):
        import_path(catalog, tmp_path / "set" / "frown", mapping={"smiles": "happy"})


@pytest.mark.parametrize("encoding", ["idna", "punycode", "undefined", "hex", "rot13"])
def test_codecs_that_read_no_names_are_refused(encoding: str) -> None:
    """A codec that is no encoding of texts is a sentence, before the archive is read."""
    with pytest.raises(CollectError, match="encoding is unknown"):
        survey_files([("a.zip", b"PK\x05\x06")], None, encoding)
