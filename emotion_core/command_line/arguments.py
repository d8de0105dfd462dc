"""Verbs, flags and help texts of the command line."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from emotion_core.command_line.argument_types import (
    class_and_label,
    comma_integers,
    comma_list,
    field_and_values,
    run_and_priority,
)
from emotion_core.command_line.maintenance import (
    back_up_workspace,
    check,
    clean_workspace,
    list_disk_use,
    restore_workspace,
)
from emotion_core.command_line.photos import (
    export_photo_folder,
    import_photos,
    list_photos,
    scrape_photos,
    serve_samples,
)
from emotion_core.command_line.runs import cluster, delete, list_all_runs, pause, queue, restart, resume, stop
from emotion_core.command_line.studies import add_seeds, compare, export, predict, rename, report, start
from emotion_core.dataset import LABELS, STATUSES
from emotion_core.dataset.snapshots import NEITHER
from emotion_core.settings import CONTACT_VARIABLE, WORKSPACE_VARIABLE
from emotion_core.terminal import printable

DEFAULT_SAMPLES_PORT = 8765
INSTALLED = "emotion-classifier"


class Parser(argparse.ArgumentParser):
    """Parses the arguments; its errors, which repeat what was typed, are printed on one line."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, and exit with status 2."""
        super().error(printable(message))


def _program() -> str:
    """Return how the user called the program, for usage texts."""
    return INSTALLED if Path(sys.argv[0]).stem == INSTALLED else "python -m emotion_core"


def parser() -> argparse.ArgumentParser:
    """Return the argument parser with all verbs."""
    main_parser = Parser(prog=_program(), description="Emotion Classifier without the browser.")
    verbs = main_parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, action: Callable[..., Any], /, **arguments: dict[str, Any]) -> None:
        # The first line of the docstring is the help text; the sections below it are for developers.
        summary = str(action.__doc__).partition("\n")[0]
        verb_parser = verbs.add_parser(name, help=summary, description=summary)
        for argument, options in arguments.items():
            flag = argument if options.pop("positional", False) else f"--{argument.replace('_', '-')}"
            verb_parser.add_argument(flag, **options)
        verb_parser.add_argument(
            "--workspace", help=f"folder with all data; default: {WORKSPACE_VARIABLE}, else your own workspace"
        )
        verb_parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        verb_parser.set_defaults(action=action)

    positional = {"positional": True}
    verb(
        "import",
        import_photos,
        path={**positional, "type": Path},
        label={
            "choices": (*LABELS, NEITHER),
            "help": "of all photos; neither: kept apart for networks with the setting neither",
        },
        map={
            "action": "append",
            "default": [],
            "type": class_and_label,
            "metavar": "CLASS=LABEL",
            "help": "label of another class, for instance smile=happy",
        },
        limit={"type": int, "help": "maximum number of photos, half happy and half sad; default for CIFAR-10: 10,000"},
        encoding={
            "metavar": "NAME",
            "help": "encoding of names in a zip, and of tables, that do not say theirs, such as gbk; default: a guess",
        },
    )
    verb(
        "scrape",
        scrape_photos,
        url={
            **positional,
            "help": "address of a page, with {page} in place of the page number, or a text file of addresses",
        },
        **_scrape_arguments(),
    )
    verb("samples", serve_samples, port={"type": int, "default": DEFAULT_SAMPLES_PORT})
    verb(
        "photos",
        list_photos,
        label={"choices": LABELS},
        status={"choices": STATUSES},
        find_faces={"action": "store_true", "help": "first detect faces in unchecked photos"},
    )
    verb(
        "export-photos",
        export_photo_folder,
        destination={**positional, "type": Path, "help": "a new folder, or a new file that ends in .zip"},
        split={"choices": ("none", "own"), "help": "own: folders by the split that the photos came with; default none"},
        snapshot={"metavar": "FINGERPRINT", "help": "photos, labels and split of this snapshot instead"},
        include_new={"action": "store_true", "help": "also export photos that were not reviewed"},
    )
    verb("study", start, **_study_arguments())
    verb(
        "add-seeds",
        add_seeds,
        study_id=dict(positional),
        number={"type": int, "help": "number of seeds per network; default: up to 5 in all, or 2 more"},
        wait={"action": "store_true", "help": "wait until every run of the study has ended"},
    )
    verb(
        "rename",
        rename,
        study_id=dict(positional),
        name={"metavar": "TEXT", "help": "name of the study in lists, report and TensorBoard"},
        note={"metavar": "TEXT", "help": "what the study is for, or what came of it"},
    )
    verb("runs", list_all_runs, study={"metavar": "STUDY_ID"})
    verb(
        "queue",
        queue,
        first={"metavar": "RUN_ID", "help": "move this waiting run to the front of the queue"},
        priority={
            "action": "append",
            "default": [],
            "type": run_and_priority,
            "metavar": "RUN_ID=NUMBER",
            "help": "priority of a run, default 0; higher runs first, the oldest first among equals",
        },
        all={"choices": ("pause", "resume"), "help": "pause all waiting runs, or resume all paused runs"},
        runs_at_once={"type": int, "help": "number of runs that train at once, 1 to 1000"},
    )
    verb(
        "cluster",
        cluster,
        address={
            "help": "host:port, ray://host:port, auto for a cluster on this machine, none to train without a cluster"
        },
        cpus={"type": int, "help": "CPUs per run on a node, 1 to 1024; default up to 4"},
        gpus={"type": int, "help": "GPUs per run on a node, 0 to 16"},
    )
    verb("pause", pause, run_id=dict(positional))
    verb("resume", resume, run_id=dict(positional))
    verb(
        "stop",
        stop,
        run_id=dict(positional),
        at_epoch_end={"action": "store_true", "help": "finish the current epoch first"},
    )
    verb("restart", restart, run_id=dict(positional), seed={"type": int, "help": "a seed other than the run's own"})
    verb("delete", delete, id={**positional, "metavar": "RUN_OR_STUDY_ID"})
    verb("compare", compare, study_id=dict(positional))
    verb(
        "report", report, study_id=dict(positional), file={**positional, "type": Path, "help": "the HTML file to write"}
    )
    verb(
        "predict",
        predict,
        photos={
            **positional,
            "nargs": "+",
            "type": Path,
            "metavar": "PHOTO",
            "help": "a photo, a folder or a zip",
        },
        run={
            "metavar": "RUN_ID",
            "help": "run whose network predicts, or starter for the one that the project ships; default: the champion, "
            "unless it learned from drawings",
        },
        look={
            "choices": ("as-trained", "faces", "whole"),
            "help": "each face, or the whole photo; default: as trained",
        },
        wrong_one_in={
            "type": int,
            "choices": (10, 20, 50),
            "help": "at most one in so many sure answers may be wrong; stricter: not sure of more photos; default: 10",
        },
    )
    verb("export", export, run_id=dict(positional), destination={**positional, "type": Path})
    verb(
        "check",
        check,
        repair={"action": "store_true", "help": "also repair what can be repaired, and remove leftovers"},
    )
    verb("backup", back_up_workspace, file={**positional, "type": Path, "help": "the zip to write"})
    verb(
        "restore",
        restore_workspace,
        file={**positional, "type": Path, "help": "a zip that backup wrote"},
        replace={
            "action": "store_true",
            "help": "also into a workspace with photos or runs; they are moved into a folder in it",
        },
    )
    verb("disk", list_disk_use)
    verb(
        "clean",
        clean_workspace,
        dry_run={"action": "store_true", "help": "only list what would be removed"},
        interrupted={"action": "store_true", "help": "also remove stopped and killed scrapes and imports"},
    )
    return main_parser


def _scrape_arguments() -> dict[str, dict[str, Any]]:
    return {
        "label": {"choices": LABELS, "required": True},
        "pages": {"help": "page numbers, for instance 1-4"},
        "select": {"help": "CSS selector of the photos"},
        "limit": {"type": int, "help": "maximum number of photos"},
        "allow_host": {
            "action": "append",
            "default": [],
            "metavar": "HOST:PORT",
            "help": "private address to allow",
        },
        "contact": {
            "default": os.environ.get(CONTACT_VARIABLE, ""),
            "help": f"your mail or web address, sent to the sites; default: {CONTACT_VARIABLE}",
        },
        "delay": {"type": float, "metavar": "SECONDS", "help": "time between two requests to a host; default 0.2"},
        "max_minutes": {"type": float, "default": 60.0, "help": "stop after this time; default 60"},
        "max_megabytes": {"type": float, "default": 2000.0, "help": "stop after this many megabytes; default 2000"},
        "ignore_opt_out": {"action": "store_true", "help": "also collect photos marked noai or noimageai"},
    }


def _study_arguments() -> dict[str, dict[str, Any]]:
    return {
        "name": {"default": "", "metavar": "TEXT", "help": "name of the study in lists, report and TensorBoard"},
        "note": {"default": "", "metavar": "TEXT", "help": "what the study is for"},
        "preset": {"help": "controlled, published, described, lenet5, modern or transfer; default controlled"},
        "network": {
            "dest": "networks",
            "action": "append",
            "metavar": "NAME",
            "help": "one of the preset's networks; default: all of them",
        },
        "activations": {
            "type": comma_list,
            "help": "hidden activations, for instance relu,tanh,sigmoid; default: the preset's",
        },
        "depths": {"type": comma_integers, "help": "numbers of convolution blocks, for instance 2,3"},
        "seeds": {
            "type": int,
            "help": "seeds per network; default 1, which compares trained networks; 5 compare activations",
        },
        "folds": {"type": int, "help": "cross-validate with 2 to 10 folds; each network is trained once per fold"},
        "settings": {
            "type": Path,
            "metavar": "FILE",
            "help": "saved settings to start from; other flags override them",
        },
        "like": {"metavar": "RUN_ID", "help": "start from the settings of an earlier run; other flags override them"},
        "set": {
            "action": "append",
            "default": [],
            "type": field_and_values,
            "metavar": "FIELD=VALUE[,VALUE...]",
            "help": "any setting; several values give one network each, for instance dropout=0,0.5",
        },
        "image_size": {"type": int, "help": "side of the photos, in pixels; default 64, or the preset's"},
        "kernel_size": {"type": int},
        "padding": {},
        "output_activation": {},
        "epochs": {"type": int},
        "batch_size": {"type": int},
        "learning_rate": {"type": float},
        "optimizer": {},
        "loss": {},
        "sources": {
            "type": comma_list,
            "help": "sources to use: hosts, 'files' for imported photos, 'sample gallery'; default: all",
        },
        "split_source": {
            "choices": ("random", "predefined"),
            "help": "split of the photos: random, or predefined for the one that the data set came with",
        },
        "wait": {"action": "store_true", "help": "wait until every run has ended"},
    }
