"""Export of a run to a folder that predicts without this project."""

from emotion_core.prediction.export.bundle import CARD_FILE, export_run, export_starter
from emotion_core.prediction.export.export_job import export_of, start_export, starter_zip, zip_of
from emotion_core.prediction.export.model_card import model_card, starter_card

__all__ = [
    "CARD_FILE",
    "export_of",
    "export_run",
    "export_starter",
    "model_card",
    "start_export",
    "starter_card",
    "starter_zip",
    "zip_of",
]
