"""The fields that a study plan can set, and how a user types their values."""

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from emotion_core.training.config.run_config import RunConfig
from emotion_core.training.config.study_config import StudyConfig
from emotion_core.training.config.value_text import SAME_AS_HIDDEN

MAX_DEPTH = 6
# Filled in by the plan, not by the user: the name says what is varied, and folds are counted like seeds.
PLAN_FIELDS = ("name", "folds", "fold")
_SEPARATORS = {"filters": r"[-\s]", "dense_units": r"[-\s]", "sources": ","}

# A run has no field for its depth, which is the number of its filters; a user sets the depth by itself.
RUN_FIELDS: dict[str, FieldInfo] = {
    **{name: info for name, info in RunConfig.model_fields.items() if name not in PLAN_FIELDS},
    "depth": FieldInfo(
        annotation=int,
        title="Depth",
        description="Number of convolution blocks: the first filters per block, or all and then the last one again.",
    ),
}
STUDY_FIELDS: dict[str, FieldInfo] = {
    name: info for name, info in StudyConfig.model_fields.items() if name not in ("preset", "runs")
}
FIELDS = {**RUN_FIELDS, **STUDY_FIELDS}

# Only the types: limits are checked when the settings are built, so that every error is reported the same way.
_TYPES: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(info.annotation) for name, info in FIELDS.items() if info.annotation is not None
}


def value_of(field: str, given: Any) -> Any:
    """Return a setting's value from what a user typed or a file holds.

    Args:
        field: a key of ``FIELDS``; the value of an unknown field is returned unchanged.
        given: text or a parsed value; returned unchanged where it has the wrong type, for the settings to refuse.

    >>> value_of("filters", "16-32-16"), value_of("epochs", "45"), value_of("dense_activation", "hidden")
    ((16, 32, 16), 45, None)
    """
    if field == "dense_activation" and given == SAME_AS_HIDDEN:
        return None
    if isinstance(given, str) and field in _SEPARATORS:
        words = (word.strip() for word in re.split(_SEPARATORS[field], given))
        given = [word for word in words if word]
    if isinstance(given, list):
        given = tuple(given)
    try:
        return _TYPES[field].validate_python(given) if field in _TYPES else given
    except ValidationError:
        return given


def split_values(field: str, text: str) -> list[str]:
    """Split a text with several values of a setting at its commas; a list of sources is one value.

    Args:
        field: a key of ``FIELDS``.
        text: the values, separated by commas.

    >>> split_values("filters", "16-32,8-16"), split_values("sources", "files,a.example")
    (['16-32', '8-16'], ['files,a.example'])
    """
    return [text] if _SEPARATORS.get(field) == "," else [word.strip() for word in text.split(",")]
