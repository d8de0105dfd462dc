"""Photo to P(sad): who answers, for which faces, how sure, why; and the export of a run."""

from emotion_core.prediction.answers import Answer, FaceAnswer, StudyAnswer, Unanswered, agreement
from emotion_core.prediction.classifier import (
    ANSWERS_FILE,
    SETTINGS_FILE,
    Classifier,
    Look,
    Subject,
    band_of,
    p_sad_of,
    study_answers,
    threshold_of,
)
from emotion_core.prediction.explain import (
    BlockMaps,
    SaliencyMap,
    SimilarPhoto,
    feature_maps,
    occlusion,
    similar_photos,
)
from emotion_core.prediction.export import export_run, export_starter, model_card
from emotion_core.prediction.inputs import (
    add_to_photos,
    count_uploads,
    read_paths,
    read_uploads,
    read_url,
    uploaded_file,
)
from emotion_core.prediction.litert import LiteRTNetwork
from emotion_core.prediction.model_choice import STARTER_FOLDER, STARTER_ID, prepare_in_background, speaker, starter
from emotion_core.prediction.uncertainty_band import NotSureBand, not_sure_band

__all__ = [
    "ANSWERS_FILE",
    "SETTINGS_FILE",
    "STARTER_FOLDER",
    "STARTER_ID",
    "Answer",
    "BlockMaps",
    "Classifier",
    "FaceAnswer",
    "LiteRTNetwork",
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
    "p_sad_of",
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
