"""Progress in a job's folder."""

from pathlib import Path

from emotion_core.jobs import JobFolder, ProgressLog


def test_progress_is_recorded_now_and_then_and_at_the_end(tmp_path: Path) -> None:
    """Frequent progress leaves a few records, the latest last, and none twice."""
    folder = JobFolder(tmp_path / "job")
    folder.create({})
    log = ProgressLog(folder)
    for done in range(1000):
        log({"event": "progress", "done": done})
    log.flush()
    log.flush()

    seen = [record["done"] for record in folder.records("progress")]
    assert seen[-1] == 999
    assert 2 <= len(set(seen)) == len(seen) <= 50
