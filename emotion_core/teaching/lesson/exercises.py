"""The exercises of the lesson, and the board: which study belongs to each, how far it is, and what it came to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from emotion_core.dataset import SAMPLES
from emotion_core.errors import EmotionError
from emotion_core.evaluation.answer import CellAnswer
from emotion_core.evaluation.comparison import compare_study
from emotion_core.formatting import count_text, share_text
from emotion_core.settings import Workspace
from emotion_core.teaching.source_study import chapter_named, headline, own_evidence
from emotion_core.training import Run, RunConfig, Study, StudyConfig, StudyPlan, runs_of

IMAGE_SIZE_PX = 64  # as the guided study and the source study's chapters
GUESSING = 0.5  # AUC
NOT_RUN, FINISHED = "not run yet", "finished"


@dataclass(frozen=True)
class Exercise:
    """One study that a class runs.

    Attributes:
        key: of the exercise; where its result is that of a chapter of the source study, the chapter's key.
        title: its name on the board.
        plan: its networks.
    """

    key: str
    title: str
    plan: StudyPlan

    def on_drawings(self) -> StudyConfig:
        """Return the study on the sample gallery's drawn faces."""
        return self.plan.changed({"sources": [(SAMPLES,)]}).study()


EXERCISES = (
    Exercise("guided", "Three activations", StudyPlan(settings={"image_size": IMAGE_SIZE_PX})),
    Exercise("dead_output", "The dead output", chapter_named("dead_output").plan),
    Exercise("leak", "The leak", chapter_named("leak").plan),
)


@dataclass(frozen=True)
class BoardRow:
    """What the board says of one exercise.

    Attributes:
        exercise: the exercise.
        study: its study: one under way, else the newest that finished, else the newest; None where it was not run.
        runs: the runs of the study that are still there.
    """

    exercise: Exercise
    study: Study | None
    runs: tuple[Run, ...] = ()

    @property
    def active(self) -> bool:
        """Whether a network of the exercise waits or is trained."""
        return any(run.state.active for run in self.runs)

    @property
    def state(self) -> str:
        """Whether the exercise was run, in words."""
        if self.study is None:
            return NOT_RUN
        states = Counter(run.state.name for run in self.runs)
        wanted = len(self.study.run_ids)
        if self.active:
            done = sum(run.progress for run in self.runs) / wanted
            return f"under way: {states['finished']} of {wanted} networks trained ({round(100 * done)} %)"
        if states["finished"] == wanted:
            return FINISHED
        states["deleted"] = wanted - len(self.runs)
        return ", ".join(f"{number} {name}" for name, number in states.items() if number)

    @property
    def photos(self) -> str:
        """Which photos the networks were trained on."""
        if self.study is None:
            return ""
        return "drawn faces" if self.study.config.sources == (SAMPLES,) else "photos of this workspace"


def board(workspace: Workspace, studies: Sequence[Study]) -> list[BoardRow]:
    """Return what there is of each exercise, in the order of the lesson.

    Args:
        workspace: that holds the studies.
        studies: all of them, newest first.
    """
    return [_board_row(workspace, exercise, studies) for exercise in EXERCISES]


def _board_row(workspace: Workspace, exercise: Exercise, studies: Sequence[Study]) -> BoardRow:
    wanted = _networks(exercise.plan.study().runs)
    rows = [
        BoardRow(exercise, study, tuple(runs_of(workspace, study)))
        for study in studies
        if _networks(study.config.runs) == wanted
    ]
    by_use = [[row for row in rows if row.active], [row for row in rows if row.state == FINISHED], rows]
    return next((group[0] for group in by_use if group), BoardRow(exercise, None))


def _networks(runs: Sequence[RunConfig]) -> set[RunConfig]:
    """Return the settings without names, which older studies spell differently, and for any number of seeds."""
    return {run.model_copy(update={"name": "", "seed": 0}) for run in runs}


def result_text(workspace: Workspace, row: BoardRow) -> str:
    """Return what an exercise came to, in a sentence or two; empty where nothing can be said yet.

    Args:
        workspace: that holds the study.
        row: of the board.
    """
    if row.study is None or not any(run.state.name == "finished" for run in row.runs):
        return ""
    if row.exercise.key == "guided":
        return _activations_text(workspace, row.study)
    if row.active:
        return ""
    evidence = own_evidence(workspace, row.study, None) if row.state == FINISHED else None
    if evidence is None:
        return "No result, because networks or photos of the study are missing."
    return headline(row.exercise.key, evidence)


def _activations_text(workspace: Workspace, study: Study) -> str:
    try:
        compared = compare_study(workspace, study)
    except EmotionError as error:
        return str(error)
    answer = compared.comparison.answer
    if answer is None:
        return compared.comparison.no_answer
    networks = count_text(sum(cell.seeds for cell in answer.cells), "network")
    photos = count_text(len(next(iter(compared.scores.values())).test.labels), "test photo")
    cells = "; ".join(_cell_text(cell) for cell in answer.cells)
    return f"AUC of {networks} on {photos}: {cells}. In brackets: 95 % interval; .50 is guessing."


def _cell_text(cell: CellAnswer) -> str:
    parts = [
        f"{cell.activation or cell.title} {share_text(cell.mean_auc)}"
        f" ({share_text(cell.low)} to {share_text(cell.high)})"
    ]
    if cell.learned < cell.seeds:
        parts.append("did not learn" if cell.seeds == 1 else f"learned in {cell.learned} of {cell.seeds} seeds")
    elif cell.low <= GUESSING:
        parts.append("not told apart from guessing")
    return ", ".join(parts)
