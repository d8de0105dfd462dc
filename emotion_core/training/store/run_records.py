"""The records of a run: which hold what their event promises, and which count after an interruption."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emotion_core.jobs import RESTARTED, Record
from emotion_core.training.engine import EPOCH_FIELDS

Test = Callable[[Any], bool]
# The event of going on from a checkpoint; its epoch is the last one that counts.
RESUMED = "resumed"
# How a run's record calls the statistics that its batch normalization predicts with.
RENEWED = "renewed"
# Key of the record of resuming where nothing was left to train, because the results were there already.
COMPLETE = "complete"


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


def unbroken(records: Iterable[Record]) -> list[Record]:
    """Return the records of a run as if it had never been interrupted.

    A run that resumes after epoch k trains the later epochs again: their earlier records do not count.
    """
    kept: list[Record] = []
    for record in records:
        if record.get("event") == RESUMED:
            kept = [earlier for earlier in kept if earlier.get("epoch", 0) <= record["epoch"]]
        kept.append(record)
    return kept
