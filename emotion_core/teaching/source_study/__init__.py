"""Review of the source study: evidence, chapters, figures and sentences."""

from emotion_core.teaching.source_study.chapters import (
    CHAPTERS,
    DEPTHS,
    PUBLISHED,
    Chapter,
    chapter_named,
    evidence_of,
    own_evidence,
    own_study,
    trained_on,
)
from emotion_core.teaching.source_study.evidence import (
    RESULTS_FILE,
    FirstGradients,
    FirstOutputs,
    StudyEvidence,
    StudyResults,
    read_results,
    write_results,
)
from emotion_core.teaching.source_study.sentences import (
    differences_table,
    evidence_sentences,
    headline,
    provenance_text,
)
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
    "StudyEvidence",
    "StudyResults",
    "chapter_named",
    "differences_table",
    "evidence_of",
    "evidence_sentences",
    "first_gradients",
    "first_outputs",
    "headline",
    "own_evidence",
    "own_study",
    "provenance_text",
    "read_results",
    "trained_on",
    "write_results",
]
