"""Settings of a run (one network, trained once) and of a study (runs on one snapshot)."""

from typing import Literal

from pydantic import Field, model_validator

from emotion_core.network import NetworkConfig

MAX_RUNS = 200
MAX_NAME = 120
MAX_FOLDS = 10


class RunConfig(NetworkConfig):
    """One network and how it is trained."""

    name: str = Field(
        "",
        max_length=MAX_NAME,
        title="Name",
        description="What the preset calls this network, and what is varied besides activation, depth and seed.",
    )
    epochs: int = Field(
        45, ge=1, le=1000, title="Epochs", description="How often the network sees every training photo."
    )
    batch_size: int = Field(
        32, ge=1, le=1024, title="Batch size", description="Photos looked at before the weights are adjusted once."
    )
    learning_rate: float = Field(
        0.001,
        gt=0,
        le=1,
        allow_inf_nan=False,
        title="Learning rate",
        description="How far each adjustment goes; with Adam, 0.01 kills most ReLU and tanh networks of this kind.",
    )
    optimizer: Literal["adam", "adamw", "nadam", "rmsprop", "sgd", "momentum"] = Field(
        "adam",
        title="Optimizer",
        description="Rule that turns gradients into adjustments of the weights; momentum is SGD with momentum 0.9.",
    )
    schedule: Literal["constant", "cosine", "exponential"] = Field(
        "constant",
        title="Schedule",
        description="The learning rate over the epochs: constant, down to 0 in a half cosine, or down to a hundredth.",
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Weight decay",
        description="Pull of each step on all weights towards 0, times the learning rate; at 0 AdamW takes its 0.004.",
    )
    loss: Literal["binary_crossentropy", "mean_squared_error"] = Field(
        "binary_crossentropy",
        title="Loss",
        description="What training makes small; cross-entropy fits a sigmoid output.",
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Label smoothing",
        description="How far labels are moved from 0 and 1 towards ½, for photos whose labels are sometimes wrong.",
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none",
        title="Class weights",
        description="Whether errors on the rarer label count more, so that both labels weigh the same.",
    )
    mixed_precision: bool = Field(
        False,
        title="Mixed precision",
        description="Hidden layers compute in bfloat16: faster on a GPU that has it, slower on most processors.",
    )
    early_stopping: int = Field(
        0,
        ge=0,
        le=100,
        title="Early stopping",
        description="Epochs without a better validation loss after which training ends with the best weights; 0 never.",
    )
    unfreeze_epoch: int = Field(
        0,
        ge=0,
        le=1000,
        title="Unfreeze epoch",
        description="From then on the starter's blocks learn too, and all weights at a tenth of the rate; 0 never.",
    )
    flip: bool = Field(False, title="Flip", description="Augmentation: mirror every second photo.")
    rotation: float = Field(
        0.0, ge=0, le=45, title="Rotation", description="Augmentation: turn photos by up to so many degrees."
    )
    brightness: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Brightness",
        description="Augmentation: brighten or darken photos up to this share.",
    )
    crop: float = Field(
        0.0, ge=0, le=0.5, title="Crop", description="Augmentation: cut up to this share of the sides off photos."
    )
    zoom: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Zoom",
        description="Augmentation: enlarge or shrink photos by up to this share.",
    )
    shift: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Shift",
        description="Augmentation: move photos by up to this share of their side, in any direction.",
    )
    contrast: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Contrast",
        description="Augmentation: strengthen or weaken contrast up to this share.",
    )
    blur: float = Field(
        0.0,
        ge=0,
        le=3,
        title="Blur",
        description="Augmentation: soften every second photo by up to so many pixels (standard deviation).",
    )
    erase: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Erase",
        description="Augmentation: paint over a rectangle in every second photo, up to this share of its area.",
    )
    mixup: float = Field(
        0.0,
        ge=0,
        le=2,
        title="Mixup",
        description="Augmentation: blend photo and label with another's, up to half of it; more the higher.",
    )
    split: Literal["fixed", "reshuffled"] = Field(
        "fixed",
        title="Split",
        description="Fixed, or reshuffled at each epoch as published: then training photos are among the test photos.",
    )
    seed: int = Field(
        0, ge=0, lt=2**31, title="Seed", description="Draws the first weights and the order of the photos."
    )
    folds: int = Field(
        0,
        ge=0,
        le=MAX_FOLDS,
        title="Folds",
        description="Of the study's cross-validation: parts of the photos that are each tested on in turn; 0 for none.",
    )
    fold: int = Field(
        0, ge=0, title="Fold", description="Which of the folds this run is tested on, from 1; 0 without folds."
    )

    @model_validator(mode="after")
    def _one_of_its_folds(self) -> "RunConfig":
        if self.folds == 1:
            raise ValueError(f"folds: expected 2 to {MAX_FOLDS}, or 0 for no cross-validation, received 1")
        if not min(self.folds, 1) <= self.fold <= self.folds:
            raise ValueError(f"fold: expected one of the {self.folds} folds, received {self.fold}")
        if self.folds and self.leaks:
            raise ValueError("split: a reshuffled split has no folds, expected fixed with cross-validation")
        return self

    @model_validator(mode="after")
    def _something_to_unfreeze(self) -> "RunConfig":
        if self.unfreeze_epoch and not self.starter_blocks:
            raise ValueError(
                "unfreeze_epoch: it concerns the starter's blocks, and starter_blocks is 0; expected 0 or starter "
                f"blocks, received {self.unfreeze_epoch}"
            )
        return self

    def unfrozen_in(self, epoch: int) -> bool:
        """Return whether the starter's blocks learn in this epoch, counted from 1."""
        return 0 < self.unfreeze_epoch <= epoch

    @property
    def leaks(self) -> bool:
        """Whether photos that it is tested on are among those it is trained on."""
        return self.split == "reshuffled"

    @property
    def network_label(self) -> str:
        """Short name of the network, whatever its seed, for instance ``Model 1 · relu · depth 3``."""
        return " · ".join(filter(None, [self.name, self.hidden_activation, f"depth {self.depth}"]))

    @property
    def label(self) -> str:
        """Short name for legends and tables, for instance ``relu · depth 3 · seed 0``."""
        leak = " · leaking split" if self.leaks else ""
        fold = f" · fold {self.fold} of {self.folds}" if self.folds else ""
        return f"{self.network_label} · seed {self.seed}{fold}{leak}"


def augments(config: RunConfig) -> bool:
    """Whether training photos are changed at all."""
    return moves(config) or bool(config.brightness or config.contrast or config.blur or config.erase)


def moves(config: RunConfig) -> bool:
    """Whether pixels of training photos change their places."""
    return bool(config.flip or config.rotation or config.crop or config.zoom or config.shift)
