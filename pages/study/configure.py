"""Configure: the networks of a study, how they differ, and what the study will cost."""

import streamlit as st

from emotion_core.network import OUTPUT_ACTIVATIONS
from emotion_core.training import start_standby
from pages.components.common.activation_cards import show_activations
from pages.components.common.workspace import catalog, workspace
from pages.components.configure.augmentation_preview import show_augmentation
from pages.components.configure.cost import estimate_of
from pages.components.configure.factors import choose_factors, choose_sources, show_curves
from pages.components.configure.name_field import choose_name
from pages.components.configure.plan_source import choose_base
from pages.components.configure.seeds import choose_seeds
from pages.components.configure.settings_form import SettingsForm
from pages.components.configure.snapshot_table import show_snapshots
from pages.components.configure.split_offer import offer_of, show_split
from pages.components.configure.start_panel import notes_of, show_plan_errors, show_runs, show_start

NETWORK = (
    ("image_size", "starter_blocks", "filters", "kernel_size", "stride"),
    ("convolutions", "padding", "pooling", "batch_normalization", "initializer"),
    ("head", "dense_units", "dense_activation", "dropout"),
)
OUTPUT = ("output_activation",)
TRAINING = (
    ("epochs", "batch_size", "learning_rate", "schedule", "unfreeze_epoch"),
    ("optimizer", "weight_decay", "loss", "label_smoothing", "class_weights", "early_stopping"),
)
VIEW = ("color", "interpolation", "face_crop", "face_margin")
AUGMENTATION = (
    ("flip", "rotation", "crop", "zoom", "shift"),
    ("brightness", "contrast", "dark", "blur"),
    ("erase", "cover", "mixup"),
)
SPLIT = (("split_source", "validation_fraction", "test_fraction", "split_seed"), ("split", "seed"))

st.title("Configure")
form = SettingsForm(*choose_base())
activations = choose_factors(
    form, [name for row in (*NETWORK, OUTPUT, *TRAINING, VIEW, *AUGMENTATION, ("split",)) for name in row]
)
photos = catalog().usable_groups()
left, right = st.columns([2, 1])
with left:
    choose_sources(form, photos)
with right:
    choose_name(form.base.preset)
start = st.container(border=True)
show_curves(activations)
network, training, view, split = st.tabs(["Network", "Training", "Photos and augmentation", "Split and seeds"])
with network:
    form.draw(*NETWORK)
    left, right = st.columns([1, 3])
    with left:
        form.draw(OUTPUT)
    with right:
        show_activations([OUTPUT_ACTIVATIONS[name] for name in form.values.get(OUTPUT[0], ())], "output")
with training:
    form.draw(*TRAINING)
with view:
    form.draw(VIEW, *AUGMENTATION)
    preview = st.container()
with split:
    form.draw(*SPLIT)
    own_split = st.container()
    show_snapshots(workspace())

# Up to 200 runs are built and validated here: once per rerun, and everything below works on the result.
plan, study, plan_errors = choose_seeds(form, photos)
errors = {**plan_errors, **form.unreadable}
form.show_errors(errors)
if errors or study is None:
    with start:
        show_plan_errors(errors)
    st.stop()
if photos:
    # Loading TensorFlow takes seconds: a standby worker does it while the user still chooses settings.
    start_standby(workspace())
used = [group for group in photos if group.source in study.sources]
offer = offer_of(study)
with own_split:
    show_split(study, offer)
cost = estimate_of(study, used, offer)
notes = notes_of(study)
form.show_notes(notes)
with start:
    show_start(form, plan, study, cost, used, offer, notes)
st.header("The networks")
run = show_runs(study, cost)
with preview:
    show_augmentation(catalog(), study.sources, run)
