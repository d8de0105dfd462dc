"""The process of one reader: ``python -m emotion_core.sandbox``; it reads requests, and ends when its parent does."""

import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from emotion_core.errors import EmotionError
from emotion_core.jobs import begin_items, items_passed_on
from emotion_core.sandbox.announcing import announcing
from emotion_core.sandbox.limits import limited, renew, restrain
from emotion_core.sandbox.messages import MAX_BLOBS, receive, send

# A part of a stream ends when it has this many items or bytes, or has taken this much processor time.
_PART_ITEMS, _PART_BYTES, _PART_SECONDS = 256, 4_000_000, 0.5
_MAX_LOG_TEXTS, _MAX_LOG_CHARACTERS = 100, 4000


class _Server:
    """Answers requests: to call a function, to begin a stream of what a generator yields, and for its next part.

    Args:
        tell: sends a message besides the answer.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._stream: Iterator[Any] = iter(())
        self._options: dict[str, Any] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            if "more" in request:
                return self._part(request)
            # Before the limits: what a module loads is no part of the file's cost.
            function = getattr(importlib.import_module(request["module"]), request["function"])
            self._stream = iter(())
            if "stream" in request:
                begin_items()
                self._options = request["stream"]
                self._stream = function(*request["arguments"])
                return self._part(request)
            with limited(request["seconds"], request["memory_bytes"]):
                return {"value": function(*request["arguments"])}
        except EmotionError as error:
            return {"error": type(error).__name__, "text": str(error)}
        except MemoryError:
            return {"error": "MemoryError", "text": ""}
        except BaseException as error:
            # The file decides what happens here; the reason is for the log, and its beginning for the user.
            return _fault(error)

    def _part(self, request: dict[str, Any]) -> dict[str, Any]:
        texts: list[str] = []

        def tell(name: str) -> None:
            renew(request["seconds"])
            self._tell({"at": name})

        with (
            items_passed_on(texts.append, has_log=self._options["has_log"]),
            announcing(tell if self._options["is_careful"] else None, self._options["left_out"]),
            limited(request["seconds"], request["memory_bytes"]),
        ):
            part = _next_part(self._stream)
        part["log"] = [text[:_MAX_LOG_CHARACTERS] for text in texts[:_MAX_LOG_TEXTS]]
        return {"value": part}


def _next_part(stream: Iterator[Any]) -> dict[str, Any]:
    """Return the next items; an error of the library comes after those before it."""
    part: dict[str, Any] = {"items": [], "ends": False}
    size, ends = 0, time.process_time() + _PART_SECONDS
    try:
        while len(part["items"]) < min(_PART_ITEMS, MAX_BLOBS) and size < _PART_BYTES and time.process_time() < ends:
            item = next(stream)
            part["items"].append(item)
            size += sum(len(value) for value in item.values() if isinstance(value, bytes))
    except StopIteration:
        part["ends"] = True
    except EmotionError as error:
        part |= {"ends": True, "error": type(error).__name__, "text": str(error)}
    return part


def _fault(error: BaseException) -> dict[str, Any]:
    return {"error": "", "text": type(error).__name__, "traceback": traceback.format_exc()[-4000:]}


def _main() -> None:
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Libraries that print must not write between the answers.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    restrain()
    send(answers, {"ready": True})
    server = _Server(lambda message: send(answers, message))
    while True:
        try:
            request = receive(requests)
        except EOFError:
            return
        try:
            send(answers, server.answer(request))
        except (TypeError, ValueError, MemoryError) as error:
            # Nothing was sent yet: the text of a message is made before its first byte.
            send(answers, _fault(error))


if __name__ == "__main__":
    try:
        _main()
    except BrokenPipeError:
        sys.exit(0)
