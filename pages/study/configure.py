"""Configure: what the networks of a study are, and what they differ in."""

import pandas as pd
import streamlit as st

from emotion_core.errors import EmotionError
from emotion_core.network import HIDDEN_ACTIVATIONS, layers_of, parameter_count
from emotion_core.training import DEFAULT_ACTIVATIONS, PRESETS, RunConfig, plan_errors, plan_study, start_study
from pages.shared.fields import SettingsForm, choose_sources, setting_text
from pages.shared.session import catalog, open_study, workspace
from pages.shared.snapshots import show_outlook, show_snapshots
from pages.shared.texts import plain

MAX_DEPTH = 6

st.title("Configure")
preset = st.segmented_control(
    "Preset", list(PRESETS), default="controlled", required=True, key="preset", persist_state="session"
)
st.caption(PRESETS[preset].summary)
form = SettingsForm(preset)
activations = depths = None

if PRESETS[preset].networks is None:
    left, right = st.columns([2, 1])
    activations = left.multiselect(
        "Hidden activations",
        list(HIDDEN_ACTIVATIONS),
        default=list(DEFAULT_ACTIVATIONS),
        format_func=lambda name: f"{name}: {HIDDEN_ACTIVATIONS[name].formula}",
        help="One network is trained for each; this is the study's question.",
        key="activations",
        persist_state="session",
    )
    chosen_depths = right.multiselect(
        "Depths",
        range(1, MAX_DEPTH + 1),
        placeholder="as many as filters",
        help="Numbers of convolution blocks; one network is trained for each activation and depth. "
        "A depth uses the first filters per block, or all and then the last again; empty: one block for each.",
        key="depths",
        persist_state="session",
    )
    depths = chosen_depths or None
    notes = [f"**{name}**: {HIDDEN_ACTIVATIONS[name].note}" for name in activations]
    st.caption("  \n".join(notes))
seeds = st.number_input(
    "Seeds",
    1,
    20,
    1,
    help="How often each network is trained from other first weights; with one seed, luck and activation look alike.",
    key="seeds",
    persist_state="session",
)
with st.expander("Network", icon=":material/lan:", expanded=True):
    form.draw("image_size", "filters", "kernel_size", "padding")
    form.draw("dense_units", "dense_activation", "output_activation")
with st.expander("Training", icon=":material/model_training:", expanded=True):
    form.draw("epochs", "batch_size", "learning_rate")
    form.draw("optimizer", "loss", "seed")
with st.expander("Photos and split", icon=":material/splitscreen:"):
    photos = catalog().usable_photos()
    sources = choose_sources(photos)
    form.draw("validation_fraction", "test_fraction", "split_seed")
    show_snapshots(workspace())

settings = {**form.values, "sources": tuple(sources or ())}
try:
    errors = plan_errors(preset, activations=activations, depths=depths, settings=settings)
except EmotionError as error:  # more filters than blocks are allowed
    errors = {"filters": str(error)}
form.show_errors(errors)
if errors or form.unreadable:
    st.error("Some settings cannot be used. What is wrong stands beneath each of them.")
    st.stop()
if [] in (activations, sources):
    st.error("Choose at least one hidden activation and one place that the photos come from.")
    st.stop()

try:
    study = plan_study(preset, activations=activations, depths=depths, seeds=seeds, settings=settings)
except EmotionError as error:
    st.error(plain(error))
    st.stop()
differing = study.differing_fields()
st.subheader(f"{len(study.runs)} run{'s' if len(study.runs) > 1 else ''}")
titles = [RunConfig.model_fields[field].title for field in differing]
if len(differing) > 1:
    st.warning(
        f"The networks differ in {len(differing)} settings at once: {', '.join(titles).lower()}. "
        "Whatever the comparison shows cannot be put down to one of them.",
        icon=":material/warning:",
    )
elif differing:
    st.success(f"The networks differ in one setting only: {titles[0].lower()}.", icon=":material/check_circle:")
rows = [
    {
        "Network": run.label,
        **{title: setting_text(getattr(run, field)) for field, title in zip(differing, titles, strict=True)},
        "Parameters": parameter_count(run),
    }
    for run in study.runs
]
st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
with st.expander("The first network, layer by layer", icon=":material/layers:"):
    layers = [
        {"layer": layer.name, "output": " × ".join(map(str, layer.output_shape)), "parameters": layer.parameters}
        for layer in layers_of(study.runs[0])
    ]
    st.dataframe(pd.DataFrame(layers), hide_index=True, width="stretch")

show_outlook([photo for photo in photos if photo.source in sources], settings["test_fraction"])
if st.button("Start the study", type="primary", icon=":material/play_arrow:", key="start_study"):
    try:
        started = start_study(workspace(), study)
    except EmotionError as error:
        st.error(plain(error))
        st.stop()
    open_study("study/train", started.study_id)
