"""Compare: ROC curves of the networks on one chart, the champion, what can be concluded, and what lies behind."""

import streamlit as st

from emotion_core.evaluation.comparison import baseline_verdict
from emotion_core.evaluation.figures import champion_table, study_roc_figure, study_table
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import choose_study
from pages.components.common.workspace import workspace
from pages.components.compare.diagnosis import show_diagnoses
from pages.components.compare.downloads import show_export
from pages.components.compare.selection import baseline_of, choose_others, choose_runs, compared, picture
from pages.components.compare.tables import show_table
from pages.components.compare.tabs import show_views
from pages.components.compare.threshold import show_threshold

st.title("Compare")
study = choose_study()
studies = [study, *choose_others(workspace(), study)]
baseline = baseline_of(workspace(), study)
together = compared(workspace(), studies, baseline)
comparison = together.comparison
if together.unfinished:
    states = ", ".join(f"{name} ({state})" for name, state in together.unfinished)
    st.info(f"Not compared, because not finished: {states}.")
    st.page_link("pages/study/train.py", label="See the runs", icon=":material/monitoring:")
if together.missing:
    st.warning("Some runs of this study are missing: their folders were deleted or are damaged.")
if not together.runs:
    st.info("No network of this study has finished, so there is nothing to compare yet.")
    st.stop()

show = st.info if together.under_way else st.success if together.champion else st.warning
show(escape_markdown(comparison.reason), icon=":material/trophy:")
st.markdown(escape_markdown(comparison.conclusion))
design = together.study.config.design
if design.confounded or design.crossed:
    (st.warning if design.confounded else st.info)(escape_markdown(design.sentence), icon=":material/difference:")
leaking = [run.name for run in together.runs if run.config.leaks]
if leaking:
    st.error(f"Trained on photos that they were tested on, so their curves are no result: {', '.join(leaking)}.")

st.subheader("ROC curves on the test photos")
st.caption(f"All networks: snapshot `{study.snapshot}`, split seed {study.config.split_seed}.")
runs = choose_runs(together)
st.plotly_chart(study_roc_figure(runs, baseline=baseline), key="roc", config=picture("roc"))
if baseline is not None:
    st.markdown(escape_markdown(baseline_verdict(together.champion, baseline)))
st.caption(
    "Each curve is drawn from every test photo. In brackets: the 95 % confidence interval of the AUC (DeLong, on the "
    "logit scale). Where a network was trained with several seeds: each thin, their mean thick, and the range of their "
    "AUCs. Dashed grey: the one number that told the training photos apart best, without looking at a face."
)
show_table(study_table(together), whole=("parameters", "best epoch"))

if comparison.against_champion:
    st.subheader("Differences from the champion")
    show_table(champion_table(together))
    st.caption(
        "Difference in test AUC with its 95 % interval and p-value (DeLong, paired on the same photos). Exchange test: "
        "the same question, right for few photos too. Holm-adjusted: so many are compared with the champion at once. "
        "McNemar: whether the two call equally many test photos rightly, each at its threshold. Below .05 a difference "
        "is more than chance would bring."
    )

st.subheader("Diagnosis")
show_diagnoses(runs)

if shown := [run for run in runs if len(run.photo_ids)]:
    st.subheader("Threshold and photos")
    show_threshold(shown, together.champion)

st.subheader("More views")
show_views(together, runs)

st.subheader("Export")
show_export(workspace(), together, runs)
