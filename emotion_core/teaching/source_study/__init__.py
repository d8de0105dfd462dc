"""The source study retold: its evidence, chapters, figures and sentences."""

from emotion_core.teaching.source_study.chapters import (
    CHAPTERS,
    DEPTHS,
    PUBLISHED,
    Chapter,
    chapter_named,
    evidence_of,
    own_evidence,
    own_study,
)
from emotion_core.teaching.source_study.evidence import (
    RESULTS_FILE,
    FirstGradients,
    FirstOutputs,
    Story,
    StudyEvidence,
    read_story,
    write_story,
)
from emotion_core.teaching.source_study.sentences import differences_table, made_text, measured
from emotion_core.teaching.source_study.untrained import VARIANTS, first_gradients, first_outputs

__all__ = [
    "CHAPTERS",
    "DEPTHS",
    "PUBLISHED",
    "RESULTS_FILE",
    "VARIANTS",
    "Chapter",
    "FirstGradients",
    "FirstOutputs",
    "Story",
    "StudyEvidence",
    "chapter_named",
    "differences_table",
    "evidence_of",
    "first_gradients",
    "first_outputs",
    "made_text",
    "measured",
    "own_evidence",
    "own_study",
    "read_story",
    "write_story",
]
