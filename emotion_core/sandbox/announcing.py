"""In a reader process: which part of a file is being read, so that its parent knows the one that ends the process."""

import contextlib
from collections.abc import Callable, Iterator, Mapping

from emotion_core.errors import CollectError

_tell: Callable[[str], None] | None = None
_left_out: Mapping[str, str] = {}


def announce(name: str) -> None:
    """Say that a file is read from now on; does nothing unless the parent has asked for it.

    Args:
        name: name of the file among those that are read.

    Raises:
        CollectError: the file has ended a reader before, so it is left out; the text says why.
    """
    if name in _left_out:
        raise CollectError(_left_out[name])
    if _tell is not None:
        _tell(name)


@contextlib.contextmanager
def announcing(tell: Callable[[str], None] | None, left_out: Mapping[str, str]) -> Iterator[None]:
    """Pass on what is announced.

    Args:
        tell: called with the name of each file; None if the parent does not need to know.
        left_out: why files must not be read, by their names.
    """
    global _tell, _left_out
    before = _tell, _left_out
    _tell, _left_out = tell, left_out
    try:
        yield
    finally:
        _tell, _left_out = before
