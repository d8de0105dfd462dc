"""Fixtures of the prediction tests: the tiny study's finished run, drawn people, a network in a folder."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps

from emotion_core.collect.samples import photo_bytes
from emotion_core.files import write_json
from emotion_core.prediction import Classifier
from emotion_core.settings import Workspace
from emotion_core.training import Run, list_runs

MEADOW = (90, 140, 80)


def _group(*places: tuple[int, int, int], size: tuple[int, int] = (640, 480)) -> Image.Image:
    image = Image.new("RGB", size, MEADOW)
    for number, (left, top, height) in enumerate(places):
        person = Image.open(io.BytesIO(photo_bytes(("happy", "sad")[number % 2], number))).convert("RGB")
        image.paste(ImageOps.contain(person, (height * 4, height)), (left, top))
    return image


@pytest.fixture(scope="session")
def group() -> Callable[..., Image.Image]:
    """Return a function that draws a meadow with a person at each ``(left, top, height)``."""
    return _group


@pytest.fixture(scope="session")
def finished(studied: Workspace) -> Run:
    """Return the finished run of the tiny study."""
    return next(run for run in list_runs(studied) if run.state.name == "finished")


@pytest.fixture(scope="session")
def classifier(finished: Run) -> Classifier:
    """Return its classifier."""
    return Classifier(finished)


@pytest.fixture
def folder_with(finished: Run, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the run's network in the starter's layout, with changed settings or answers."""

    def lay_out(settings: dict[str, Any] | None = None, **answers: Any) -> Path:
        folder = tmp_path / f"network{len(list(tmp_path.glob('network*')))}"
        folder.mkdir()
        shutil.copyfile(finished.model_path, folder / "model.tflite")
        write_json(folder / "settings.json", {**finished.config.model_dump(mode="json"), **(settings or {})})
        defaults = {"name": "Starter", "threshold": 0.5, "not_sure_low": 0.4, "not_sure_high": 0.6, "needs_face": True}
        write_json(folder / "answers.json", {**defaults, **answers})
        return folder

    return lay_out
