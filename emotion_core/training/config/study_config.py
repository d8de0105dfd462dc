"""Settings of a study: the runs, the split of the photos, the folds."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emotion_core.training.config.design import Design
from emotion_core.training.config.run_config import MAX_RUNS, RunConfig


class StudyConfig(BaseModel):
    """Runs that are compared with one another on one snapshot."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: str = Field("controlled", title="Preset", description="What the study began from.")
    runs: tuple[RunConfig, ...] = Field(min_length=1, max_length=MAX_RUNS)
    validation_fraction: float = Field(
        0.2, gt=0, lt=1, title="Validation fraction", description="Share of the photos that chooses the champion."
    )
    test_fraction: float = Field(
        0.2,
        gt=0,
        lt=1,
        title="Test fraction",
        description="Share of the photos that is looked at once, at the end; with k folds it is one in k instead.",
    )
    split_seed: int = Field(
        0, ge=0, lt=2**31, title="Split seed", description="Chooses which photos go to which part, for all runs alike."
    )
    sources: tuple[str, ...] = Field(
        (), title="Photos from", description="Hosts whose photos are used, 'files' for imported ones; all where none."
    )

    @model_validator(mode="after")
    def _photos_left_for_training(self) -> "StudyConfig":
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
    def _same_folds(self) -> "StudyConfig":
        if len({run.folds for run in self.runs}) > 1:
            raise ValueError("folds: expected the same number for all runs of a study, received several")
        return self

    @property
    def folds(self) -> int:
        """How many folds its cross-validation has; 0 for none."""
        return self.runs[0].folds

    @property
    def test_share(self) -> float:
        """Share of the photos that one run is tested on."""
        return 1 / self.folds if self.folds else self.test_fraction

    @property
    def design(self) -> Design:
        """What the runs differ in, and what can be concluded from that."""
        return Design.of(self.runs)
