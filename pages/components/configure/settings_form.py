"""Settings as form fields: title and help come from the setting itself, what is wrong stands beneath it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS, Advice
from emotion_core.training import StudyPlan
from emotion_core.training.config import FIELDS, SAME_AS_HIDDEN, split_values, value_of, value_text
from pages.components.common.markdown import escape_markdown

CHOICES = {"dense_activation": (SAME_AS_HIDDEN, *HIDDEN_ACTIVATIONS), "output_activation": tuple(OUTPUT_ACTIVATIONS)}


class SettingsForm:
    """Draws fields and gathers what stands in them.

    Args:
        base: whose values the fields begin with; a field in which its networks differ stays as it is there.
        key: begins the key of each field; under another one they begin anew.

    Attributes:
        values: by field name, what the person set: one value, or several of a field that is varied.
        varied: the fields that take several values.
        seeds: how often each network is trained.
        folds: of the cross-validation; 0 for none.
        unreadable: one sentence for each field in which nothing stands that a plan could take.
    """

    def __init__(self, base: StudyPlan, key: str) -> None:
        self.base = base
        self.key = key
        self.values: dict[str, list[Any]] = {}
        self.varied: Collection[str] = ()
        self.seeds = base.seeds
        self.folds = base.folds
        self.unreadable: dict[str, str] = {}
        self._places: dict[str, Any] = {}

    def plan(self) -> StudyPlan:
        """Return what was typed, as a plan: only what differs from the preset, and what has no field here."""
        preset = StudyPlan(preset=self.base.preset)
        kept = {name: (value,) for name, value in self.base.settings.items()} | self.base.vary
        fields = {name: values for name, values in kept.items() if name not in self._places}
        for name, values in self.values.items():
            if [value_of(name, value) for value in values] != preset.values(name):
                fields[name] = tuple(values)
        plan = StudyPlan(preset=self.base.preset, networks=self.base.networks, seeds=self.seeds, folds=self.folds)
        return plan.changed(fields)

    def set(self, name: str, values: list[Any] | None) -> None:
        """Take the values of a field that was drawn elsewhere, None for no choice; its errors are shown here."""
        self._places[name] = st.container()
        if values is not None:
            self.values[name] = values

    def draw(self, *rows: Sequence[str]) -> None:
        """Draw the fields of each row side by side."""
        for row in rows:
            for column, name in zip(st.columns(len(row)), row, strict=True):
                with column:
                    self._draw_one(name, FIELDS[name])
                    self._places[name] = st.container()

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Write each sentence beneath its field, and those that belong to no field shown beneath them all."""
        for name, text in errors.items():
            self._say(name, f":red[:material/error: {escape_markdown(text)}]")

    def show_notes(self, notes: Iterable[Advice]) -> None:
        """Write what is good to know beneath the fields it is about."""
        for note in notes:
            if note.severity == "info":
                self._say(note.field, f":material/info: {escape_markdown(note.sentence)}")

    def _say(self, name: str, text: str) -> None:
        place = self._places.get(name)
        (st if place is None else place).caption(text)

    def _draw_one(self, name: str, info: FieldInfo) -> None:
        # A selectbox takes None for no choice.
        values = [SAME_AS_HIDDEN if value is None else value for value in self.base.values(name)]
        if name in self.varied:
            self.values[name] = self._several(name, info, values)
        elif is_fixed(self.base, name):
            text = " / ".join(setting_text(value) for value in values)
            st.text_input(info.title or name, text, disabled=True, help=info.description)
        else:
            self.values[name] = [self._one(name, info, values[0])]

    def _one(self, name: str, info: FieldInfo, value: Any) -> Any:
        common = self._common(name, info)
        if choices := _choices(name, info):
            return _choice(choices, value, format_func=setting_text, **common)
        if isinstance(value, tuple):
            return self._numbers(name, st.text_input(value=setting_text(value), **common))
        if isinstance(value, float):
            return st.number_input(value=value, step=0.001 if 0 < value <= 0.01 else 0.05, format="%.4g", **common)
        return st.number_input(value=value, step=5 if name == "rotation" else 1, **common)

    def _several(self, name: str, info: FieldInfo, values: list[Any]) -> list[Any]:
        common = self._common(name, info)
        if choices := _choices(name, info):
            return st.multiselect(options=choices, default=values, format_func=setting_text, **common)
        text = st.text_input(
            value=", ".join(setting_text(value) for value in values), icon=":material/call_split:", **common
        )
        words = [word for word in split_values(name, text) if word]
        return [self._numbers(name, word) for word in words] if isinstance(values[0], tuple) else words

    def _numbers(self, name: str, text: str) -> tuple[int, ...] | str:
        words = text.replace(",", "-").replace(" ", "-").split("-")
        try:
            return tuple(int(word) for word in words if word)
        except ValueError:
            self.unreadable[name] = f"expected whole numbers such as 16-32-16, received {text!r}"
            return text

    def _common(self, name: str, info: FieldInfo) -> dict[str, Any]:
        several = name in self.varied
        return {
            "label": info.title,
            "key": f"setting-{self.key}-{name}{'-several' * several}",
            "help": info.description,
            "persist_state": "session",
        }


def is_fixed(plan: StudyPlan, name: str) -> bool:
    """Return whether the preset's networks differ in this setting, so that it is not for the person to choose."""
    return name not in plan.vary and len(plan.values(name)) > 1


def setting_text(value: Any) -> str:
    """Return a setting's value as a person reads and types it, for instance ``16-32-16``."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "same as hidden" if value in (None, SAME_AS_HIDDEN) else value_text(value)


def _choices(name: str, info: FieldInfo) -> tuple[Any, ...]:
    if info.annotation is bool:
        return (False, True)
    return CHOICES.get(name) or (get_args(info.annotation) if get_origin(info.annotation) is Literal else ())


def _choice(choices: tuple[Any, ...], value: Any, **common: Any) -> Any:
    if isinstance(value, bool):
        return st.segmented_control(options=choices, default=value, required=True, **common)
    return st.selectbox(options=choices, index=choices.index(value), **common)
