"""Settings of a run: one network, trained once."""

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
        description="The preset's name for this network, and any varied setting besides activation, depth and seed.",
    )
    epochs: int = Field(45, ge=1, le=1000, title="Epochs", description="Number of passes over the training photos.")
    batch_size: int = Field(
        32, ge=1, le=1024, title="Batch size", description="Number of photos per update of the weights."
    )
    learning_rate: float = Field(
        0.001,
        gt=0,
        le=1,
        allow_inf_nan=False,
        title="Learning rate",
        description="Size of each update. With Adam, 0.01 kills most ReLU and tanh networks of this kind.",
    )
    optimizer: Literal["adam", "adamw", "nadam", "rmsprop", "sgd", "momentum"] = Field(
        "adam",
        title="Optimizer",
        description="Rule that turns gradients into updates of the weights. Momentum is SGD with momentum 0.9.",
    )
    schedule: Literal["constant", "cosine", "exponential"] = Field(
        "constant",
        title="Schedule",
        description="Learning rate by epoch: constant, falling to 0 in a half cosine, or falling to a hundredth.",
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Weight decay",
        description="Pull of each step on all weights toward 0, times the learning rate. At 0, AdamW uses 0.004.",
    )
    loss: Literal["binary_crossentropy", "mean_squared_error"] = Field(
        "binary_crossentropy",
        title="Loss",
        description="What training minimizes. Cross-entropy suits a sigmoid output.",
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Label smoothing",
        description="How far labels are moved from 0 and 1 toward ½. Useful if some labels are wrong.",
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none",
        title="Class weights",
        description="Balanced: errors on the rarer label count more, so that both labels weigh the same in total.",
    )
    mixed_precision: bool = Field(
        False,
        title="Mixed precision",
        description="Hidden layers compute in bfloat16: faster on GPUs that support it, slower on most processors.",
    )
    early_stopping: int = Field(
        0,
        ge=0,
        le=100,
        title="Early stopping",
        description="Stop after this many epochs without a better validation loss, keep the best weights. 0: never.",
    )
    unfreeze_epoch: int = Field(
        0,
        ge=0,
        le=1000,
        title="Unfreeze epoch",
        description="Train the starter's blocks too from this epoch on, all weights at a tenth of the rate. 0: never.",
    )
    flip: bool = Field(False, title="Flip", description="Augmentation: mirror about half of the photos.")
    rotation: float = Field(
        0.0, ge=0, le=45, title="Rotation", description="Augmentation: rotate photos by up to this many degrees."
    )
    brightness: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Brightness",
        description="Augmentation: brighten or darken photos by up to this share.",
    )
    crop: float = Field(
        0.0, ge=0, le=0.5, title="Crop", description="Augmentation: crop photos by up to this share of their side."
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
        description="Augmentation: strengthen or weaken the contrast by up to this share.",
    )
    blur: float = Field(
        0.0,
        ge=0,
        le=3,
        title="Blur",
        description="Augmentation: blur about half of the photos, standard deviation up to this many pixels.",
    )
    erase: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Erase",
        description="Augmentation: cover a rectangle in about half of the photos, up to this share of the area.",
    )
    dark: float = Field(
        0.0,
        ge=0,
        le=0.95,
        title="Dark",
        description="Augmentation: darken about a quarter of the photos by up to this share, with a camera's noise.",
    )
    cover: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Cover",
        description="Augmentation: cover the mouth or the eyes of this share of the photos, which are cropped faces.",
    )
    mixup: float = Field(
        0.0,
        ge=0,
        le=2,
        title="Mixup",
        description="Augmentation: blend photo and label with another's, by up to half; higher values blend more.",
    )
    split: Literal["fixed", "reshuffled"] = Field(
        "fixed",
        title="Split",
        description="Fixed, or reshuffled every epoch as in the source study: then test photos are also trained on.",
    )
    seed: int = Field(
        0, ge=0, lt=2**31, title="Seed", description="Decides the first weights and the order of the photos."
    )
    folds: int = Field(
        0,
        ge=0,
        le=MAX_FOLDS,
        title="Folds",
        description="Cross-validation: number of parts of the photos, drawn by each seed for itself and each tested "
        "on in turn. 0: none.",
    )
    fold: int = Field(
        0, ge=0, title="Fold", description="The fold that this run is tested on, counted from 1; 0 without folds."
    )

    @model_validator(mode="after")
    def _check_fold(self) -> "RunConfig":
        if self.folds == 1:
            raise ValueError(f"folds: expected 2 to {MAX_FOLDS}, or 0 for no cross-validation, received 1")
        if not min(self.folds, 1) <= self.fold <= self.folds:
            raise ValueError(f"fold: expected one of the {self.folds} folds, received {self.fold}")
        if self.folds and self.leaks:
            raise ValueError("split: a reshuffled split has no folds, expected fixed with cross-validation")
        if self.neither and self.leaks:
            raise ValueError("split: no pass over the photos has faces of neither label, expected fixed with neither")
        return self

    @model_validator(mode="after")
    def _check_unfreezing(self) -> "RunConfig":
        if self.unfreeze_epoch and not self.starter_blocks:
            raise ValueError(
                "unfreeze_epoch: there are no starter blocks to train, expected 0 or starter_blocks above 0, "
                f"received {self.unfreeze_epoch}"
            )
        return self

    def unfrozen_in(self, epoch: int) -> bool:
        """Return whether the starter's blocks learn in this epoch, counted from 1."""
        return 0 < self.unfreeze_epoch <= epoch

    @property
    def leaks(self) -> bool:
        """Whether the run is also trained on its test photos."""
        return self.split == "reshuffled"

    @property
    def network_settings(self) -> "RunConfig":
        """The settings apart from seed and fold: equal for networks that differ in these alone."""
        return self.model_copy(update={"seed": 0, "fold": min(self.folds, 1)})

    @property
    def network_label(self) -> str:
        """Short name of the network without its seed, for instance ``Model 1 · relu · depth 3``."""
        return " · ".join(filter(None, [self.name, self.hidden_activation, f"depth {self.depth}"]))

    @property
    def label(self) -> str:
        """Short name for legends and tables, for instance ``relu · depth 3 · seed 0``."""
        leak = " · leaking split" if self.leaks else ""
        fold = f" · fold {self.fold} of {self.folds}" if self.folds else ""
        return f"{self.network_label} · seed {self.seed}{fold}{leak}"


def has_augmentation(config: RunConfig) -> bool:
    """Return whether training photos are augmented at all."""
    return has_geometric_augmentation(config) or bool(
        config.brightness or config.contrast or config.blur or config.erase or config.dark or config.cover
    )


def has_geometric_augmentation(config: RunConfig) -> bool:
    """Return whether augmentation moves pixels: mirrors, rotates, crops, zooms or shifts photos."""
    return bool(config.flip or config.rotation or config.crop or config.zoom or config.shift)
