"""Read the pickled batches of CIFAR-10 without unpickling.

Unpickling can run any code, and even plain values can take any time: a tuple that holds itself twice, fifty times over,
takes years to hash. So this reader knows only the operations that make lists, dicts, tuples, strings, numbers and
NumPy's arrays of bytes. Nothing is imported, called, compared or hashed but short strings, and each operation takes a
time that does not depend on what came before. Parsing is left to the standard library's ``pickletools``.
"""

import pickletools
from collections.abc import Callable
from typing import Any

from emotion_core.errors import CollectError

# A batch of 50,000 photos with two labels and a name each takes 200,000.
MAX_OPERATIONS = 300_000
_BYTES = frozenset(
    {"SHORT_BINSTRING", "BINSTRING", "STRING"}
)  # Strings of Python 2, which pickletools reads as Latin-1.
_VALUES = frozenset(
    {
        *("BININT", "BININT1", "BININT2", "INT", "LONG1", "BINFLOAT", "NONE", "NEWTRUE", "NEWFALSE"),
        *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
        *("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"),
    }
)
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_ARRAYS = frozenset(
    {
        *("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct"),
        *("numpy ndarray", "numpy dtype"),
    }
)
_ENCODE = "_codecs encode"  # Python 3 writes bytes by it into pickles of protocol 2 and below.
_MARK = object()


class BatchArray:
    """An array, or the type of one, of which only the bytes are kept."""

    content = b""


class _Name:
    def __init__(self, name: str) -> None:
        self.name = name


def read_batch(data: bytes) -> Any:
    """Return the value of a pickle.

    Args:
        data: the pickle; strings of Python 2 become bytes.

    Raises:
        CollectError: it holds more than lists, dicts, tuples, strings, numbers and arrays, or takes too many steps.
        Exception: it is damaged.
    """
    return _Machine(len(data)).run(data)


class _Machine:
    """The stack and the memory of a pickle.

    Args:
        max_bytes: most bytes that texts may become.
    """

    def __init__(self, max_bytes: int) -> None:
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}
        self.bytes_left = max_bytes

    def run(self, data: bytes) -> Any:
        for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
            if count > MAX_OPERATIONS:
                raise CollectError(
                    f"The archive takes too many steps to read. Expected at most {MAX_OPERATIONS:,} for each batch. "
                    "Download the archive from its official site."
                )
            if operation.name == "STOP":
                return self.stack.pop()
            self._do(operation.name, argument)
        raise ValueError("no end")

    def _do(self, name: str, argument: Any) -> None:
        if name in _VALUES:
            self.stack.append(_CONSTANTS.get(name, argument))
        elif name in _BYTES:
            self.stack.append(argument.encode("latin-1"))
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self.stack.append(tuple(self._taken(_TUPLES[name])))
        elif name in _ACTIONS:
            _ACTIONS[name](self, argument)
        elif name not in ("PROTO", "FRAME"):
            raise _not_allowed(name)

    def _taken(self, count: int) -> list[Any]:
        if count > len(self.stack):
            raise ValueError("too few values")
        taken = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return taken

    def _since_mark(self) -> list[Any]:
        taken = []
        while (value := self.stack.pop()) is not _MARK:
            taken.append(value)
        return taken[::-1]

    def append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise ValueError("no list")
        target += items

    def set_items(self, items: list[Any]) -> None:
        target, keys = self.stack[-1], items[::2]
        # Only these are compared and hashed in a time that their length bounds.
        if not isinstance(target, dict) or not all(isinstance(key, bytes | str) for key in keys):
            raise ValueError("no dict of texts")
        target.update(zip(keys, items[1::2], strict=True))

    def name(self, name: str) -> None:
        if name not in _ARRAYS and name != _ENCODE:
            raise _not_allowed(name.replace(" ", "."))
        self.stack.append(_Name(name))

    def reduce(self) -> None:
        called, arguments = self._taken(2)
        if not isinstance(called, _Name) or not isinstance(arguments, tuple):
            raise _not_allowed("REDUCE")
        if called.name != _ENCODE:
            self.stack.append(BatchArray())
            return
        text, encoding = arguments
        self.bytes_left -= len(text)
        # A text may be named again and again.
        if encoding != "latin1" or self.bytes_left < 0:
            raise ValueError("no bytes")
        self.stack.append(text.encode("latin-1"))

    def build(self) -> None:
        state = self.stack.pop()
        array = self.stack[-1]
        if not isinstance(array, BatchArray) or not isinstance(state, tuple):
            raise _not_allowed("BUILD")
        # The state of an array is (version, shape, dtype, order, bytes); that of a dtype ends with a number.
        array.content = state[-1] if state and isinstance(state[-1], bytes) else b""


_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": lambda machine, _: machine.stack.append(_MARK),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine._since_mark())),
    "LIST": lambda machine, _: machine.stack.append(machine._since_mark()),
    "APPEND": lambda machine, _: machine.append(machine._taken(1)),
    "APPENDS": lambda machine, _: machine.append(machine._since_mark()),
    "SETITEM": lambda machine, _: machine.set_items(machine._taken(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine._since_mark()),
    "GLOBAL": lambda machine, name: machine.name(name),
    "STACK_GLOBAL": lambda machine, _: machine.name(" ".join(machine._taken(2))),
    "REDUCE": lambda machine, _: machine.reduce(),
    "BUILD": lambda machine, _: machine.build(),
    "MEMOIZE": lambda machine, _: machine.memory.update({len(machine.memory): machine.stack[-1]}),
    **dict.fromkeys(
        ("PUT", "BINPUT", "LONG_BINPUT"), lambda machine, place: machine.memory.update({place: machine.stack[-1]})
    ),
    **dict.fromkeys(
        ("GET", "BINGET", "LONG_BINGET"), lambda machine, place: machine.stack.append(machine.memory[place])
    ),
}


def _not_allowed(name: str) -> CollectError:
    return CollectError(
        "The archive holds more than numbers and texts, so it is not read. Expected the batches of CIFAR-10. "
        f"Received: {name}. Download the archive from its official site."
    )
