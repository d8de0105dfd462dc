"""The process of one reader: ``python -m emotion_core.sandbox``; it reads requests, and ends when its parent does."""

import importlib
import os
import sys
import traceback
from typing import Any

from emotion_core.errors import EmotionError
from emotion_core.sandbox.limits import limited, restrain
from emotion_core.sandbox.messages import receive, send


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        # Before the limits: what a module loads is no part of the file's cost.
        function = getattr(importlib.import_module(request["module"]), request["function"])
        with limited(request["seconds"], request["memory_bytes"]):
            return {"value": function(*request["arguments"])}
    except EmotionError as error:
        return {"error": type(error).__name__, "text": str(error)}
    except MemoryError:
        return {"error": "MemoryError", "text": ""}
    except BaseException as error:
        # The file decides what happens here; the reason is for the log, and its beginning for the user.
        return {"error": "", "text": type(error).__name__, "traceback": traceback.format_exc()[-4000:]}


def _main() -> None:
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Libraries that print must not write between the answers.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    restrain()
    send(answers, {"ready": True})
    while True:
        try:
            request = receive(requests)
        except EOFError:
            return
        try:
            send(answers, _answer(request))
        except (TypeError, ValueError, MemoryError) as error:
            # Nothing was sent yet: the text of a message is made before its first byte.
            send(answers, {"error": "", "text": type(error).__name__, "traceback": traceback.format_exc()[-4000:]})


if __name__ == "__main__":
    try:
        _main()
    except BrokenPipeError:
        sys.exit(0)
