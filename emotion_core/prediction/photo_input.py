"""A photo to classify, and how its faces lie."""

from functools import cached_property

from PIL import Image

from emotion_core.dataset import MIN_LEAD, Face, find_faces, turned_text
from emotion_core.prediction.answers import UNCLEAR_NOTE


class PhotoInput:
    """A photo to classify; its faces are detected once, however many networks classify it.

    Args:
        name: the photo's display name.
        photo: RGB, any size.
    """

    def __init__(self, name: str, photo: Image.Image) -> None:
        self.name, self.photo = name, photo

    @cached_property
    def faces(self) -> tuple[Face, ...]:
        """Detected faces, the largest first."""
        return find_faces(self.photo)

    @property
    def roll(self) -> float:
        """How far the largest face is turned clockwise, in degrees; 0 without a face."""
        return self.faces[0].roll if self.faces else 0.0

    @property
    def lies_clearly(self) -> bool:
        """Whether the detector tells which way up the faces are; with no face nothing is in doubt."""
        return not self.faces or self.faces[0].lead >= MIN_LEAD

    @property
    def turning_note(self) -> str | None:
        """How the faces lie, if they are not upright or if that is in doubt."""
        if not self.lies_clearly:
            return UNCLEAR_NOTE
        return turned_text(self.roll) if self.roll else None
