"""Photo to P(sad): choice of the network, faces, uncertainty, explanations, and the export of a run."""

from emotion_core.prediction.agreement import NetworkAnswers, agreement_text, counted, study_answers
from emotion_core.prediction.answers import Answer, FaceAnswer, UnreadablePhoto
from emotion_core.prediction.classifier import (
    ANSWERS_FILE,
    P_SAD_CALIBRATION,
    SETTINGS_FILE,
    Classifier,
    InputMode,
)
from emotion_core.prediction.decision import Decision, band_of, decision_of, threshold_of
from emotion_core.prediction.explain import (
    BlockMaps,
    SaliencyMap,
    SimilarPhoto,
    feature_maps,
    occlusion,
    similar_photos,
)
from emotion_core.prediction.export import export_run, export_starter, model_card
from emotion_core.prediction.folder_score import FolderScore, folder_label, folder_score
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
    FirstAnswer,
    classifier_for,
    first_answer,
    learned_from_drawings,
    load_face_detector_in_background,
    starter,
    why_starter,
)
from emotion_core.prediction.outputs import Outputs, mean_outputs
from emotion_core.prediction.photo_input import PhotoInput
from emotion_core.prediction.uncertainty_band import (
    DEFAULT_ONE_IN,
    WRONG_ONE_IN,
    BandChoice,
    UncertaintyBand,
    band_choice,
    band_choices,
    conformal_band,
    uncertainty_band,
)

__all__ = [
    "ANSWERS_FILE",
    "DEFAULT_ONE_IN",
    "P_SAD_CALIBRATION",
    "SETTINGS_FILE",
    "STARTER_FOLDER",
    "STARTER_ID",
    "WRONG_ONE_IN",
    "Answer",
    "BandChoice",
    "BlockMaps",
    "Classifier",
    "Decision",
    "FaceAnswer",
    "FirstAnswer",
    "FolderScore",
    "InputMode",
    "LiteRTNetwork",
    "NetworkAnswers",
    "Outputs",
    "PhotoInput",
    "SaliencyMap",
    "SimilarPhoto",
    "UncertaintyBand",
    "UnreadablePhoto",
    "add_to_photos",
    "agreement_text",
    "band_choice",
    "band_choices",
    "band_of",
    "classifier_for",
    "conformal_band",
    "count_photos_in_upload",
    "counted",
    "decision_of",
    "export_run",
    "export_starter",
    "feature_maps",
    "first_answer",
    "folder_label",
    "folder_score",
    "learned_from_drawings",
    "load_face_detector_in_background",
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
    "why_starter",
]
