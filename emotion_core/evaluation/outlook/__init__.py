"""What a planned study will be able to find, in words, from the spread over seeds of earlier studies."""

from emotion_core.evaluation.outlook.seed_spread import SeedSpread, seed_spread
from emotion_core.evaluation.outlook.study_outlook import QuestionOutlook, assumptions, study_outlook

__all__ = ["QuestionOutlook", "SeedSpread", "assumptions", "seed_spread", "study_outlook"]
