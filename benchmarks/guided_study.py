"""Duration of the guided study by stage: ``python -m benchmarks.guided_study [--repeats N] [--alone]``.

Each repeat starts with an empty workspace and ends with the champion's prediction for a photo that is not in the
gallery. The source study's steps follow each time, as a script on the same photos from the same server. Promised: 100
seconds from the press of the button, and half the script's time. The AUCs show that the networks learned; the script's
are too high, because its train and test photos mix.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from emotion_core.collect.samples import SampleServer, photo_bytes
from emotion_core.dataset import LABELS
from emotion_core.evaluation.comparison import compare_study
from emotion_core.guided import guided_study_id, start_guided_study
from emotion_core.images import decode
from emotion_core.jobs import JobFolder
from emotion_core.prediction import classifier_for
from emotion_core.settings import Workspace
from emotion_core.training import Study, load_study, runs_of

LOOK_SECONDS = 0.1
PROMISE_SECONDS, PROMISED_RATIO = 100, 2.0
UNSEEN_INDEX = 1000


def main() -> None:
    """Measure both in turns and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--alone", action="store_true", help="without the source study's steps")
    asked = options.parse_args()
    totals, peers = [], []
    for _ in range(asked.repeats):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            totals.append(_measure(Workspace(Path(folder))))
        if not asked.alone:
            peers.append(_measure_notebook())
    total = statistics.median(totals)
    print(f"median {total:.1f} s of {PROMISE_SECONDS} s promised, {len(totals)} repeats")
    if peers:
        peer = statistics.median(peers)
        print(f"the notebook's steps: median {peer:.1f} s, {peer / total:.2f} times ours (promised {PROMISED_RATIO})")


def _measure_notebook() -> float:
    """Run the source study's steps as a script and return their seconds, including the start of Python."""
    # The gallery's server draws the photos again, as it does for the guided study.
    photo_bytes.cache_clear()
    with SampleServer() as server:
        addresses = [f"{server.url(label)}?page=" for label in LABELS]
        began = time.perf_counter()
        command = [sys.executable, str(Path(__file__).with_name("notebook_study.py")), *addresses]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"The notebook's steps failed. Received: {done.stderr[-2000:]}")
    print(f"the notebook's steps: {seconds:.1f} s; test AUC {', '.join(done.stdout.splitlines()[-len(LABELS) - 1 :])}")
    return seconds


def _measure(workspace: Workspace) -> float:
    """Run the guided study once, print its stages, and return their total seconds."""
    began = time.perf_counter()
    study = _wait_for_scrape(workspace, start_guided_study(workspace))
    scraped = time.perf_counter()
    while any(run.state.active for run in runs_of(workspace, study)):
        time.sleep(LOOK_SECONDS)
    trained = time.perf_counter()
    compared = compare_study(workspace, study)
    answer = classifier_for(workspace).answer("photo", decode(photo_bytes("sad", UNSEEN_INDEX)).image)
    ended = time.perf_counter()
    aucs = ", ".join(f"{run.config.hidden_activation} {row.test_auc or 0:.3f}" for run, row in compared.rows())
    print(
        f"scrape {scraped - began:.1f} s, train {trained - scraped:.1f} s, compare and answer {ended - trained:.2f} s, "
        f"total {ended - began:.1f} s; test AUC {aucs}; an unseen sad face: P(sad) = {answer.p_sad:.3f}"
    )
    return ended - began


def _wait_for_scrape(workspace: Workspace, job: JobFolder) -> Study:
    """Return the study once the job has scraped the gallery and started it."""
    while (study_id := guided_study_id(job)) is None:
        if not job.state().active:
            raise SystemExit(f"The guided study ended early. {job.state()}")
        time.sleep(LOOK_SECONDS)
    return load_study(workspace, study_id)


if __name__ == "__main__":
    main()
