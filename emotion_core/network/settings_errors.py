"""Settings that are refused, as sentences: pydantic's errors name every field and what it may hold."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from emotion_core.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return ``model(**values)``, with pydantic's errors turned into one ``SettingsError``.

    Args:
        model: a settings class.
        values: field values by name.

    Raises:
        SettingsError: a field is unknown or has an invalid value; the message names every such field.
    """
    try:
        return model(**values)
    except ValidationError as error:
        problems = "; ".join(f"{field}: {text}" for field, text in _problems(error))
        raise SettingsError(f"The settings cannot be used. {problems}. Change them and try again.") from error


def field_errors(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, str]:
    """Return the error message of each field whose value is refused, to show beside that field.

    Args:
        model: a settings class.
        values: field values by name.
    """
    try:
        model(**values)
    except ValidationError as error:
        return dict(_problems(error))
    return {}


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    problems = []
    for detail in error.errors(include_url=False):
        text = str(detail["msg"]).removeprefix("Value error, ")
        field = str(detail["loc"][0]) if detail["loc"] else ""
        if not field and ": " in text:
            # A validator of several fields puts the field to blame in front of its message.
            field, text = text.split(": ", 1)
            problems.append((field, text))
        else:
            problems.append((field, f"{text[:1].lower()}{text[1:]}, received {detail['input']!r}"))
    return problems
