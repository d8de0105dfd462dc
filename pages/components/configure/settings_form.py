"""Form fields for settings: title and help come from the setting itself, errors and notes are shown below it."""

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
    """Fields for the settings of a study, and the values entered in them.

    Args:
        base: plan with the initial values; a setting in which the preset's networks differ cannot be edited.
        key: prefix of the fields' widget keys; a different prefix resets them to the initial values.

    Attributes:
        values: entered values by field name; several for a varied setting, else one.
        varied: names of the settings that take several values.
        seeds: number of seeds for each network.
        seeds_field: where the field for it is drawn, once the others are.
        folds: number of folds in the cross-validation; 0 for none.
        unreadable: one sentence for each field whose text cannot be parsed, by field name.
    """

    def __init__(self, base: StudyPlan, key: str) -> None:
        self.base = base
        self.key = key
        self.values: dict[str, list[Any]] = {}
        self.varied: Collection[str] = ()
        self.seeds = base.seeds
        self.seeds_field: Any = None
        self.folds = base.folds
        self.unreadable: dict[str, str] = {}
        self._messages: dict[str, Any] = {}

    @property
    def seeds_key(self) -> str:
        """Widget key of the field for the number of seeds."""
        return f"seeds-{self.key}"

    @property
    def chosen_seeds(self) -> int | None:
        """The number of seeds that the user, a file or a run has set; None leaves it to the default."""
        # A plan that was opened from a file or a run has a key of its own, and its number is meant.
        default = None if self.key == self.base.preset else self.base.seeds
        chosen: int | None = st.session_state.get(f"{self.seeds_key}-chosen", default)
        return chosen

    def choose_seeds(self, seeds: int) -> None:
        """Set the number of seeds, from then on in place of the default."""
        st.session_state[f"{self.seeds_key}-chosen"] = seeds

    def plan(self) -> StudyPlan:
        """Return the entered values as a plan: what differs from the preset, and base settings without a field."""
        preset = StudyPlan(preset=self.base.preset)
        kept = {name: (value,) for name, value in self.base.settings.items()} | self.base.vary
        fields = {name: values for name, values in kept.items() if name not in self._messages}
        for name, values in self.values.items():
            if [value_of(name, value) for value in values] != preset.values(name):
                fields[name] = tuple(values)
        plan = StudyPlan(preset=self.base.preset, networks=self.base.networks, seeds=self.seeds, folds=self.folds)
        return plan.changed(fields)

    def key_of(self, name: str) -> str:
        """Return the widget key of a setting's field."""
        return f"setting-{self.key}-{name}{'-several' * (name in self.varied)}"

    def set_values(self, name: str, values: list[Any] | None) -> None:
        """Store the values of a field that the caller drew, and reserve the space for its errors at this position.

        Args:
            name: of the setting.
            values: one or several; None keeps the preset's.
        """
        self._messages[name] = st.container()
        if values is not None:
            self.values[name] = values

    def draw(self, *rows: Sequence[str]) -> None:
        """Draw the fields of each row side by side."""
        for row in rows:
            for column, name in zip(st.columns(len(row)), row, strict=True):
                with column:
                    self._draw_field(name, FIELDS[name])
                    self._messages[name] = st.container()

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Draw each error below its field; errors without a drawn field go below the whole form."""
        for name, text in errors.items():
            self._caption_below(name, f":red[:material/error: {escape_markdown(text)}]")

    def show_notes(self, notes: Iterable[Advice]) -> None:
        """Draw each informative note below its field."""
        for note in notes:
            if note.severity == "info":
                self._caption_below(note.field, f":material/info: {escape_markdown(note.sentence)}")

    def _caption_below(self, name: str, text: str) -> None:
        container = self._messages.get(name)
        (st if container is None else container).caption(text)

    def _draw_field(self, name: str, info: FieldInfo) -> None:
        # A selectbox reads None as "nothing selected", so the dense activation's default needs a value of its own.
        values = [SAME_AS_HIDDEN if value is None else value for value in self.base.values(name)]
        if name in self.varied:
            self.values[name] = self._multiple_values_field(name, info, values)
        elif is_fixed(self.base, name):
            text = " / ".join(setting_text(value) for value in values)
            st.text_input(info.title or name, text, disabled=True, help=info.description)
        else:
            self.values[name] = [self._single_value_field(name, info, values[0])]

    def _single_value_field(self, name: str, info: FieldInfo, value: Any) -> Any:
        arguments = self._widget_arguments(name, info)
        if choices := _choices(name, info):
            return _choice(choices, value, format_func=setting_text, **arguments)
        if isinstance(value, tuple):
            return self._numbers(name, st.text_input(value=setting_text(value), **arguments))
        if isinstance(value, float):
            return st.number_input(value=value, step=0.001 if 0 < value <= 0.01 else 0.05, format="%.4g", **arguments)
        return st.number_input(value=value, step=5 if name == "rotation" else 1, **arguments)

    def _multiple_values_field(self, name: str, info: FieldInfo, values: list[Any]) -> list[Any]:
        arguments = self._widget_arguments(name, info)
        if choices := _choices(name, info):
            return st.multiselect(options=choices, default=values, format_func=setting_text, **arguments)
        text = st.text_input(
            value=", ".join(setting_text(value) for value in values), icon=":material/call_split:", **arguments
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

    def _widget_arguments(self, name: str, info: FieldInfo) -> dict[str, Any]:
        return {
            "label": info.title,
            "key": self.key_of(name),
            "help": info.description,
            "persist_state": "session",
        }


def is_fixed(plan: StudyPlan, name: str) -> bool:
    """Return whether the preset's networks differ in a setting that is not varied, so that it cannot be edited.

    Args:
        plan: whose preset and varied settings are looked up.
        name: of the setting.
    """
    return name not in plan.vary and len(plan.values(name)) > 1


def setting_text(value: Any) -> str:
    """Return a setting's value as it is shown and typed, for instance ``16-32-16``."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "same as hidden" if value in (None, SAME_AS_HIDDEN) else value_text(value)


def _choices(name: str, info: FieldInfo) -> tuple[Any, ...]:
    if info.annotation is bool:
        return (False, True)
    return CHOICES.get(name) or (get_args(info.annotation) if get_origin(info.annotation) is Literal else ())


def _choice(choices: tuple[Any, ...], value: Any, **arguments: Any) -> Any:
    if isinstance(value, bool):
        return st.segmented_control(options=choices, default=value, required=True, **arguments)
    return st.selectbox(options=choices, index=choices.index(value), **arguments)
