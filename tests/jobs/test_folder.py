"""Job folders: what readers see while another process writes, dies, or is asked to stop."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from emotion_core.errors import JobError, JobNotFound, JobUnusable
from emotion_core.files import read_json, write_json
from emotion_core.jobs import JobFolder, JobState, StopRequested
from emotion_core.jobs import folder as jobs
from emotion_core.jobs.record_file import encoded_record
from emotion_core.jobs.state import HEARTBEAT_SECONDS
from emotion_core.settings import PACKAGE

Wait = Callable[[Callable[[], Any], str], Any]
CHECKOUT = PACKAGE.parent


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """Return a job that was created and not yet started."""
    created = JobFolder(tmp_path / jobs.new_id())
    created.create({"kind": "test"})
    return created


def sleeper() -> subprocess.Popen[bytes]:
    """Start a process that does nothing for a minute."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def _job_script(tmp_path: Path, body: str) -> str:
    """Write a module that runs the body of a job in its folder, and return its name."""
    text = "import sys, time\nfrom pathlib import Path\n"
    text += "from emotion_core import jobs\nfrom emotion_core.errors import DataError\n"
    text += "folder = jobs.JobFolder(Path(sys.argv[1]))\nwith jobs.job_session(folder):\n"
    (tmp_path / "job_under_test.py").write_text(text + textwrap.indent(textwrap.dedent(body), "    "))
    return "job_under_test"


@pytest.fixture
def run_job(
    tmp_path: Path, folder: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], subprocess.Popen[bytes]]:
    """Return a function that launches a job with a given body in ``folder``."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return lambda body: folder.launch(_job_script(tmp_path, body))


def test_new_ids_differ_and_may_be_file_names_that_are_found(tmp_path: Path) -> None:
    """Ids made in the same second differ, and each is accepted by the lookup."""
    ids = {jobs.new_id() for _ in range(200)}
    assert len(ids) == 200
    for job_id in ids:
        (tmp_path / job_id).mkdir()
        assert JobFolder.find(tmp_path, job_id).id == job_id


@pytest.mark.parametrize(
    "job_id", ["../x", "", "A/B", ".", "..", "/etc", "a\\b", "abcd\n", "abcd\0", "ab", "x" * 65, "-abcd", "ABCD"]
)
def test_find_refuses_ids_that_are_no_plain_names(job_id: str, tmp_path: Path) -> None:
    """An id from an address or the command line never becomes a path, even if such a folder exists."""
    parent = tmp_path / "parent"
    parent.mkdir()
    for existing in ("x", "parent/A", "parent/A/B", "parent/ABCD", "parent/ab", "parent/-abcd"):
        (tmp_path / existing).mkdir()
    with pytest.raises(JobNotFound, match="no such job"):
        JobFolder.find(parent, job_id)


def test_find_refuses_an_id_without_a_folder(tmp_path: Path) -> None:
    """A well-formed id of a deleted job is named in the message."""
    with pytest.raises(JobNotFound, match="job='gone-1234'"):
        JobFolder.find(tmp_path, "gone-1234")


def test_unknown_word_in_the_status_file_is_a_failure(tmp_path: Path) -> None:
    """The state is one of the documented ones, whatever the file contains."""
    folder = JobFolder(tmp_path / "job-0001")
    folder.create({})
    write_json(folder.path / "status.json", {"state": "exploded"})
    assert folder.state().name == "failed"


def test_job_is_listed_with_its_settings_or_not_at_all(tmp_path: Path) -> None:
    """A reader that lists jobs while one is being created never finds it without its settings."""
    done, unready = threading.Event(), []

    def look() -> None:
        while not done.is_set():
            unready.extend(
                job.id for job in JobFolder.all_in(tmp_path) if read_json(job.path / "settings.json") is None
            )

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(300):
        JobFolder(tmp_path / f"job-{number:04d}").create({"number": number})
    done.set()
    looking.join()
    assert len(JobFolder.all_in(tmp_path)) == 300
    assert unready == []


def test_job_that_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    """A folder that cannot be created is a JobError, not an OSError."""
    (tmp_path / "file").touch()
    with pytest.raises(JobError, match="cannot be started"):
        JobFolder(tmp_path / "file" / "job-0001").start({}, "emotion_core.collect.scrapes.scrape_job")


def test_job_whose_starter_died_before_its_process_began_is_lost(tmp_path: Path) -> None:
    """A job whose process was never started is lost, not queued forever."""
    starter = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    folder = JobFolder(tmp_path / "job-0001")
    folder.create({})
    folder.record_process(starter.pid)
    assert folder.state().name == "starting"
    starter.communicate(b"\n")
    assert folder.state().name == "lost"


@pytest.mark.parametrize(("age_seconds", "state"), [(1, "running"), (600, "lost")])
def test_process_of_another_machine_is_known_by_its_heartbeat(tmp_path: Path, age_seconds: int, state: str) -> None:
    """In a shared folder, the heartbeat of another machine's process counts and its id does not."""
    folder = JobFolder(tmp_path / "job-0001")
    folder.create({})
    folder.append({"event": "begin"})
    folder.record_process(os.getpid())
    elsewhere = {**read_json(folder.path / "process.json"), "host": "another-machine"}
    write_json(folder.path / "process.json", elsewhere)
    beat = folder.path / "heartbeat"
    beat.touch()
    os.utime(beat, (time.time() - age_seconds,) * 2)
    assert folder.state().name == state


def test_jobs_are_listed_oldest_first_and_strangers_left_out(tmp_path: Path) -> None:
    """Only folders named by a valid id are jobs; files and hidden folders are not."""
    for name in ("260102-000000-bbbbbb", "260101-000000-aaaaaa", ".hidden", "Notes"):
        (tmp_path / name).mkdir()
    (tmp_path / "260103-000000-cccccc").write_text("a file")
    assert [job.id for job in JobFolder.all_in(tmp_path)] == ["260101-000000-aaaaaa", "260102-000000-bbbbbb"]
    assert JobFolder.all_in(tmp_path / "missing") == []


def test_newest_job_of_a_kind_is_found_among_others(tmp_path: Path) -> None:
    """Jobs are selected by the kind in their settings, and damaged settings are skipped."""
    for number, kind in enumerate(["guided", "guided", "scrape", "scrape"]):
        JobFolder(tmp_path / f"2601-{number}").create({"kind": kind})
    (tmp_path / "2601-3" / "settings.json").write_text("{")
    assert JobFolder.newest(tmp_path, "guided").id == "2601-1"
    assert JobFolder.newest(tmp_path, "scrape").id == "2601-2"
    assert JobFolder.newest(tmp_path, "other") is None


def test_unterminated_last_line_is_not_written_yet(folder: JobFolder) -> None:
    """A record without its newline is ignored until the newline is there."""
    folder.append({"event": "epoch", "epoch": 1})
    path = folder.path / "records.jsonl"
    line = encoded_record({"event": "epoch", "epoch": 2}).decode()
    with path.open("a") as stream:
        stream.write(line[:-1])
    assert [record["epoch"] for record in folder.records()] == [1]
    with path.open("a") as stream:
        stream.write("\n")
    assert [record["epoch"] for record in folder.records("epoch")] == [1, 2]


def test_damaged_lines_are_passed_over(folder: JobFolder) -> None:
    """One broken line does not hide the records around it."""
    folder.append({"event": "first"})
    with (folder.path / "records.jsonl").open("a") as stream:
        stream.write("{half\n[1, 2]\n")
    folder.append({"event": "last"})
    assert [record["event"] for record in folder.records()] == ["first", "last"]


def test_records_that_hold_line_separators_stay_one_record(folder: JobFolder) -> None:
    """Text from the web may hold any character, line separators included."""
    text = "a\u2028b\x85c\r\nd"
    folder.append({"event": "scrape", "name": text})
    assert [record["name"] for record in folder.records()] == [text]


def test_writers_in_several_threads_lose_no_record(folder: JobFolder) -> None:
    """Appending is safe from several writers at once."""
    writers = [
        threading.Thread(target=lambda w=w: [folder.append({"writer": w, "n": n}) for n in range(50)]) for w in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted((r["writer"], r["n"]) for r in folder.records()) == [(w, n) for w in range(4) for n in range(50)]


def test_reader_of_a_file_being_replaced_sees_old_or_new_never_half(tmp_path: Path) -> None:
    """While another process keeps replacing a large file, every read returns a complete document."""
    path = tmp_path / "big.json"
    code = (
        "import sys; from pathlib import Path; from emotion_core.files import write_json\n"
        "for n in range(300): write_json(Path(sys.argv[1]), {'n': n, 'rest': [n] * 5000})"
    )
    write_json(path, {"n": -1, "rest": [-1] * 5000})
    writer = subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=CHECKOUT)
    seen = []
    while writer.poll() is None:
        document = json.loads(path.read_text())
        assert document["rest"] == [document["n"]] * 5000
        seen.append(document["n"])
    assert writer.returncode == 0
    assert seen == sorted(seen)
    assert read_json(path)["n"] == 299
    assert [file.name for file in tmp_path.iterdir()] == ["big.json"]


def test_missing_or_damaged_json_reads_as_none(tmp_path: Path) -> None:
    """Readers get None, never an exception of the parser."""
    (tmp_path / "half.json").write_text('{"a": ')
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    assert read_json(tmp_path / "half.json") is None
    assert read_json(tmp_path / "binary.json") is None
    assert read_json(tmp_path / "gone.json") is None


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_settings_that_are_gone_or_damaged_are_a_job_error(folder: JobFolder, content: str | None) -> None:
    """The error names the unusable job."""
    (folder.path / "settings.json").unlink()
    if content is not None:
        (folder.path / "settings.json").write_text(content)
    with pytest.raises(JobUnusable, match=folder.id):
        folder.settings()


def test_state_of_a_created_job_is_queued(folder: JobFolder) -> None:
    """No process works on it, and it was not stopped."""
    assert folder.state().name == "queued"
    assert folder.state().active


def test_state_of_a_queued_job_that_was_asked_to_stop_is_stopped(folder: JobFolder) -> None:
    """A job stopped before it started has ended at once."""
    folder.request_stop()
    assert folder.state().name == "stopped"
    assert not folder.state().active


def test_state_is_starting_until_the_first_record_then_running(folder: JobFolder) -> None:
    """A living process without records is starting."""
    folder.record_process(os.getpid())
    assert folder.state().name == "starting"
    folder.append({"event": "begin"})
    assert folder.state().name == "running"


@pytest.mark.parametrize("state", ["finished", "stopped", "failed"])
def test_the_first_word_about_the_end_stands(folder: JobFolder, state: str) -> None:
    """Once the end of a job is recorded, nothing overrides it, not even a living process."""
    folder.record_process(os.getpid())
    folder.finish(state, "first")
    folder.finish("finished", "second")
    assert (folder.state().name, folder.state().message) == (state, "first")


def test_process_that_ended_without_a_word_is_lost(folder: JobFolder) -> None:
    """A killed process leaves its job lost, with a message that says so."""
    with sleeper() as process:
        folder.record_process(process.pid)
        assert folder.state().name == "starting"
        process.kill()
    assert folder.state().name == "lost"
    assert "killed" in folder.state().message


def test_reused_process_id_is_lost(folder: JobFolder) -> None:
    """Another process that got the same id later is not the job."""
    folder.record_process(os.getpid())
    recorded = read_json(folder.path / "process.json")
    write_json(folder.path / "process.json", {**recorded, "started": recorded["started"] - 60})
    assert folder.state().name == "lost"


def test_zombie_counts_as_dead(folder: JobFolder, wait_until: Wait) -> None:
    """A process that ended but was not collected by its parent does not keep the job running."""
    process = sleeper()
    folder.record_process(process.pid)
    folder.append({"event": "begin"})
    assert folder.state().name == "running"
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, "the process is a zombie")
    assert folder.state().name == "lost"
    process.wait()


@pytest.mark.parametrize("content", ["{}", "[1]", '{"pid": "x", "started": 1}', '{"pid": -5, "started": 1}', "7"])
def test_damaged_process_record_is_lost_not_an_exception(folder: JobFolder, content: str) -> None:
    """The state can be read whatever the process file contains."""
    (folder.path / "process.json").write_text(content)
    assert folder.state().name == "lost"


def test_kill_ends_the_process_and_says_stopped(folder: JobFolder) -> None:
    """A job that does not respond is killed, and listed as stopped rather than lost."""
    with sleeper() as process:
        folder.record_process(process.pid)
        folder.kill()
        assert process.wait() == -signal.SIGKILL
    assert folder.state().name == "stopped"


def test_kill_leaves_a_process_alone_that_is_done_with_the_job(folder: JobFolder) -> None:
    """The process may work on another job while a copy of the folder still records it."""
    with sleeper() as process:
        folder.record_process(process.pid)
        folder.finish("finished")
        folder.kill()
        assert process.poll() is None
        process.kill()
    assert folder.state().name == "finished"


def test_kill_leaves_a_stranger_with_the_same_id_alone(folder: JobFolder) -> None:
    """A later process with the recorded id must survive."""
    code = "import sys; sys.stdin.read(); sys.exit(7)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as stranger:
        folder.record_process(stranger.pid)
        recorded = read_json(folder.path / "process.json")
        write_json(folder.path / "process.json", {**recorded, "started": recorded["started"] - 60})
        folder.kill()
        stranger.communicate()
    assert stranger.returncode == 7


def test_body_that_ends_is_finished(folder: JobFolder, run_job: Callable[[str], subprocess.Popen[bytes]]) -> None:
    """A job that completes is finished, and its output is in the log."""
    assert run_job("print('hello')\nfolder.append({'event': 'done'})").wait() == 0
    assert folder.state() == JobState("finished")
    assert folder.log_end() == "hello"


def test_sigterm_leads_to_stopped(
    folder: JobFolder, run_job: Callable[[str], subprocess.Popen[bytes]], wait_until: Wait
) -> None:
    """A terminated job ends at its next safe point and is listed as stopped."""
    process = run_job("""\
        folder.append({"event": "begin"})
        while True:
            folder.raise_if_stopped()
            time.sleep(0.02)
    """)
    wait_until(lambda: folder.state().name == "running", "the job runs")
    process.terminate()
    assert process.wait() == 0
    assert (folder.state().name, folder.state().message) == ("stopped", "Stopped on request.")


def test_own_error_leads_to_failed_with_its_sentence(
    folder: JobFolder, run_job: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    """The message of an EmotionError is recorded unchanged."""
    run_job("raise DataError('Too few photos. Collect more.')").wait()
    assert (folder.state().name, folder.state().message) == ("failed", "Too few photos. Collect more.")


def test_any_other_error_leads_to_failed_and_a_traceback_in_the_log(
    folder: JobFolder, run_job: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    """Another exception is recorded in one line, with its traceback in the log."""
    assert run_job("raise ZeroDivisionError('by nought\\nmore')").wait() == 1
    assert (folder.state().name, folder.state().message) == ("failed", "ZeroDivisionError: by nought")
    assert "Traceback" in folder.log_end()
    assert "job_under_test.py" in folder.log_end()


def test_working_job_beats(folder: JobFolder, run_job: Callable[[str], subprocess.Popen[bytes]]) -> None:
    """The heartbeat file is touched while the body runs."""
    run_job(f"time.sleep({HEARTBEAT_SECONDS} * 1.5)").wait()
    assert (folder.path / "heartbeat").exists()


def test_job_outlives_the_process_that_launched_it(tmp_path: Path, folder: JobFolder, wait_until: Wait) -> None:
    """Killing the web server with its whole process group does not end a job."""
    module = _job_script(
        tmp_path, "folder.append({'event': 'begin'})\nwhile not folder.stop_requested(): time.sleep(0.02)"
    )
    code = (
        "import sys, time; from pathlib import Path; from emotion_core.jobs.folder import JobFolder\n"
        f"JobFolder(Path(sys.argv[1])).launch({module!r}); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(CHECKOUT)])}
    command = [sys.executable, "-c", code, str(folder.path)]
    with subprocess.Popen(command, env=environment, start_new_session=True) as launcher:
        wait_until(lambda: folder.state().name == "running", "the job runs")
        os.killpg(launcher.pid, signal.SIGKILL)
    assert folder.state().name == "running"
    folder.request_stop()
    wait_until(lambda: folder.state().name == "finished", "the job ended by itself")


def test_log_end_gives_the_last_lines_only(folder: JobFolder) -> None:
    """A long log is shown from its end, and undecodable bytes do no harm."""
    (folder.path / "log.txt").write_bytes(b"\n".join(b"line %d" % number for number in range(100)) + b"\n\xff")
    assert folder.log_end(3).splitlines() == ["line 98", "line 99", "\ufffd"]


def test_a_job_goes_on_after_it_has_ended_and_keeps_its_records(folder: JobFolder) -> None:
    """Its end and the stop request are removed, and an incomplete record does not swallow the next one."""
    folder.append({"event": "one"})
    with (folder.path / "records.jsonl").open("a") as stream:
        stream.write('{"event": "half')
    folder.request_stop()
    folder.finish("stopped")
    folder.reopen({"kind": "changed"})
    folder.append({"event": "two"})

    assert folder.state().name == "running"
    assert not folder.stop_requested()
    assert [record["event"] for record in folder.records()] == ["one", "two"]
    assert folder.settings() == {"kind": "changed"}


def test_a_job_under_way_is_not_reopened(folder: JobFolder) -> None:
    """While its process lives, no other process may work in its folder."""
    folder.record_process(os.getpid())
    with pytest.raises(JobError, match="still active"):
        folder.reopen()


def test_deleted_job_is_gone(folder: JobFolder) -> None:
    """Nothing is left of a deleted job, and deleting it twice is no error."""
    folder.delete()
    folder.delete()
    assert not folder.path.exists()


def test_deleted_job_ends_and_its_folder_stays_deleted(tmp_path: Path) -> None:
    """The job stops at its next safe point, and its end is recorded nowhere."""
    folder = JobFolder(tmp_path / "job-0001")
    folder.create({})
    folder.raise_if_stopped()
    folder.delete()
    with pytest.raises(StopRequested):
        folder.raise_if_stopped()
    folder.finish("stopped")
    assert not folder.path.exists()
