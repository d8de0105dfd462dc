"""Compare: the champion, the answer over seeds and photos, ROC and learning curves; the rest is in tabs."""

import streamlit as st

from emotion_core.evaluation.figures import alt_text
from emotion_core.training import record_look
from pages.components.common.add_seeds import show_add_seeds
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import choose_study
from pages.components.common.plotly_figure import show_figure
from pages.components.common.problems import show_problems
from pages.components.common.study_name import show_note
from pages.components.common.workspace import workspace
from pages.components.compare.answer import show_answer
from pages.components.compare.downloads import show_export
from pages.components.compare.selection import (
    cached_baseline,
    cached_comparison,
    choose_grouping,
    choose_other_studies,
    choose_runs,
    plotly_config,
    roc_of,
    unfinished_text,
)
from pages.components.compare.tabs import show_learning_curves, show_views

st.title("Compare")
study = choose_study()
show_note(study)
studies = [study, *choose_other_studies(workspace(), study)]
baseline = cached_baseline(workspace(), study)
compared = cached_comparison(workspace(), studies, baseline)
comparison = compared.comparison
if compared.unfinished:
    st.info(f"Not compared, because not finished: {unfinished_text(compared)}.")
    st.page_link("pages/study/train.py", label="See the runs", icon=":material/monitoring:")
show_problems(compared.problems, "part")
if not compared.runs:
    st.info("No network of this study has finished, so there is nothing to compare yet.")
    st.stop()

for compared_study in studies:
    record_look(workspace(), compared_study, [run.config for run in compared.runs])
show = st.info if compared.under_way else st.success if compared.champion else st.warning
show(escape_markdown(comparison.reason), icon=":material/trophy:")
leaking = [escape_markdown(run.name) for run in compared.runs if run.config.leaks]
if leaking:
    st.error(f"Trained on their own test photos, so their curves are not valid results: {', '.join(leaking)}.")

st.header("The answer")
show_answer(comparison)
show_add_seeds(study)
design = compared.study.config.design
if design.confounded or design.crossed:
    (st.warning if design.confounded else st.info)(escape_markdown(design.sentence), icon=":material/difference:")

st.header("ROC curves on the test photos")
runs = choose_runs(compared)
by = choose_grouping(runs)
figure = roc_of(runs, baseline, by)
show_figure(figure, "roc", alt_text(figure, "ROC curves on the test photos"), plotly_config("roc"))
st.markdown(escape_markdown(comparison.conclusion))
if comparison.baseline is not None:
    st.markdown(escape_markdown(comparison.baseline.sentence))
st.caption(
    f"Every curve uses every test photo of snapshot `{study.snapshot}`, {study.config.split_text}. A mean "
    "curve has a band from the lowest to the highest of its networks, and the range of their AUCs. The curve of a "
    "cross-validated network is the mean of its folds' curves at each false positive rate. In brackets: 95 % interval "
    "of a single network's AUC, luck in photos alone (DeLong, on the logit scale). Dashed gray: the simple number that "
    "best separates the training photos, without looking at a face."
)

st.header("Learning curves")
show_learning_curves(runs)

st.header("Networks and photos")
show_views(compared, runs, by)

st.header("Export")
show_export(workspace(), compared, runs)
