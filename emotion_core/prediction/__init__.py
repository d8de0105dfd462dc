"""Photo to P(sad): choice of the network, faces, uncertainty, explanations, and the export of a run."""

from emotion_core.prediction.answers import Answer, FaceAnswer, NetworkAnswers, UnreadablePhoto, agreement_text
from emotion_core.prediction.averaged import Outputs, PlattScaling, logit_of, mean_outputs
from emotion_core.prediction.classifier import (
    ANSWERS_FILE,
    CALIBRATION,
    SECOND_FILE,
    SETTINGS_FILE,
    Classifier,
    InputMode,
    PhotoInput,
    band_of,
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
    count_photos_in_upload,
    read_paths,
    read_uploads,
    read_url,
    uploaded_file,
)
from emotion_core.prediction.litert import LiteRTNetwork
from emotion_core.prediction.model_choice import (
    STARTER_FOLDER,
    STARTER_ID,
    classifier_for,
    load_face_detector_in_background,
    starter,
)
from emotion_core.prediction.uncertainty_band import UncertaintyBand, uncertainty_band

__all__ = [
    "ANSWERS_FILE",
    "CALIBRATION",
    "SECOND_FILE",
    "SETTINGS_FILE",
    "STARTER_FOLDER",
    "STARTER_ID",
    "Answer",
    "BlockMaps",
    "Classifier",
    "FaceAnswer",
    "InputMode",
    "LiteRTNetwork",
    "NetworkAnswers",
    "Outputs",
    "PhotoInput",
    "PlattScaling",
    "SaliencyMap",
    "SimilarPhoto",
    "UncertaintyBand",
    "UnreadablePhoto",
    "add_to_photos",
    "agreement_text",
    "band_of",
    "classifier_for",
    "count_photos_in_upload",
    "export_run",
    "export_starter",
    "feature_maps",
    "load_face_detector_in_background",
    "logit_of",
    "mean_outputs",
    "model_card",
    "occlusion",
    "read_paths",
    "read_uploads",
    "read_url",
    "similar_photos",
    "starter",
    "study_answers",
    "threshold_of",
    "uncertainty_band",
    "uploaded_file",
]
