"""The starter against ``fer``, a widely used recognizer: AUC of happy against sad on the same photos.

``python -m benchmarks.starter_peers --fer PYTHON PHOTOS...``, or ``--workspace DIR`` for the test photos of the study
that trained the starter. PYTHON belongs to an environment with ``pip install fer setuptools``. fer is measured twice:
as it comes, on the faces that its MTCNN finds or else the whole photo, and on the faces that this project's detector
crops. Its scores for happy and sad are renormalized. Both networks classify the same photos; those that the starter
declines are counted and left out of all three results. fer was trained on FER2013, so photos from there favor it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from emotion_core import images
from emotion_core.dataset import LABELS, Catalog, load_snapshot, upright_part
from emotion_core.evaluation import auc_interval, delong_test
from emotion_core.prediction import STARTER_FOLDER, Classifier, PhotoInput
from emotion_core.settings import open_workspace
from emotion_core.training import list_studies

# Runs in fer's environment: reads the folders of PNG files, prints P(sad) / (P(sad) + P(happy)) for each file.
ASK_FER = """
import json, sys
from pathlib import Path
import cv2
from fer.fer import FER
whole = FER(mtcnn=False, offsets=(0, 0))
finding = FER(mtcnn=True)
def p_sad(found):
    largest = max(found, key=lambda face: face["box"][2] * face["box"][3])["emotions"]
    return largest["sad"] / max(largest["sad"] + largest["happy"], 1e-9)
def ask(path, find):
    image = cv2.imread(str(path))
    try:
        found = finding.detect_emotions(image) if find else []
    except Exception:
        found = []
    height, width = image.shape[:2]
    return p_sad(found or whole.detect_emotions(image, [(0, 0, width, height)]))
photos, crops = (sorted(Path(folder).iterdir()) for folder in sys.argv[1:])
print(json.dumps([[ask(path, True) for path in photos], [ask(path, False) for path in crops]]))
"""


def main() -> None:
    """Measure both and print the results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("photos", nargs="*", type=Path, help="folders with happy/ and sad/ in them")
    options.add_argument("--workspace", type=Path, help="where the starter was trained: its test photos")
    options.add_argument("--fer", required=True, help="python of an environment with fer")
    options.add_argument("--starter", type=Path, default=STARTER_FOLDER)
    options.add_argument("--most", type=int, default=2000, help="photos of a set")
    asked = options.parse_args()
    sets = {str(folder): _in_folder(folder) for folder in asked.photos}
    if asked.workspace:
        sets["test photos"] = _of_workspace(asked.workspace)
    for name, labeled in sets.items():
        photos = list(labeled)
        step = max(1, -(-len(photos) // asked.most))
        _compare(name, photos[::step], Classifier.of_folder(asked.starter), asked.fer)


def _in_folder(folder: Path) -> Iterator[tuple[int, Image.Image]]:
    """Yield label and photo of each file."""
    for code, label in enumerate(LABELS):
        for path in sorted((folder / label).iterdir()):
            yield code, images.read(path).image


def _of_workspace(root: Path) -> Iterator[tuple[int, Image.Image]]:
    """Yield label and photo of each test photo of the newest study."""
    workspace = open_workspace(root)
    catalog, study = Catalog(workspace), list_studies(workspace)[0]
    items = [item for item in load_snapshot(workspace, study.snapshot).items if item.split == "test"]
    for item in items:
        yield LABELS.index(item.label), catalog.read(catalog.photo(item.photo_id))


def _compare(name: str, photos: list[tuple[int, Image.Image]], starter: Classifier, fer: str) -> None:
    """Print the AUCs on one set."""
    answers = starter.answer_many([(str(number), photo) for number, (_, photo) in enumerate(photos)])
    kept = [row for row, answer in enumerate(answers) if answer.p_sad is not None]
    labels, ours = [photos[row][0] for row in kept], [answers[row].p_sad or 0.0 for row in kept]
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("photos", "crops"):
            Path(folder, kind).mkdir()
        for row in kept:
            photo = photos[row][1]
            [box, *_], _ = starter.input_boxes(PhotoInput("", photo))
            photo.save(Path(folder, "photos", f"{row:06}.png"))
            part, edges = upright_part(photo, box) if box else (photo, None)
            part.crop(edges).save(Path(folder, "crops", f"{row:06}.png"))
        command = [fer, "-c", ASK_FER, f"{folder}/photos", f"{folder}/crops"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(ended.stderr[-2000:])
    own, cut = (np.array(scores) for scores in json.loads(ended.stdout.splitlines()[-1]))
    print(f"{name}: {len(kept)} photos, the starter declined {len(photos) - len(kept)}")
    for scorer, scores in (("starter", np.array(ours)), ("fer as it comes", own), ("fer, our faces", cut)):
        interval, paired = auc_interval(labels, scores), delong_test(labels, ours, scores)
        against = (
            "" if scorer == "starter" else f", starter ahead by {paired.difference:+.4f}, p = {paired.p_value:.3f}"
        )
        print(f"  {scorer:16} AUC {interval.auc:.4f} [{interval.low:.4f} to {interval.high:.4f}]{against}")


if __name__ == "__main__":
    main()
