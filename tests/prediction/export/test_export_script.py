"""The exported script, in an environment that holds nothing but what it asks for, says what the app says."""

import importlib.util
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from benchmarks.decoding import profile
from emotion_core import images
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import face_box, to_pixels
from emotion_core.files import write_json
from emotion_core.images import InputSpec
from emotion_core.prediction import Classifier, export_run, export_starter
from emotion_core.prediction.export.bundle import SCRIPTS
from emotion_core.settings import Workspace
from emotion_core.training import Run

pytestmark = pytest.mark.slow

ANSWER = re.compile(r"(.+): P\(sad\) = ([\d.]+), (looks happy|looks sad|not sure)( \(.*\))?")
FACES = {"face_crop": True, "color": "rgb", "interpolation": "area", "face_margin": 0.1}


def portrait(width: int = 300) -> Image.Image:
    """Return a drawn person, the face not in the middle."""
    person = Image.open(io.BytesIO(photo_bytes("sad", 3))).convert("RGB")
    scene = Image.new("RGB", (width * 2, width), (90, 140, 80))
    scene.paste(ImageOps.contain(person, (width // 2, width // 2)), (width // 3, width // 8))
    return scene


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return photos as people have them: turned, transparent, of few colours, grey, deep, large, without a face."""
    folder = tmp_path_factory.mktemp("photos")
    face, tags = portrait(), Image.Exif()
    tags[ExifTags.Base.Orientation] = 6
    turned = face.transpose(Image.Transpose.ROTATE_90)
    see_through = face.convert("RGBA")
    see_through.putalpha(Image.linear_gradient("L").resize(face.size))
    deep = Image.fromarray(np.maximum(np.asarray(face.convert("L"), dtype=np.uint16), 1) * 257 - 60)
    face.save(folder / "plain.jpg", quality=90)
    turned.save(folder / "turned.jpg", exif=tags)
    turned.save(folder / "on its side.png")
    face.rotate(180).resize((90, 45)).save(folder / "small, upside down.png")
    see_through.save(folder / "see-through.png")
    see_through.quantize(64).save(folder / "palette.png")
    face.convert("L").save(folder / "grey.jpg")
    deep.save(folder / "deep.png")
    Image.fromarray((np.asarray(deep) // 16).astype(np.uint16)).save(folder / "twelve bits.tif")
    face.save(folder / "wide gamut.jpg", quality=90, icc_profile=profile("p3"))
    see_through.save(folder / "wide gamut.png", icc_profile=profile("adobe"))
    face.convert("L").save(folder / "gray profile.png", icc_profile=profile("gray"))
    portrait(2100).save(folder / "large.jpg")  # read at half its size, then shrunk
    portrait(1300).save(folder / "large.webp")
    Image.effect_noise((120, 90), 80).convert("RGB").save(folder / "no face.bmp")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def seeing_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the widest export that there is, without a network in it."""
    folder = tmp_path_factory.mktemp("seeing")
    write_json(folder / "answers.json", {"needs_face": True})
    write_json(folder / "settings.json", {})
    export_starter(folder / "exported", folder)
    return folder / "exported"


@pytest.fixture(scope="module")
def clean_python(seeing_faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that holds what the export's requirements.txt asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=300)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install = [python, "-m", "pip", "install", "-q", "-r", seeing_faces / "requirements.txt"]
    subprocess.run(install, check=True, timeout=300, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    return python


def printed(python: Path, folder: Path, photos: list[Path]) -> list[str]:
    """Return the lines that the folder's script prints, far from this project."""
    lonely = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "EMOTION"))}
    command = [python, folder / "predict.py", *photos]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder.parent, env=lonely)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.splitlines()


def check_same_answers(lines: list[str], classifier: Classifier, photos: list[Path]) -> None:
    """Check that each line holds the classifier's prediction for its photo."""
    assert len(lines) == len(photos)
    for line, photo in zip(lines, photos, strict=True):
        answer = classifier.answer(str(photo), images.read(photo).image)
        if answer.p_sad is None:
            assert line == f"{photo}: {answer.words}"
            continue
        match = ANSWER.fullmatch(line)
        assert match is not None and match[1] == str(photo), line
        assert float(match[2]) == pytest.approx(answer.p_sad, abs=1e-5), photo.name
        assert match[3] == answer.words


def test_script_says_what_the_app_says(
    studied: Workspace, finished: Run, clean_python: Path, photos: list[Path], tmp_path: Path
) -> None:
    """With nothing of this project at hand, each kind of picture gets the app's P(sad) and words."""
    export_run(studied, finished, tmp_path / "exported")
    check_same_answers(printed(clean_python, tmp_path / "exported", photos), Classifier(finished), photos)


def test_script_finds_the_same_face(
    folder_with: Callable[..., Path], clean_python: Path, photos: list[Path], tmp_path: Path
) -> None:
    """A network that sees faces gets the same one, with the margin of its settings, or the whole; mirrored too."""
    folder = folder_with(FACES, needs_face=False, mirrored=True, not_sure_low=1.0, not_sure_high=0.0)
    export_starter(tmp_path / "exported", folder)
    check_same_answers(printed(clean_python, tmp_path / "exported", photos), Classifier.of_folder(folder), photos)


def test_script_declines_and_goes_on(
    folder_with: Callable[..., Path], clean_python: Path, photos: list[Path], tmp_path: Path
) -> None:
    """A photo without a face and a file that is no picture are told in a line each; the next one is answered."""
    export_starter(tmp_path / "exported", folder_with(FACES, needs_face=True))
    [without] = [photo for photo in photos if photo.stem == "no face"]
    (tmp_path / "notes.jpg").write_text("no picture")
    [plain] = [photo for photo in photos if photo.name == "plain.jpg"]
    lines = printed(clean_python, tmp_path / "exported", [without, tmp_path / "notes.jpg", plain])
    assert lines[0] == f"{without}: no face found"
    assert lines[1].startswith(f"{tmp_path / 'notes.jpg'}: cannot identify image")
    assert ANSWER.fullmatch(lines[2])


@pytest.fixture(scope="module")
def seeing(seeing_faces: Path) -> ModuleType:
    """Return the exported module that reads photos."""
    sys.path.append(str(seeing_faces))  # As when the folder's own script is run.
    spec = importlib.util.spec_from_file_location("seeing", seeing_faces / "seeing.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "bicubic", "lanczos", "area"])
def test_pixels_are_the_same_one_by_one(interpolation: str, seeing: ModuleType, photos: list[Path]) -> None:
    """Decoding, face and resizing differ from training in no pixel."""
    for color, faces in (("rgb", True), ("grey", False)):
        view = InputSpec(24, interpolation, color, face_crop=faces)
        settings = {"image_size": 24, "interpolation": interpolation, "color": color}
        for path in photos:
            ours, theirs = images.read(path).image, seeing.open_photo(path)
            assert np.array_equal(np.asarray(ours), np.asarray(theirs)), path.name
            found = seeing.look(theirs, seeing.new_detector) if faces else []
            box = seeing.face_boxes(theirs, found, view.face_margin)[0] if found else None
            assert not faces or box == face_box(ours), path.name
            assert np.array_equal(seeing.resized(theirs, box, settings)[0], to_pixels(ours, view)), path.name


def test_script_is_short() -> None:
    """A student reads it in a minute."""
    lines = (SCRIPTS / "predict.py").read_text().splitlines()
    assert sum(bool(line.strip()) for line in lines) <= 25
