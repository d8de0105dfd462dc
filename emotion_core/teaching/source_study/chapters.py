"""The six chapters on the source study: the studies behind them, and the evidence of the user's own runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_core.dataset import Catalog, PhotoNumbers, Snapshot, load_snapshot
from emotion_core.errors import EmotionError
from emotion_core.evaluation.diagnosis import shortcuts
from emotion_core.settings import Workspace
from emotion_core.teaching.source_study.evidence import StudyEvidence, TrainedNetwork, trained_network
from emotion_core.training import RunConfig, Study, StudyPlan, list_studies, runs_of
from emotion_core.training.engine import scored_splits, training_data

IMAGE_SIZE_PX = 64  # the source study has 256, which takes sixteen times the time and shows the same
SEEDS = 3
MANY_SEEDS = 10
DEPTHS = (1, 2, 3, 4)
FEW_EPOCHS = 6  # networks that still make errors: for a perfect one every batch has the same AUC
LEAK_EPOCHS = 10  # after so many epochs almost every photo has been trained on


@dataclass(frozen=True)
class Chapter:
    """One chapter: a claim of the source study, and the study that tests it.

    Attributes:
        key: its key in the results file.
        title: heading.
        claim: what the source study says or does.
        explanation: why the measurements come out as they do.
        plan: the study that tests the claim.
        comparison_plan: a second study that the first is compared with, or None.
    """

    key: str
    title: str
    claim: str
    explanation: str
    plan: StudyPlan
    comparison_plan: StudyPlan | None = None


_SIZE = {"image_size": IMAGE_SIZE_PX}
PUBLISHED = StudyPlan(preset="published", seeds=SEEDS, settings=_SIZE)

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "leak",
        "The published split leaks",
        "Model 1 reaches 100 % accuracy in training and in validation, and the best ROC curve.",
        "The notebook shuffles all photos every time it reads them, and takes training, validation and test photos by "
        "position. So each pass has different test photos, and sooner or later every photo is used for training. A "
        "network that has seen a photo can memorize its label, even a random one (Zhang et al. 2017). A valid test "
        "uses only photos that were never trained on (Kaufman et al. 2012): one split, fixed before the first epoch.",
        StudyPlan(
            preset="published",
            networks=("Model 1",),
            seeds=SEEDS,
            vary={"split": ("fixed", "reshuffled")},
            settings=_SIZE,
        ),
    ),
    Chapter(
        "models",
        "Three models, many differences",
        "ReLU, sigmoid and tanh are compared, and the ReLU network, Model 1, has the best ROC curve.",
        "The three networks differ in more than their activation, so the comparison says nothing about the activation "
        "alone. In the controlled study everything else is equal: the same blocks, the same sigmoid output with a "
        "matching loss, the same optimizer, the same photos in the same split.",
        StudyPlan(preset="controlled", seeds=SEEDS, settings=_SIZE),
        comparison_plan=PUBLISHED,
    ),
    Chapter(
        "dead_output",
        "Model 2 is a dead output",
        "Model 2, the sigmoid network, stays near 50 % accuracy: an example of the vanishing gradient.",
        "Model 2 ends in a ReLU. If its single output unit starts below zero for all photos, its output is 0 for all "
        "of them. A ReLU has no slope below zero, so no layer gets a gradient and nothing can ever change. The "
        "gradient is not small (vanishing); it is exactly zero. When every output is 0, the squared error equals the "
        "share of sad photos, and the ROC curve is the diagonal. If the unit starts above zero, its outputs barely "
        "differ between photos, and training only shifts that one value. Output and loss have to match: for a single "
        "probability, a sigmoid output with cross-entropy.",
        StudyPlan(preset="published", networks=("Model 2",), seeds=MANY_SEEDS, settings={**_SIZE, "epochs": 10}),
    ),
    Chapter(
        "vanishing",
        "Where the gradient does vanish",
        "Sigmoid and tanh do not suit deep networks because their gradient vanishes; ReLU, which outputs 0 or 1, does.",
        "Backpropagation multiplies the gradient at each layer by the slope of the activation, at most a quarter for a "
        "sigmoid, and by the weights (Hochreiter 1991; Glorot and Bengio 2010). So it shrinks with each sigmoid block. "
        "By how much depends on more than the activation: initial weights of a suitable size (He et al. 2015) and "
        "batch normalization (Ioffe and Szegedy 2015) change the gradient that reaches the first layer. And tanh is "
        "not unsuitable for deep networks: LeNet-5 was trained with it (LeCun et al. 1998). A ReLU outputs its input "
        "or 0, so any number from 0 up; only its slope is 0 or 1.",
        StudyPlan(
            preset="controlled",
            vary={"depth": DEPTHS, "batch_normalization": (False, True)},
            settings={**_SIZE, "hidden_activation": "sigmoid", "kernel_size": 3},
        ),
    ),
    Chapter(
        "last_batch",
        "A ROC curve of the last batch",
        "The ROC curves and AUCs of the three models are compared, and the best model is used for predictions.",
        "The notebook draws the ROC curve from the last batch alone, 32 photos or fewer, instead of the whole test "
        f"set, and chance decides which photos those are. The figure shows controlled networks after {FEW_EPOCHS} "
        "epochs, when they still make errors. The AUC counter was never reset, so the second and third AUC also "
        "include the earlier models' predictions; the study prints 79.2, 75.2 and 75.1 %.",
        StudyPlan(preset="controlled", settings={**_SIZE, "epochs": FEW_EPOCHS}),
    ),
    Chapter(
        "shortcut",
        "What brightness alone achieves",
        "The network with the best ROC curve recognizes emotions: a photo counts as sad above 0.6.",
        "Photos of the two labels often differ in more than the face: sad ones may be darker, grayer, or from another "
        "site. A network uses whatever separates the labels (Geirhos et al. 2020). So it has shown something about "
        "faces only if it does better than such a number on the same photos.",
        StudyPlan(preset="controlled", seeds=SEEDS, settings=_SIZE),
    ),
)


def chapter_named(key: str) -> Chapter:
    """Return the chapter with this key."""
    return next(chapter for chapter in CHAPTERS if chapter.key == key)


def own_study(workspace: Workspace, plan: StudyPlan, studies: Sequence[Study] | None = None) -> Study | None:
    """Return the newest finished study with exactly the networks of a plan, or None.

    Args:
        workspace: that holds the studies.
        plan: the networks; the photos that they were trained on do not matter.
        studies: all studies of the workspace, newest first; by default they are read from it.
    """
    wanted = _unnamed(plan.study().runs)
    for study in list_studies(workspace) if studies is None else studies:
        if len(wanted) == len(study.config.runs) and wanted == _unnamed(study.config.runs):
            states = [run.state.name for run in runs_of(workspace, study)]
            if states == ["finished"] * len(study.run_ids):
                return study
    return None


def _unnamed(configs: Sequence[RunConfig]) -> set[RunConfig]:
    """Return the settings without names: older studies spell the names of the same networks differently."""
    return {config.model_copy(update={"name": ""}) for config in configs}


def evidence_of(workspace: Workspace, study: Study, others: Study | None = None) -> StudyEvidence:
    """Return the evidence from a finished study.

    Args:
        workspace: that holds the study.
        study: all of its runs have finished.
        others: the finished study that it is compared with, or None.

    Raises:
        EmotionError: runs or photos are missing.
    """
    snapshot = load_snapshot(workspace, study.snapshot)
    photos = Catalog(workspace).numbers_of([item.photo_id for item in snapshot.items])
    leaking = next((run for run in study.config.runs if run.leaks), None)
    return StudyEvidence(
        _trained_networks(workspace, study),
        _trained_networks(workspace, others) if others is not None else (),
        trained_on(leaking, snapshot) if leaking is not None else (),
        tuple(shortcuts(_as_labelled(photos, snapshot))),
    )


def own_evidence(workspace: Workspace, study: Study, others: Study | None) -> StudyEvidence | None:
    """Return the evidence from a study of the user, or None where its photos or runs were deleted.

    Args:
        workspace: that holds the study.
        study: all of its runs have finished.
        others: the study that it is compared with; left out where it was trained on other photos.
    """
    try:
        same_photos = others is not None and others.snapshot == study.snapshot
        return evidence_of(workspace, study, others if same_photos else None)
    except EmotionError:
        return None


def _trained_networks(workspace: Workspace, study: Study) -> tuple[TrainedNetwork, ...]:
    """Return the records of a finished study's runs, in the study's order."""
    return tuple(trained_network(run) for run in runs_of(workspace, study))


def trained_on(config: RunConfig, snapshot: Snapshot) -> tuple[float, ...]:
    """Return the share of a run's final test photos that it has been trained on after 1, 2, ... epochs.

    Args:
        config: the run's settings.
        snapshot: the run's photos.
    """
    tested = np.array(scored_splits(config, snapshot)) == "test"
    # The choice of an epoch's photos does not depend on their pixels, so one pixel each is enough.
    train, _ = training_data(config, snapshot, np.zeros((len(tested), 1, 1, config.channels), np.uint8))
    seen, shares = np.zeros(len(tested), dtype=bool), []
    for epoch in range(1, min(config.epochs, LEAK_EPOCHS) + 1):
        seen[train.for_epoch(epoch).rows] = True
        shares.append(round(float(seen[tested].mean()), 4))
    return tuple(shares)


def _as_labelled(photos: Sequence[PhotoNumbers], snapshot: Snapshot) -> list[PhotoNumbers]:
    labels = {item.photo_id: item.label for item in snapshot.items}
    return [photo._replace(label=labels[photo.photo_id]) for photo in photos]
