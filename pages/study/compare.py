"""Compare: ROC curves of a study's networks on one chart, the champion, and what can be concluded."""

import pandas as pd
import streamlit as st

from emotion_core.evaluation.figures import confusion_figure
from emotion_core.evaluation.study import compare_study
from emotion_core.evaluation.study_baseline import baseline_verdict, study_baseline
from emotion_core.evaluation.study_views import pair_table, study_curves_figure, study_roc_figure, study_table
from pages.shared.plans import open_run_settings
from pages.shared.session import choose_study, workspace
from pages.shared.snapshots import choose_other_champion
from pages.shared.texts import plain

CONFUSIONS_PER_ROW = 4
DECIMAL_COLUMNS = ("validation AUC", "test AUC", "from", "to", "accuracy", "threshold")

st.title("Compare")
study = choose_study()
compared = compare_study(workspace(), study)
comparison = compared.comparison
unfinished = [run for run in compared.runs if run not in compared.finished]
if unfinished:
    states = ", ".join(f"{run.config.label} ({run.state.name})" for run in unfinished)
    st.info(f"Not compared, because not finished: {states}.")
    st.page_link("pages/study/train.py", label="See the runs", icon=":material/monitoring:")
if len(compared.runs) < len(study.run_ids):
    st.warning("Some runs of this study are missing: their folders were deleted or are damaged.")
if not compared.finished:
    st.info("No network of this study has finished, so there is nothing to compare yet.")
    st.stop()

under_way = any(run.state.active for run in compared.runs)
show = st.info if under_way else st.success if compared.champion else st.warning
show(comparison.reason, icon=":material/trophy:")
st.markdown(comparison.conclusion)
design = study.config.design
if design.confounded or design.crossed:
    (st.warning if design.confounded else st.info)(plain(design.sentence), icon=":material/difference:")
leaking = [run.config.label for run in compared.finished if run.config.leaks]
if leaking:
    st.error(f"Trained on photos that they were tested on, so their curves are no result: {', '.join(leaking)}.")

st.subheader("ROC curves on the test photos")
st.caption(f"All networks: snapshot `{study.snapshot}`, split seed {study.config.split_seed}.")
other = choose_other_champion(workspace(), compared)
baseline = study_baseline(workspace(), study)
st.plotly_chart(study_roc_figure(compared, other=other, baseline=baseline), key="roc", width="stretch")
if baseline is not None:
    st.markdown(baseline_verdict(compared, baseline))
st.caption(
    "Each curve is drawn from every test photo. In brackets: the 95 % confidence interval of the AUC (DeLong, on the "
    "logit scale). Dashed grey: the one number that told the training photos apart best, without looking at a face."
)
columns = dict.fromkeys(DECIMAL_COLUMNS, st.column_config.NumberColumn(format="%.3f"))
columns |= {"seconds": st.column_config.NumberColumn(format="%.1f")}
st.dataframe(pd.DataFrame(study_table(compared)), hide_index=True, width="stretch", column_config=columns)

st.subheader("Diagnosis")
for run in compared.finished:
    diagnosis = compared.diagnoses[run.run_id]
    with st.expander(f"**{run.config.label}**: {diagnosis.sentence}"):
        st.markdown(f"{diagnosis.evidence}\n\n*What to try:* {diagnosis.advice}")
        if st.button("Change and run again", icon=":material/tune:", key=f"change-{run.run_id}"):
            open_run_settings(run.run_id)

st.subheader("Accuracy and loss over the epochs")
for column, metric in zip(st.columns(2), ("accuracy", "loss"), strict=True):
    column.plotly_chart(study_curves_figure(compared, metric), key=f"curves-{metric}", width="stretch")

st.subheader("Confusion at each network's threshold, test photos")
tested = [(run, row.confusion) for run, row in compared.rows() if row.confusion is not None]
for start in range(0, len(tested), CONFUSIONS_PER_ROW):
    for column, (run, counts) in zip(st.columns(CONFUSIONS_PER_ROW), tested[start:], strict=False):
        figure = confusion_figure(counts, run.config.label)
        column.plotly_chart(figure, key=f"confusion-{run.run_id}", width="stretch")

if comparison.pairs:
    with st.expander("Pair by pair: paired DeLong test on the test photos"):
        st.dataframe(pd.DataFrame(pair_table(compared)).round(3), hide_index=True, width="stretch")
        st.caption("The test compares trained networks, with these seeds; what holds for an activation takes several.")
