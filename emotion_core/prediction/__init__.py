"""Photo to P(sad): the classifier and the export of a run."""

from emotion_core.prediction.classifier import (
    Classifier,
    Prediction,
    answer_file,
    classifier_for,
    validation_threshold,
)
from emotion_core.prediction.export import export_run, model_card

__all__ = [
    "Classifier",
    "Prediction",
    "answer_file",
    "classifier_for",
    "export_run",
    "model_card",
    "validation_threshold",
]
