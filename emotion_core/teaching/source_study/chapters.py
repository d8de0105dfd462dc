"""The six chapters of the source study's story: what is trained for each, and the evidence of a person's own runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emotion_core.dataset import Catalog, PhotoNumbers, Snapshot, load_snapshot
from emotion_core.errors import EmotionError
from emotion_core.evaluation import shortcuts
from emotion_core.settings import Workspace
from emotion_core.teaching.source_study.evidence import StudyEvidence, TrainedNetwork, trained_network
from emotion_core.training import RunConfig, Study, StudyPlan, list_studies, runs_of
from emotion_core.training.engine import scored_splits, training_data

IMAGE_SIZE_PX = 64  # as published it is 256: sixteen times the work, for the same story
SEEDS = 3
MANY_SEEDS = 10
DEPTHS = (1, 2, 3, 4)
FEW_EPOCHS = 6  # networks that still err: of a perfect one every batch says the same
LEAK_EPOCHS = 10  # after so many there is hardly a photo left that was never trained on


@dataclass(frozen=True)
class Chapter:
    """One figure of the story.

    Attributes:
        key: names it in the results file.
        title: for a person.
        says: what the source study's text says or does.
        why: what explains what is measured.
        plan: the study that measures it.
        against: the study that it is held against, where there is one.
    """

    key: str
    title: str
    says: str
    why: str
    plan: StudyPlan
    against: StudyPlan | None = None


_SIZE = {"image_size": IMAGE_SIZE_PX}
PUBLISHED = StudyPlan(preset="published", seeds=SEEDS, settings=_SIZE)

CHAPTERS: tuple[Chapter, ...] = (
    Chapter(
        "leak",
        "The published split leaks",
        "Model 1 reaches 100 % accuracy in training and in validation, and the best ROC curve.",
        "The notebook shuffles all photos whenever it reads them, and takes training, validation and test photos by "
        "their position. So each pass has other test photos, and sooner or later every photo is trained on. A network "
        "that has seen a photo can remember its label, even one drawn by lot (Zhang et al. 2017). A test has to be "
        "made on photos that were never trained on (Kaufman et al. 2012): one split, fixed before the first epoch.",
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
        "ReLU, sigmoid and tanh are compared, and by its ROC curve the ReLU network, Model 1, is the best.",
        "The three networks differ in more than their activation, so what the comparison shows cannot be put down to "
        "the activation. In the controlled study everything else is equal: same blocks, same sigmoid output with the "
        "loss that fits it, same optimizer, same photos in the same parts.",
        StudyPlan(preset="controlled", seeds=SEEDS, settings=_SIZE),
        against=PUBLISHED,
    ),
    Chapter(
        "dead_output",
        "Model 2 is a dead output",
        "Model 2, the sigmoid network, stays near 50 % accuracy: an example of the vanishing gradient.",
        "Model 2 ends in a ReLU. Where its one output unit starts below zero for all photos, it says 0 for all of "
        "them, and a ReLU has no slope below zero: no layer gets any gradient, so nothing can ever change. That is no "
        "vanishing gradient, which would be small, but none. With every answer 0 the squared error is the share of sad "
        "photos, and the ROC curve is the diagonal. Where it starts above zero its answers hardly differ between "
        "photos, and all that training does is to move that one answer. Output and loss have to match: for one "
        "probability, a sigmoid output with cross-entropy.",
        StudyPlan(preset="published", networks=("Model 2",), seeds=MANY_SEEDS, settings={**_SIZE, "epochs": 10}),
    ),
    Chapter(
        "vanishing",
        "Where the gradient does vanish",
        "Sigmoid and tanh are not for deep networks, because their gradient vanishes; ReLU, which gives 0 or 1, is.",
        "On its way back through a layer the gradient is multiplied by the slope of the activation, at most a quarter "
        "for a sigmoid, and by the weights (Hochreiter 1991; Glorot and Bengio 2010). So it shrinks with each sigmoid "
        "block. It is a matter of degree, and of more than the activation: first weights of a suitable size (He et al. "
        "2015) and batch normalisation (Ioffe and Szegedy 2015) change what arrives at the first layer. Nor is tanh "
        "unfit for deep networks: LeNet-5 was trained with it (LeCun et al. 1998). And a ReLU gives its input or 0, "
        "any number from 0 up; it is its slope that is 0 or 1.",
        StudyPlan(
            preset="controlled",
            vary={"depth": DEPTHS, "batch_normalization": (False, True)},
            settings={**_SIZE, "hidden_activation": "sigmoid", "kernel_size": 3},
        ),
    ),
    Chapter(
        "last_batch",
        "A ROC curve of the last batch",
        "ROC curves and AUCs of the three models are compared, and the best one predicts.",
        "The notebook's ROC curve is drawn from the last batch alone, 32 photos or fewer, instead of the whole test "
        f"set; which photos these are is chance. Here are controlled networks after {FEW_EPOCHS} epochs, when they "
        "still err. Moreover one AUC meter counts on from model to model, so that the second and third AUC contain "
        "the models before; the study prints 79.2, 75.2 and 75.1 %.",
        StudyPlan(preset="controlled", settings={**_SIZE, "epochs": FEW_EPOCHS}),
    ),
    Chapter(
        "shortcut",
        "What a brightness meter reaches",
        "The best network by its ROC curve recognises emotions: a photo counts as sad above 0.6.",
        "Photos of the two labels often differ in more than the face: sad ones may be darker, greyer, or from another "
        "site. A network takes whatever tells the labels apart (Geirhos et al. 2020). So a network has only shown "
        "something about faces where it does better than such a number on the same photos.",
        StudyPlan(preset="controlled", seeds=SEEDS, settings=_SIZE),
    ),
)


def chapter_named(key: str) -> Chapter:
    """Return the chapter of that key."""
    return next(chapter for chapter in CHAPTERS if chapter.key == key)


def own_study(workspace: Workspace, plan: StudyPlan, studies: Sequence[Study] | None = None) -> Study | None:
    """Return the newest study that trained just these networks and has finished, or None.

    Args:
        workspace: where the runs are.
        plan: of the networks; on which photos they were trained does not matter.
        studies: all of the workspace, newest first, where they have been read already.
    """
    wanted = set(plan.study().runs)
    for study in list_studies(workspace) if studies is None else studies:
        if wanted == set(study.config.runs):
            states = [run.state.name for run in runs_of(workspace, study)]
            if states == ["finished"] * len(study.run_ids):
                return study
    return None


def evidence_of(workspace: Workspace, study: Study, others: Study | None = None) -> StudyEvidence:
    """Return what a finished study shows.

    Args:
        workspace: where it is.
        study: whose runs have finished.
        others: the study that it is held against.

    Raises:
        EmotionError: runs or photos of it are missing.
    """
    snapshot = load_snapshot(workspace, study.snapshot)
    photos = Catalog(workspace).numbers_of([item.photo_id for item in snapshot.items])
    leaking = next((run for run in study.config.runs if run.leaks), None)
    return StudyEvidence(
        networks_of(workspace, study),
        networks_of(workspace, others) if others is not None else (),
        trained_on(leaking, snapshot) if leaking is not None else (),
        tuple(shortcuts(_as_labelled(photos, snapshot))),
    )


def own_evidence(workspace: Workspace, study: Study, others: Study | None) -> StudyEvidence | None:
    """Return what a person's own study shows, or None where its photos or runs were deleted since.

    Args:
        workspace: where it is.
        study: whose runs have finished.
        others: the study that it is held against; it is left out where its photos are others.
    """
    try:
        same = others is not None and others.snapshot == study.snapshot
        return evidence_of(workspace, study, others if same else None)
    except EmotionError:
        return None


def networks_of(workspace: Workspace, study: Study) -> tuple[TrainedNetwork, ...]:
    """Return the records of a finished study's runs, in its order."""
    return tuple(trained_network(run) for run in runs_of(workspace, study))


def trained_on(config: RunConfig, snapshot: Snapshot) -> tuple[float, ...]:
    """Return which share of the photos that a run is finally tested on it has been trained on after 1, 2, ... epochs.

    Args:
        config: of a run.
        snapshot: its photos.
    """
    tested = np.array(scored_splits(config, snapshot)) == "test"
    # Which photos an epoch trains on does not depend on their pixels.
    train, _ = training_data(config, snapshot, np.zeros((len(tested), 1, 1, config.channels), np.uint8))
    seen, shares = np.zeros(len(tested), dtype=bool), []
    for epoch in range(1, min(config.epochs, LEAK_EPOCHS) + 1):
        seen[train.for_epoch(epoch).rows] = True
        shares.append(round(float(seen[tested].mean()), 4))
    return tuple(shares)


def _as_labelled(photos: Sequence[PhotoNumbers], snapshot: Snapshot) -> list[PhotoNumbers]:
    labels = {item.photo_id: item.label for item in snapshot.items}
    return [photo._replace(label=labels[photo.photo_id]) for photo in photos]
