"""What a generator function yields in a reader process, part by part."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emotion_core.errors import CollectError
from emotion_core.jobs import has_item_log, log_item
from emotion_core.sandbox.allowance import Allowance
from emotion_core.sandbox.calls import error_class, lent_reader, request_for
from emotion_core.sandbox.reader import Reader, ReaderGone, Reply

_log = logging.getLogger(__name__)


class ReadingEnded(CollectError):
    """The process that read had to be ended, or failed.

    Attributes:
        at: name of the file that it announced last; empty if it announced none.
    """

    def __init__(self, text: str, at: str) -> None:
        super().__init__(text)
        self.at = at


def stream(
    function: Callable[..., Iterator[dict[str, Any]]],
    *arguments: Any,
    allowance: Allowance,
    left_out: Mapping[str, str] | None = None,
    is_careful: bool = False,
) -> Iterator[Any]:
    """Yield what a generator function of a module yields in a reader process, which keeps it until it ends.

    Args:
        function: yields dicts of plain values and bytes.
        arguments: plain values and bytes; tuples arrive as lists.
        allowance: what each part may take; a part ends when it has taken half a second and has an item.
        left_out: why files must not be read, by the names that are announced.
        is_careful: whether the function announces what it reads; each of these files may take the time of a part.

    Raises:
        ReadingEnded: the process had to be ended, or failed.
        CollectError: what the function raised.
    """
    options = {"left_out": dict(left_out or {}), "is_careful": is_careful, "has_log": has_item_log()}
    with lent_reader() as reader:
        part = _part_of(reader, request_for(function, arguments, allowance) | {"stream": options}, allowance)
        while True:
            yield from part["items"]
            if part["ends"]:
                break
            request = {"more": True, "seconds": allowance.seconds, "memory_bytes": allowance.memory_bytes}
            part = _part_of(reader, request, allowance)
        reader.is_lent = False
    if "error" in part:
        raise error_class(part["error"], CollectError)(str(part.get("text", "")))


def _part_of(reader: Reader, request: dict[str, Any], allowance: Allowance) -> dict[str, Any]:
    try:
        reply = reader.ask(request, allowance)
    except ReaderGone as gone:
        reply = Reply(error="ended", text=str(gone))
    part = reply.value
    if reply.error is None and isinstance(part, dict) and isinstance(part.get("items"), list) and "ends" in part:
        for text in part.get("log", ()):
            log_item(str(text))
        return part
    raise ReadingEnded(_reason(reply), reader.at)


def _reason(reply: Reply) -> str:
    if reply.traceback:
        _log.warning("Reading a file failed in its own process.\n%s", reply.traceback)
        return f"The file cannot be read: its reader failed with {reply.text}. It may be damaged."
    return reply.text or "The file cannot be read."
