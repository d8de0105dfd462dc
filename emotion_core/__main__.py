"""The command line: every stage of a study without the browser. See ``python -m emotion_core --help``."""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion_core.dataset import LABELS, STATUSES, Catalog, find
from emotion_core.errors import CollectError, EmotionError, JobError
from emotion_core.settings import CONTACT_VARIABLE, WORKSPACE_VARIABLE, Workspace, open_workspace

if TYPE_CHECKING:
    from emotion_core.jobs import JobFolder
    from emotion_core.training import Study

DEFAULT_SAMPLES_PORT = 8765
WAIT_SECONDS = 0.5

Rows = list[dict[str, Any]]

_TOLD_OF_PHOTOS = (
    *("photo_id", "name", "label", "status", "source_url", "page_url", "landing_url", "licence", "author"),
    *("sha256", "original_sha256", "original_bytes", "original_width", "original_height", "content_type", "added_at"),
)


def import_photos(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Add the photos of a folder, zip, CSV or image file to the catalog."""
    from emotion_core.collect import import_path

    return import_path(Catalog(workspace), options.path, label=options.label, mapping=dict(options.map)).as_json()


def scrape_photos(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Add the photos that a web page shows, or a list of addresses names, to the catalog."""
    from emotion_core.collect import ScrapeProgress, ScrapeRequest, account, scrape_here
    from emotion_core.network import checked

    fields = {
        **_addresses(options.url),
        **{name: getattr(options, name) for name in ("label", "pages", "select", "limit", "contact")},
        "allow_hosts": tuple(options.allow_host),
        "delay_seconds": options.delay,
        "max_minutes": options.max_minutes,
        "max_megabytes": options.max_megabytes,
        "honour_opt_out": not options.ignore_opt_out,
    }
    told = 0

    def tell(progress: ScrapeProgress) -> None:
        nonlocal told
        if progress.pages_done > told and sys.stderr.isatty():
            told = progress.pages_done
            note(f"Page {told} of {progress.pages_total}: {progress.pictures_found} pictures found so far.")

    def begin(job: JobFolder, goes_on: bool) -> None:
        if goes_on:
            note(f"Scrape {job.id} was interrupted and goes on; its earlier photos are counted with it.")

    job = scrape_here(workspace, checked(ScrapeRequest, fields), on_start=begin, on_progress=tell)
    state = job.state()
    if state.name == "failed":
        raise CollectError(state.message)
    result = account(job).as_json()
    if state.name != "finished":
        raise Unfinished(f"{state.message} The same command goes on with it.", result)
    return result


def _addresses(text: str) -> dict[str, Any]:
    """Return what the person gave to scrape: an address, or a text file of addresses."""
    from emotion_core.collect import read_urls

    is_file = "://" not in text and Path(text).is_file()
    return {"urls": read_urls(Path(text))} if is_file else {"url": text}


def serve_samples(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Serve the sample gallery on this machine until interrupted."""
    from emotion_core.collect.samples.server import serve_forever

    serve_forever(options.port, lambda address: note(f"The sample gallery is at {address} until you press Ctrl+C."))
    return {"port": options.port}


def list_photos(workspace: Workspace, options: argparse.Namespace) -> Rows:
    """List the photos of the catalog."""
    if options.find_faces:
        _find_faces(workspace)
    catalog = Catalog(workspace)
    clusters = find(catalog).clusters
    return [
        {
            **{name: getattr(photo, name) for name in _TOLD_OF_PHOTOS},
            "cluster": clusters.get(photo.photo_id),
            # Where nobody looked, how many faces there are is unknown, not zero.
            "faces": None if photo.faces is None else len(photo.faces),
            "flags": list(photo.flags),
        }
        for photo in catalog.photos(label=options.label, status=options.status)
    ]


def _find_faces(workspace: Workspace) -> None:
    """Look at every photo nobody looked at, in the background job that the pages start too, and wait for its end."""
    from emotion_core.dataset import detector_problem, index_progress, start_index

    if problem := detector_problem():
        note(f"Faces cannot be looked for. {problem}")
    told = ""
    # Photos may arrive meanwhile; then the next one begins where this ended.
    while (job := start_index(workspace)) is not None:
        state = job.state()
        if state.name == "failed":
            raise JobError(state.message)
        progress = index_progress(job)
        text = f"{progress.photos_done} of {progress.photos_total} photos looked at" if progress else ""
        if text != told:
            note(text)
            told = text
        time.sleep(WAIT_SECONDS)


def start(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Start a study, and wait for its end where asked to."""
    from emotion_core.training import plan_study, start_study

    names = (
        *("image_size", "kernel_size", "padding", "output_activation"),
        *("epochs", "batch_size", "learning_rate", "optimizer", "loss", "sources"),
    )
    settings = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    config = plan_study(
        options.preset,
        activations=options.activations,
        depths=options.depths,
        seeds=options.seeds,
        settings=settings,
    )
    study = start_study(workspace, config)
    note(f"Study {study.study_id} has started.")
    result = {"study_id": study.study_id, "snapshot": study.snapshot, "run_ids": list(study.run_ids)}
    if options.wait and (problem := _wait_for(workspace, study)):
        raise Unfinished(problem, result)
    return result


class Unfinished(JobError):
    """A study or a scrape ended before all of it was done; ``result`` is what there is of it."""

    def __init__(self, problem: str, result: dict[str, Any]) -> None:
        super().__init__(problem)
        self.result = result


def _wait_for(workspace: Workspace, study: Study) -> str | None:
    """Wait until every run has ended, and return what went wrong, if anything."""
    from emotion_core.training import resume_queue, runs_of

    told = ""
    while True:
        resume_queue(workspace)
        runs = runs_of(workspace, study)
        ended = sum(not run.state.active for run in runs)
        current = [run for run in runs if run.state.name == "running"]
        text = f"{ended} of {len(runs)} runs ended" + "".join(
            f"; {run.config.label}: epoch {len(run.epochs)} of {run.config.epochs}" for run in current
        )
        if text != told:
            note(text)
            told = text
        if not any(run.state.active for run in runs):
            break
        time.sleep(WAIT_SECONDS)
    unfinished = [run for run in runs if run.state.name != "finished"]
    if not unfinished and len(runs) == len(study.run_ids):
        return None
    reasons = "; ".join(f"{run.run_id} {run.state.name}: {run.state.message}" for run in unfinished)
    return f"Study {study.study_id} ended, but not every run finished. {reasons or 'A run folder was deleted.'}"


def list_all_runs(workspace: Workspace, options: argparse.Namespace) -> Rows:
    """List the runs with state, epoch and last metrics."""
    from emotion_core.training import list_runs, load_study

    if options.study is not None:
        load_study(workspace, options.study)
    return [run.summary() for run in list_runs(workspace) if options.study in (None, run.study_id)]


def stop(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Ask a run to stop."""
    from emotion_core.training import find_run, stop_run

    stop_run(workspace, find_run(workspace, options.run_id))
    return find_run(workspace, options.run_id).summary()


def compare(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Compare the runs of a study: AUC with intervals, paired tests, champion, diagnoses, the strongest shortcut."""
    from emotion_core.evaluation.study import compare_study
    from emotion_core.evaluation.study_baseline import study_baseline
    from emotion_core.training import load_study

    study = load_study(workspace, options.study_id)
    baseline = study_baseline(workspace, study)
    # What one number reaches on the same test photos without a network; null where nothing is known of them.
    names = ("name", "auc", "low", "high")
    shortcut = {name: getattr(baseline.shortcut, name) for name in names} if baseline else None
    return {**compare_study(workspace, study).comparison.as_json(), "shortcut": shortcut}


def predict(workspace: Workspace, options: argparse.Namespace) -> Rows:
    """Say P(sad) for photos."""
    from emotion_core.prediction import answer_file, classifier_for
    from emotion_core.training import find_run

    run = find_run(workspace, options.run) if options.run else None
    classifier = classifier_for(workspace, run)
    return [answer_file(classifier, path) for path in options.photos]


def export(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """Write a run's model, settings, scores and card to a folder."""
    from emotion_core.prediction import export_run
    from emotion_core.training import find_run

    files = export_run(workspace, find_run(workspace, options.run_id), options.destination)
    return {"run_id": options.run_id, "files": [str(path) for path in files]}


def parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    main_parser = argparse.ArgumentParser(
        prog="python -m emotion_core", description="Emotion Classifier, without the browser."
    )
    verbs = main_parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, action: Callable[..., Any], **arguments: dict[str, Any]) -> None:
        added = verbs.add_parser(name, help=action.__doc__, description=action.__doc__)
        for argument, options in arguments.items():
            flag = argument if options.pop("positional", False) else f"--{argument.replace('_', '-')}"
            added.add_argument(flag, **options)
        added.add_argument("--workspace", help=f"folder of all that is kept; default {WORKSPACE_VARIABLE} or your own")
        added.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        added.set_defaults(action=action)

    here = {"positional": True}
    verb(
        "import",
        import_photos,
        path={**here, "type": Path},
        label={"choices": LABELS},
        map={
            "action": "append",
            "default": [],
            "type": _class_and_label,
            "metavar": "CLASS=LABEL",
            "help": "what another class counts as, for instance smile=happy",
        },
    )
    verb(
        "scrape",
        scrape_photos,
        url={**here, "help": "a page, with {page} where its number belongs, or a text file of addresses"},
        **_scrape_arguments(),
    )
    verb("samples", serve_samples, port={"type": int, "default": DEFAULT_SAMPLES_PORT})
    verb(
        "photos",
        list_photos,
        label={"choices": LABELS},
        status={"choices": STATUSES},
        find_faces={"action": "store_true", "help": "first look for faces in the photos nobody looked at"},
    )
    verb("study", start, **_study_arguments())
    verb("runs", list_all_runs, study={"metavar": "STUDY_ID"})
    verb("stop", stop, run_id=dict(here))
    verb("compare", compare, study_id=dict(here))
    verb("predict", predict, photos={**here, "nargs": "+", "type": Path}, run={"metavar": "RUN_ID"})
    verb("export", export, run_id=dict(here), destination={**here, "type": Path})
    return main_parser


def _scrape_arguments() -> dict[str, dict[str, Any]]:
    return {
        "label": {"choices": LABELS, "required": True},
        "pages": {"help": "for instance 1-4"},
        "select": {"help": "CSS selector of the photos"},
        "limit": {"type": int, "help": "photos at most"},
        "allow_host": {
            "action": "append",
            "default": [],
            "metavar": "HOST:PORT",
            "help": "a private address to allow",
        },
        "contact": {
            "default": os.environ.get(CONTACT_VARIABLE, ""),
            "help": f"mail or web address for the operators of the sites; default {CONTACT_VARIABLE}",
        },
        "delay": {"type": float, "metavar": "SECONDS", "help": "between two requests to a host; default 0.2"},
        "max_minutes": {"type": float, "default": 60.0, "help": "end after this time; default 60"},
        "max_megabytes": {"type": float, "default": 2000.0, "help": "end after fetching this much; default 2000"},
        "ignore_opt_out": {"action": "store_true", "help": "also take what is marked noai or noimageai"},
    }


def _study_arguments() -> dict[str, dict[str, Any]]:
    return {
        "preset": {"default": "controlled", "help": "controlled, published or described"},
        "activations": {"type": _words, "help": "for instance relu,tanh,sigmoid"},
        "depths": {"type": _numbers, "help": "numbers of convolution blocks, for instance 2,3"},
        "seeds": {"type": int, "default": 1, "help": "how many seeds for each network"},
        "image_size": {"type": int, "help": "side of the photos in pixels; 64, or the preset's"},
        "kernel_size": {"type": int},
        "padding": {},
        "output_activation": {},
        "epochs": {"type": int},
        "batch_size": {"type": int},
        "learning_rate": {"type": float},
        "optimizer": {},
        "loss": {},
        "sources": {"type": _words, "help": "hosts whose photos are used, 'files' for imported ones; default all"},
        "wait": {"action": "store_true", "help": "return when every run has ended"},
    }


def _words(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise argparse.ArgumentTypeError(f"expected one or several, with commas between them, received {text!r}")
    return words


def _class_and_label(text: str) -> tuple[str, str]:
    name, equals, label = text.rpartition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected a class and its label such as smile=happy, received {text!r}")
    return name, label.strip()


def _numbers(text: str) -> list[int]:
    try:
        return [int(word) for word in _words(text)]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected whole numbers such as 2,3, received {text!r}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 done, 1 an error with its sentence on stderr, 2 bad usage."""
    for stream in (sys.stdout, sys.stderr):
        # Names may hold any character; not every terminal or pipe is set up for that.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        result = options.action(open_workspace(options.workspace), options)
        show(result, as_json=options.json)
    except Unfinished as error:
        show(error.result, as_json=options.json)
        note(f"Error: {' '.join(str(error).split())}")
        return 1
    except BrokenPipeError:
        # Whoever read our output has seen enough; stdout must not be flushed again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (EmotionError, OSError) as error:
        note(f"Error: {' '.join(str(error).split())}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def show(result: Any, *, as_json: bool) -> None:
    """Write what a verb returned to stdout, as one JSON document or for a person."""
    if as_json:
        print(json.dumps(_finite(result), ensure_ascii=False, indent=1), flush=True)
    elif isinstance(result, list):
        print(_table(result), flush=True)
    else:
        for key, value in result.items():
            is_table = isinstance(value, list) and value and isinstance(value[0], dict)
            print(f"{key}:\n{_table(value)}" if is_table else f"{key}: {value}", flush=True)


def _finite(value: Any) -> Any:
    """Return the value with NaN and infinity as null, which JSON has no word for."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _table(rows: Rows) -> str:
    import pandas as pd

    return pd.DataFrame(rows).astype(object).fillna("").to_string(index=False) if rows else "(none)"


def note(text: str) -> None:
    """Write one line to stderr, where it cannot get into the JSON."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
