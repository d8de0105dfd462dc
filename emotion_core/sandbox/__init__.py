"""Reading of strangers' files in child processes, whose processor time and memory are limited."""

from emotion_core.sandbox.allowance import Allowance, allowance_for
from emotion_core.sandbox.announcing import announce
from emotion_core.sandbox.calls import call, close
from emotion_core.sandbox.pictures import decode, picture_allowance, picture_of, values_of
from emotion_core.sandbox.streams import ReadingEnded, stream

__all__ = [
    "Allowance",
    "ReadingEnded",
    "allowance_for",
    "announce",
    "call",
    "close",
    "decode",
    "picture_allowance",
    "picture_of",
    "stream",
    "values_of",
]
