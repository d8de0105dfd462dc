"""Settings of a study: the runs, the split of the photos, the folds."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emotion_core.dataset import PREDEFINED
from emotion_core.training.config.design import Design
from emotion_core.training.config.run_config import MAX_RUNS, RunConfig


class StudyConfig(BaseModel):
    """Settings of the runs that are compared on one snapshot, and of its split."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str = Field("controlled", title="Preset", description="Preset that the study started from.")
    runs: tuple[RunConfig, ...] = Field(min_length=1, max_length=MAX_RUNS)
    split_source: Literal["random", "predefined"] = Field(
        "random",
        title="Split source",
        description="Random, or predefined: the split that the data set came with, from folders such as train and test "
        "or a column of its table.",
    )
    validation_fraction: float = Field(
        0.2,
        gt=0,
        lt=1,
        title="Validation fraction",
        description="Share of the photos that the champion is chosen on. In a predefined split without a validation "
        "part, the share of its training photos.",
    )
    test_fraction: float = Field(
        0.2,
        gt=0,
        lt=1,
        title="Test fraction",
        description="Share of the photos kept for the test at the end. With k folds it is 1/k instead; a predefined "
        "split has its own test part.",
    )
    split_seed: int = Field(
        0,
        ge=0,
        lt=2**31,
        title="Split seed",
        description="Decides which photos are for training, validation and test, for all runs, unless the data set "
        "does.",
    )
    sources: tuple[str, ...] = Field(
        (),
        title="Photos from",
        description="Use photos from these hosts only; 'files' are imported photos. Empty: use all.",
    )

    @model_validator(mode="after")
    def _check_training_share(self) -> "StudyConfig":
        if self.folds and self.validation_fraction + self.test_share >= 1:
            raise ValueError(
                f"validation_fraction: expected below {1 - self.test_share:.2g} with {self.folds} folds, so that "
                f"photos are left for training, received {self.validation_fraction}"
            )
        if not self.folds and self.validation_fraction + self.test_fraction >= 1:
            raise ValueError(
                "test_fraction: expected validation and test together below 1, so that photos are left for training, "
                f"received {self.validation_fraction} + {self.test_fraction}"
            )
        return self

    @model_validator(mode="after")
    def _check_same_folds(self) -> "StudyConfig":
        if len({run.folds for run in self.runs}) > 1:
            raise ValueError("folds: expected the same number for all runs of a study, received several")
        return self

    @model_validator(mode="after")
    def _check_predefined(self) -> "StudyConfig":
        if self.is_predefined and self.folds:
            raise ValueError("split_source: folds are drawn from all photos, expected random with cross-validation")
        if self.is_predefined and any(run.leaks for run in self.runs):
            raise ValueError(
                "split_source: a reshuffled split does not keep the parts of the data set, expected random with it"
            )
        return self

    @property
    def is_predefined(self) -> bool:
        """Whether the split is the one that the data set came with."""
        return self.split_source == PREDEFINED

    @property
    def split_text(self) -> str:
        """Where the split of the photos comes from, for a sentence, for instance ``split seed 0``."""
        return "the data set's own split" if self.is_predefined else f"split seed {self.split_seed}"

    @property
    def folds(self) -> int:
        """Number of folds of the cross-validation; 0 for none."""
        return self.runs[0].folds

    @property
    def test_share(self) -> float:
        """Share of the photos that each run is tested on."""
        return 1 / self.folds if self.folds else self.test_fraction

    @property
    def design(self) -> Design:
        """What the runs differ in, and what their comparison can show."""
        return Design.of(self.runs)
