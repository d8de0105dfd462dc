"""What processes do that die on the way, see ``tests.deaths``."""

from pathlib import Path

from emotion_core.jobs import JobFolder
from emotion_core.settings import Workspace
from emotion_core.training import RunConfig, Study, StudyConfig, load_study
from emotion_core.training.store import add_runs, create_study

FIRST, SECOND = "260101-000000-aaaaaa", "260102-000000-bbbbbb"
RUNS = 3


def study_of(study_id: str) -> Study:
    """Return a study of three networks."""
    configs = tuple(RunConfig(seed=seed) for seed in range(RUNS))
    return Study(study_id, StudyConfig(runs=configs), "none", tuple(f"{study_id}-r{n:03d}" for n in range(1, 4)), 1.0)


def prepare(folder: Path) -> None:
    """Create a first study, one of whose runs has ended."""
    create_study(Workspace(folder), study_of(FIRST))
    JobFolder(Workspace(folder).runs / f"{FIRST}-r001").finish("finished")


def create(folder: Path) -> None:
    """Create a second study."""
    create_study(Workspace(folder), study_of(SECOND))


def add(folder: Path) -> None:
    """Add runs to the first study."""
    workspace = Workspace(folder)
    add_runs(workspace, load_study(workspace, FIRST), [RunConfig(seed=seed) for seed in (7, 8)])


def start_over(folder: Path) -> None:
    """Start the run over that has ended."""
    JobFolder(Workspace(folder).runs / f"{FIRST}-r001").start_over()
