"""Settings as form fields: title and help come from the setting itself, what is wrong stands beneath it."""

from collections.abc import Sequence
from typing import Any, get_args

import streamlit as st
from pydantic.fields import FieldInfo

from emotion_core.dataset import Photo
from emotion_core.guided import GALLERY_HOST
from emotion_core.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from emotion_core.training import RunConfig, StudyConfig, preset_values
from pages.shared.texts import plain

SAME_AS_HIDDEN = "same as hidden"
CHOICES = {"dense_activation": (SAME_AS_HIDDEN, *HIDDEN_ACTIVATIONS), "output_activation": tuple(OUTPUT_ACTIVATIONS)}


class SettingsForm:
    """Draws fields and gathers their values.

    Args:
        preset: whose values the fields begin with; a field in which its networks differ stays as it is there.

    Attributes:
        values: the settings that the person can change, by field name.
        unreadable: one sentence for each field whose text is no value at all.
    """

    def __init__(self, preset: str) -> None:
        self.preset = preset
        self.values: dict[str, Any] = {}
        self.unreadable: dict[str, str] = {}
        self._places: dict[str, Any] = {}

    def draw(self, *names: str) -> None:
        """Draw the fields side by side."""
        for column, name in zip(st.columns(len(names)), names, strict=True):
            with column:
                self._draw_one(name)
                self._places[name] = st.empty()

    def show_errors(self, errors: dict[str, str]) -> None:
        """Write each sentence beneath its field, and those that belong to no field shown beneath them all."""
        for name, text in {**errors, **self.unreadable}.items():
            place = self._places.get(name)
            (place.caption if place is not None else st.caption)(f":red[:material/error: {plain(text)}]")

    def _draw_one(self, name: str) -> None:
        info = RunConfig.model_fields.get(name) or StudyConfig.model_fields[name]
        values = preset_values(self.preset, name) if name in RunConfig.model_fields else [info.default]
        if len(values) > 1:
            st.text_input(
                info.title or name, " / ".join(map(setting_text, values)), disabled=True, help=info.description
            )
            return
        value = self._widget(name, info, values[0])
        if name not in self.unreadable:
            self.values[name] = value

    def _widget(self, name: str, info: FieldInfo, value: Any) -> Any:
        common: dict[str, Any] = {
            "label": info.title or name,
            "key": f"setting-{self.preset}-{name}",
            "help": info.description,
            "persist_state": "session",
        }
        if isinstance(value, tuple):
            return self._numbers(name, st.text_input(value=setting_text(value), **common))
        if name in CHOICES or isinstance(value, str):
            choices = CHOICES.get(name) or get_args(info.annotation)
            chosen = st.selectbox(options=choices, index=choices.index(value or SAME_AS_HIDDEN), **common)
            return None if chosen == SAME_AS_HIDDEN else chosen
        if isinstance(value, float):
            step = 0.05 if value > 0.01 else 0.001
            return st.number_input(value=value, step=step, format="%.4g", **common)
        return st.number_input(value=value, step=1, **common)

    def _numbers(self, name: str, text: str) -> tuple[int, ...]:
        try:
            return tuple(int(word) for word in text.replace(",", "-").replace(" ", "-").split("-") if word)
        except ValueError:
            self.unreadable[name] = f"expected whole numbers such as 16-32-16, received {text!r}"
            return ()


def setting_text(value: Any) -> str:
    """Return a setting's value as a person reads and types it, for instance ``16-32-16``."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return SAME_AS_HIDDEN if value is None else str(value)


def choose_sources(photos: Sequence[Photo]) -> list[str] | None:
    """Draw the choice of where a study's photos come from, and return it; None where there are no photos."""
    found = sorted({photo.source for photo in photos})
    if not found:
        st.caption("There are no photos yet.")
        return None
    # Drawn faces among photos would make a study look easier than it is.
    own = [source for source in found if source != GALLERY_HOST]
    chosen = st.multiselect(
        "Photos from",
        found,
        default=own or found,
        format_func=lambda host: f"{host} (sample gallery)" if host == GALLERY_HOST else host,
        help="Where the photos of this study were collected; the sample gallery is drawn, not photographed.",
        key=f"sources-{len(found)}",
    )
    st.caption(f"{sum(photo.source in chosen for photo in photos)} photos")
    return chosen
