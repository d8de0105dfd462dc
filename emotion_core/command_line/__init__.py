"""The command line: every stage of a study without the browser."""

from emotion_core.command_line.arguments import parser
from emotion_core.command_line.output import Unfinished, note, show
from emotion_core.command_line.studies import wait_for

__all__ = [
    "Unfinished",
    "note",
    "parser",
    "show",
    "wait_for",
]
