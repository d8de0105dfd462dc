"""Happy and sad photos, small networks, and a fair comparison of them.

For notebooks and scripts this package shows the whole way from photos to a prediction; docs/library.md has it in ten
lines. A name is imported when it is first used, so ``import emotion_core`` takes no time.

Code of the project imports from the packages below instead; imports run one way, down this list:

- ``settings``, ``errors``, ``files``, ``images``, ``formatting``, ``jobs``, ``sandbox``: imported by everything else
- ``dataset``: the photos; catalog, near copies, inspection, frozen snapshots
- ``collect``: from web pages and files to photos in the catalog
- ``network``: from settings to Keras model
- ``training``: studies and runs
- ``evaluation``: from scores to ROC curve, statistics, diagnosis, figures
- ``prediction``: from photo to P(sad)
- ``teaching``: what the pages Activations and The source study compute
- ``maintenance``: check, repair, backup, what lies on the disk
- ``notebook``, ``guided``, ``starter_training``, ``command_line``: what is started from outside

Importing any of them loads neither Streamlit nor TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emotion_core.dataset import Catalog
    from emotion_core.evaluation.comparison import compare_study
    from emotion_core.notebook import answer_figure, import_photos, predict, roc_figure
    from emotion_core.prediction import export_run
    from emotion_core.settings import Workspace, open_workspace
    from emotion_core.training import (
        Run,
        Study,
        StudyPlan,
        add_seeds,
        find_run,
        freeze_photos,
        list_studies,
        load_study,
        runs_of,
        start_study,
        wait_for_study,
    )

__version__ = "0.1.0"

__all__ = [
    "Catalog",
    "Run",
    "Study",
    "StudyPlan",
    "Workspace",
    "add_seeds",
    "answer_figure",
    "compare_study",
    "export_run",
    "find_run",
    "freeze_photos",
    "import_photos",
    "list_studies",
    "load_study",
    "open_workspace",
    "predict",
    "roc_figure",
    "runs_of",
    "start_study",
    "wait_for_study",
]

_SOURCES = {
    "emotion_core.dataset": ("Catalog",),
    "emotion_core.evaluation.comparison": ("compare_study",),
    "emotion_core.notebook": ("answer_figure", "import_photos", "predict", "roc_figure"),
    "emotion_core.prediction": ("export_run",),
    "emotion_core.settings": ("Workspace", "open_workspace"),
    "emotion_core.training": (
        *("Run", "Study", "StudyPlan", "find_run", "freeze_photos", "list_studies", "load_study", "runs_of"),
        *("start_study", "wait_for_study", "add_seeds"),
    ),
}
_SOURCE_OF = {name: source for source, names in _SOURCES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _SOURCE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_SOURCE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
