"""Photo to P(sad): who answers, for which faces, how sure, why; and the export of a run."""

from emotion_core.prediction.answers import Answer, FaceAnswer, StudyAnswer, Unanswered, agreement
from emotion_core.prediction.card import model_card
from emotion_core.prediction.classifier import Classifier, Look, Subject, band_of, study_answers, threshold_of
from emotion_core.prediction.export import export_run, export_starter
from emotion_core.prediction.not_sure import NotSureBand, not_sure_band
from emotion_core.prediction.similar import SimilarPhoto, similar_photos
from emotion_core.prediction.speaking import STARTER_FOLDER, STARTER_ID, prepare_in_background, speaker, starter
from emotion_core.prediction.uploads import (
    add_to_photos,
    count_uploads,
    read_paths,
    read_uploads,
    read_url,
    uploaded_file,
)
from emotion_core.prediction.why import BlockMaps, SaliencyMap, feature_maps, occlusion

__all__ = [
    "STARTER_FOLDER",
    "STARTER_ID",
    "Answer",
    "BlockMaps",
    "Classifier",
    "FaceAnswer",
    "Look",
    "NotSureBand",
    "SaliencyMap",
    "SimilarPhoto",
    "StudyAnswer",
    "Subject",
    "Unanswered",
    "add_to_photos",
    "agreement",
    "band_of",
    "count_uploads",
    "export_run",
    "export_starter",
    "feature_maps",
    "model_card",
    "not_sure_band",
    "occlusion",
    "prepare_in_background",
    "read_paths",
    "read_uploads",
    "read_url",
    "similar_photos",
    "speaker",
    "starter",
    "study_answers",
    "threshold_of",
    "uploaded_file",
]
