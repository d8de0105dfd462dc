"""The lesson: its exercises, and the board of their results."""

from emotion_core.teaching.lesson.exercises import EXERCISES, NOT_RUN, BoardRow, Exercise, board, result_text

__all__ = ["EXERCISES", "NOT_RUN", "BoardRow", "Exercise", "board", "result_text"]
