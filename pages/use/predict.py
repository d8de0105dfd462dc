"""Predict: drop photos in, and the champion, or any other network, says P(sad) for each."""

import streamlit as st
from PIL import Image, ImageOps

from emotion_core import images
from emotion_core.dataset import to_image, to_pixels
from emotion_core.errors import EmotionError
from emotion_core.evaluation.study import workspace_champion
from emotion_core.prediction import Classifier
from emotion_core.training import Run, find_run, list_runs
from pages.shared.runs import LEAK_BADGE
from pages.shared.session import workspace
from pages.shared.texts import plain

ONE_NETWORK = "One network"
WHOLE_STUDY = "All networks of its study, side by side"
SHOWN_WIDTH_PX = 128
ORIGINAL_SIDE_PX = 480
NETWORKS_PER_ROW = 3

st.title("Predict")
finished = [run for run in reversed(list_runs(workspace())) if run.state.name == "finished"]
if not finished:
    st.info("No network has been trained yet. Run the guided study on the Home page, or train a study of your own.")
    st.page_link("pages/start/home.py", label="To the guided study", icon=":material/home:")
    st.stop()

champion = workspace_champion(workspace())
ids = [run.run_id for run in finished]
names = {run.run_id: f"{run.config.label} · {run.study_id}" for run in finished}
if champion:
    names[champion.run_id] = f"Champion: {names.get(champion.run_id, '')}"
left, right = st.columns([3, 2])
chosen_id = left.selectbox(
    "Network",
    ids,
    index=ids.index(champion.run_id) if champion and champion.run_id in ids else 0,
    format_func=lambda run_id: names[run_id],
    help="The champion has the highest validation AUC of the newest study.",
)
who = right.radio("Who answers", [ONE_NETWORK, WHOLE_STUDY], key="who", persist_state="session")
uploads = st.file_uploader(
    "Photos",
    type=["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif"],
    accept_multiple_files=True,
    help="They are classified and forgotten: nothing is stored.",
)


@st.cache_resource(max_entries=12, show_spinner=False)
def load_classifier(run_id: str, written_at: float) -> Classifier:
    """Return the run's network, loaded once for each version of its file."""
    return Classifier(find_run(workspace(), run_id))


def show_answer(run: Run, name: str, photo: Image.Image) -> None:
    """Draw what one network says, and the photo as it saw it."""
    try:
        written_at = run.model_path.stat().st_mtime if run.model_path.exists() else 0.0
        answer = load_classifier(run.run_id, written_at).answer(name, photo)
    except EmotionError as error:
        st.error(plain(error))
        return
    color = "blue" if answer.label == "sad" else "orange"
    st.markdown(f"**{run.config.label}**{LEAK_BADGE if run.config.leaks else ''}")
    st.markdown(f"### :{color}[looks {answer.label}]")
    st.progress(answer.p_sad, f"P(sad) = {answer.p_sad:.3f}")
    st.caption(f"sad from {answer.threshold:.3f}, chosen on the validation photos")
    seen = to_image(to_pixels(photo, run.config.view))
    enlarged = seen.resize((SHOWN_WIDTH_PX, SHOWN_WIDTH_PX), Image.Resampling.NEAREST)
    st.image(enlarged, width=SHOWN_WIDTH_PX, caption="as the network saw it")


chosen = finished[ids.index(chosen_id)]
answering = [chosen] if who == ONE_NETWORK else [run for run in reversed(finished) if run.study_id == chosen.study_id]
for upload in uploads:
    with st.container(border=True):
        st.text(upload.name)
        try:
            photo = images.decode(upload.getvalue()).image
        except EmotionError as error:
            st.error(plain(error))
            continue
        original, answers = st.columns([1, 3])
        shown = ImageOps.contain(photo, (ORIGINAL_SIDE_PX, ORIGINAL_SIDE_PX))
        original.image(shown, width="stretch", caption=f"{photo.width} × {photo.height}")
        for start in range(0, len(answering), NETWORKS_PER_ROW):
            columns = answers.columns(NETWORKS_PER_ROW)
            for column, run in zip(columns, answering[start : start + NETWORKS_PER_ROW], strict=False):
                with column:
                    show_answer(run, upload.name, photo)
st.caption(
    "The answer describes an expression in a photo, not a feeling, and only as far as the training photos reach: "
    "a network trained on drawn faces knows drawn faces."
)
