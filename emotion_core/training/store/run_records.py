"""Which of a run's records hold what their event promises: those that do not are damaged."""

from collections.abc import Callable, Mapping
from typing import Any

from emotion_core.jobs import RESTARTED, Record
from emotion_core.training.engine import EPOCH_FIELDS

Test = Callable[[Any], bool]
# The event of going on from a checkpoint; its epoch is the last one that counts.
RESUMED = "resumed"


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_positive(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_optional_number(value: Any) -> bool:
    return value is None or type(value) in (int, float)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _are_numbers(value: Any) -> bool:
    return isinstance(value, list) and {type(number) for number in value} <= {int, float}


_LAYER_NUMBERS = ("gradient_norm", "gradient_ratio", "weight_norm", "update_norm", "dead", "saturated")


def _are_layers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_layer, value))


def _is_layer(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return False
    lists = (value.get("histogram") or [], value.get("edges") or [])
    return all(_is_optional_number(value.get(name)) for name in _LAYER_NUMBERS) and all(map(_are_numbers, lists))


# The keys without which a record of an event cannot be used, and those that must be right if they are there.
_REQUIRED: Mapping[str, Mapping[str, Test]] = {
    "photos": {"count": _is_count},
    "step": {"epoch": _is_count, "step": _is_count, "steps": _is_positive},
    "epoch": {"epoch": _is_count, "seconds": _is_number},
    "roc": {"epoch": _is_count, "false_positive_rate": _are_numbers, "true_positive_rate": _are_numbers},
    "probe": {"epoch": _is_count, "layers": _are_layers},
    "kept": {"epoch": _is_count},
    RESUMED: {"epoch": _is_count},
    RESTARTED: {"cause": _is_text, "before": _is_object, "place": _is_object, "try": _is_count},
}
_OPTIONAL: Mapping[str, Mapping[str, Test]] = {
    "photos": {"done": _is_count},
    "begin": {"environment": _is_object},
    "epoch": dict.fromkeys(EPOCH_FIELDS[1:], _is_optional_number),
    "probe": dict.fromkeys(("loss", "lowest", "highest", "lowest_p_sad", "highest_p_sad"), _is_optional_number),
    "warning": {"epoch": _is_count, "layer": lambda value: value is None or isinstance(value, str)},
}


def is_run_record(record: Record) -> bool:
    """Return whether a record has the values of its event, which its readers rely on."""
    event = record.get("event")
    if not isinstance(event, str):
        return False
    required, optional = _REQUIRED.get(event, {}), _OPTIONAL.get(event, {})
    return all(name in record and test(record[name]) for name, test in required.items()) and all(
        test(record[name]) for name, test in optional.items() if name in record
    )
