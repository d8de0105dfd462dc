"""Predictions for the photos of a zip against the names of its folders."""

import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, roc_auc_score

from emotion_core.prediction import folder_label, folder_score

PHOTOS = [
    *[("happy", "happy", 0.1), ("happy", "happy", 0.2), ("happy", "sad", 0.7)],
    *[("sad", "sad", 0.9), ("sad", "happy", 0.3), ("sad", "sad", 0.8), ("sad", None, None)],
]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("happy/1.jpg", "happy"),
        ("set/SAD/a/1.jpg", "sad"),
        ("happy/sad/1.jpg", "sad"),
        ("happy.jpg", None),
        ("other/1.jpg", None),
    ],
)
def test_the_innermost_folder_called_happy_or_sad_counts(path: str, label: str | None) -> None:
    """In any case; the name of the file itself does not count."""
    assert folder_label(path) == label


def test_accuracy_confusion_and_auc_are_those_of_scikit_learn() -> None:
    """A photo without a prediction is counted by itself, and in none of them."""
    score = folder_score(PHOTOS)
    assert score is not None and score.interval is not None
    known = [(folder, prediction, p_sad) for folder, prediction, p_sad in PHOTOS if prediction]
    truth, predicted, p_sad = zip(*known, strict=True)
    assert score.right / score.predicted == accuracy_score(truth, predicted)
    assert score.interval.auc == pytest.approx(roc_auc_score([folder == "sad" for folder in truth], p_sad))
    table = [[row["predicted happy"], row["predicted sad"]] for row in score.rows()]
    assert table == confusion_matrix(truth, predicted, labels=["happy", "sad"]).tolist()
    assert [row["no prediction"] for row in score.rows()] == [0, 1]
    assert "4 of 6 photos as their folder says: accuracy .67; AUC .89" in score.sentence
    assert score.sentence.endswith("1 photo without a prediction left out.")


def test_one_folder_has_an_accuracy_and_no_auc() -> None:
    """Without any such folder there is nothing to compare."""
    score = folder_score(PHOTOS[:3])
    assert score is not None and score.interval is None
    assert "2 of 3 photos" in score.sentence and "photos of both folders are needed" in score.sentence
    assert folder_score([]) is None
    nothing = folder_score([("sad", None, None)])
    assert nothing is not None and "No photo in a folder" in nothing.sentence
