"""Values of settings: which there are, and how a person types them."""

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from emotion_core.training.config.run_config import RunConfig
from emotion_core.training.config.study_config import StudyConfig
from emotion_core.training.config.value_text import SAME_AS_HIDDEN

MAX_DEPTH = 6
PLANNED = ("name", "folds", "fold")
_SEPARATORS = {"filters": r"[-\s]", "dense_units": r"[-\s]", "sources": ","}

# A run says its depth by its filters, a person says it by itself; the name is filled in for the person, and so is
# the fold: like the seeds, the number of folds is the plan's own.
RUN_FIELDS: dict[str, FieldInfo] = {
    **{name: info for name, info in RunConfig.model_fields.items() if name not in PLANNED},
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

# The types alone: whether a value lies within its limits is told by the settings themselves.
_TYPES: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(info.annotation) for name, info in FIELDS.items() if info.annotation is not None
}


def value_of(field: str, given: Any) -> Any:
    """Return a setting's value from what was typed or read; what cannot be one is returned as it is.

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
    """Return the values that stand in a text with commas between them; a list of sources is one value.

    >>> split_values("filters", "16-32,8-16"), split_values("sources", "files,a.example")
    (['16-32', '8-16'], ['files,a.example'])
    """
    return [text] if _SEPARATORS.get(field) == "," else [word.strip() for word in text.split(",")]
