"""The settings file of a study: TOML that a user can read, change and keep."""

import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit

from emotion_core.errors import SettingsError
from emotion_core.training.config.fields import FIELDS
from emotion_core.training.config.value_text import SAME_AS_HIDDEN

_HEAD = (
    "Settings of a study of the Emotion Classifier.",
    "Load this file on the page Configure, or start the study with: python -m emotion_core study --settings FILE",
    "Settings that are left out are those of the preset.",
)
_ABOUT = {
    "vary": "One network is trained per combination of these values.",
    "settings": "The same value for all runs.",
}


def settings_toml(table: Mapping[str, Any]) -> str:
    """Return the text of a settings file, with a comment that explains each setting.

    Args:
        table: a plan's fields by name; ``vary`` and ``settings`` hold values by field name. Empty ones are left out.
    """
    document = tomlkit.document()
    for line in _HEAD:
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    for key, value in table.items():
        if not isinstance(value, Mapping) and value != ():
            document.add(key, tomlkit.item(_plain(value)))
    for key, about in _ABOUT.items():
        if table[key]:
            document.add(key, _section(about, table[key]))
    return tomlkit.dumps(document)


def _section(about: str, values: Mapping[str, Any]) -> tomlkit.items.Table:
    section = tomlkit.table()
    section.add(tomlkit.comment(about))
    for field, value in values.items():
        section.add(tomlkit.nl())
        section.add(tomlkit.comment(f"{FIELDS[field].title}: {FIELDS[field].description}"))
        section.add(field, tomlkit.item(_plain(value)))
    return section


def read_settings(text: str | bytes) -> dict[str, Any]:
    """Return the content of a settings file, unchecked.

    Raises:
        SettingsError: it is not TOML.
    """
    try:
        return tomllib.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f"The settings file cannot be read: {error}. Expected TOML, as it is saved on the page Configure. "
            "Correct the file there, or save it again."
        ) from error


def _plain(value: Any) -> Any:
    """Return the value as TOML can hold it: TOML has neither tuples nor null."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return SAME_AS_HIDDEN if value is None else value
