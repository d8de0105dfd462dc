"""The words that each verb takes."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emotion_core.command_line.photos import import_photos, list_photos, scrape_photos, serve_samples
from emotion_core.command_line.runs import cluster, delete, list_all_runs, pause, queue, restart, resume, stop
from emotion_core.command_line.studies import compare, export, predict, report, start
from emotion_core.dataset import LABELS, STATUSES
from emotion_core.settings import CONTACT_VARIABLE, WORKSPACE_VARIABLE

DEFAULT_SAMPLES_PORT = 8765


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
        limit={"type": int, "help": "at most so many photos, half happy and half sad; of CIFAR-10 10,000 by default"},
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
    verb(
        "queue",
        queue,
        first={"metavar": "RUN_ID", "help": "a waiting run that is to be the next"},
        priority={
            "action": "append",
            "default": [],
            "type": _run_and_priority,
            "metavar": "RUN_ID=NUMBER",
            "help": "higher ones go first, equal ones by age; 0 where nobody set it",
        },
        all={"choices": ("pause", "resume"), "help": "pause all that wait, or resume all that are paused"},
        runs_at_once={"type": int, "help": "how many runs are trained at once, 1 to 1000"},
    )
    verb(
        "cluster",
        cluster,
        address={"help": "host:port, ray://host:port, or auto for one on this machine; none trains on this machine"},
        cpus={"type": int, "help": "processors that a run takes of a node, 1 to 1024; default up to 4"},
        gpus={"type": int, "help": "GPUs that a run takes of a node, 0 to 16"},
    )
    verb("pause", pause, run_id=dict(here))
    verb("resume", resume, run_id=dict(here))
    verb(
        "stop",
        stop,
        run_id=dict(here),
        at_epoch_end={"action": "store_true", "help": "let the epoch under way end first"},
    )
    verb("restart", restart, run_id=dict(here), seed={"type": int, "help": "another one than the run's"})
    verb("delete", delete, id={**here, "metavar": "RUN_OR_STUDY_ID"})
    verb("compare", compare, study_id=dict(here))
    verb("report", report, study_id=dict(here), file={**here, "type": Path, "help": "the HTML file to write"})
    verb(
        "predict",
        predict,
        photos={
            **here,
            "nargs": "+",
            "type": Path,
            "metavar": "PHOTO",
            "help": "a photo, a folder or a zip",
        },
        run={"metavar": "RUN_ID", "help": "who answers, starter for the network that comes with the project"},
        look={"choices": ("faces", "whole"), "help": "at each face, or at the whole photo; default as trained"},
    )
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
        "preset": {"help": "controlled, published, described, lenet5, modern or transfer; default controlled"},
        "network": {
            "dest": "networks",
            "action": "append",
            "metavar": "NAME",
            "help": "one of the preset's named networks; default all of them",
        },
        "activations": {"type": _words, "help": "for instance relu,tanh,sigmoid, or those of the preset's networks"},
        "depths": {"type": _numbers, "help": "numbers of convolution blocks, for instance 2,3"},
        "seeds": {"type": int, "help": "how many seeds for each network; default 1"},
        "folds": {"type": int, "help": "cross-validate: 2 to 10 folds, each network is trained once for each"},
        "settings": {
            "type": Path,
            "metavar": "FILE",
            "help": "settings that were saved; flags beside it win",
        },
        "like": {"metavar": "RUN_ID", "help": "the settings of a run that was there before; flags beside it win"},
        "set": {
            "action": "append",
            "default": [],
            "type": _field_and_values,
            "metavar": "FIELD=VALUE[,VALUE...]",
            "help": "any setting; with several values, a network for each, for instance dropout=0,0.5",
        },
        "image_size": {"type": int, "help": "side of the photos in pixels; 64, or the preset's"},
        "kernel_size": {"type": int},
        "padding": {},
        "output_activation": {},
        "epochs": {"type": int},
        "batch_size": {"type": int},
        "learning_rate": {"type": float},
        "optimizer": {},
        "loss": {},
        "sources": {
            "type": _words,
            "help": "hosts whose photos are used, 'files' for imported ones, 'sample gallery'; default all",
        },
        "wait": {"action": "store_true", "help": "return when every run has ended"},
    }


def _words(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise argparse.ArgumentTypeError(f"expected one or several, with commas between them, received {text!r}")
    return words


def _field_and_values(text: str) -> tuple[str, list[str]]:
    from emotion_core.training.config import split_values

    field, equals, values = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected a setting and its value such as dropout=0.5, received {text!r}")
    return field.strip(), split_values(field.strip(), values)


def _run_and_priority(text: str) -> tuple[str, int]:
    run_id, _, number = text.rpartition("=")
    try:
        return run_id, int(number)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected a run and a whole number such as ID=5, received {text!r}"
        ) from error


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
