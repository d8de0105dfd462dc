"""Reading of strangers' files in child processes, whose processor time and memory are limited."""

from emotion_core.sandbox.allowance import Allowance, allowance_for
from emotion_core.sandbox.calls import call, close
from emotion_core.sandbox.pictures import decode, picture_allowance, picture_of, values_of

__all__ = ["Allowance", "allowance_for", "call", "close", "decode", "picture_allowance", "picture_of", "values_of"]
