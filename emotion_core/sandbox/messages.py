"""Messages between a process and its readers: plain values and bytes. Nothing in them can run code, as a pickle could.

A message is the length of its text, the number of its blobs and a random key, then the length of each blob, the text,
and the blobs. The text is JSON, in which an object with that key stands for a blob: no name in a file can be it.
"""

import json
import os
import struct
from typing import IO, Any

_HEAD, _LENGTH = struct.Struct(">QI8s"), struct.Struct(">Q")
# A child may have been taken over by a file, and claim anything. The largest photo that is stored takes 200 MB.
MAX_TEXT_BYTES, MAX_BLOBS, MAX_BLOB_BYTES = 64_000_000, 1024, 256_000_000


def send(stream: IO[bytes], value: Any) -> None:
    """Write a message.

    Args:
        stream: pipe to the other process.
        value: lists, tuples, dicts with text as keys, texts, numbers, None and bytes; tuples arrive as lists.
    """
    blobs: list[bytes] = []
    key = os.urandom(8)

    def stand_in(blob: object) -> dict[str, int]:
        if not isinstance(blob, bytes):
            raise TypeError(f"{type(blob).__name__} cannot be sent")
        blobs.append(blob)
        return {key.hex(): len(blobs) - 1}

    text = json.dumps(value, default=stand_in).encode()
    lengths = b"".join(_LENGTH.pack(len(blob)) for blob in blobs)
    stream.write(_HEAD.pack(len(text), len(blobs), key) + lengths + text)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read a message.

    Raises:
        EOFError: the other process has ended.
        ValueError: this is no message.
    """
    text_length, blob_count, key = _HEAD.unpack(_exactly(stream, _HEAD.size))
    if text_length > MAX_TEXT_BYTES or blob_count > MAX_BLOBS:
        raise ValueError("too long")
    lengths = [_LENGTH.unpack(_exactly(stream, _LENGTH.size))[0] for _ in range(blob_count)]
    if sum(lengths) > MAX_BLOB_BYTES:
        raise ValueError("too long")
    text = _exactly(stream, text_length)
    blobs = [_exactly(stream, length) for length in lengths]

    name = key.hex()

    def restored(fields: dict[str, Any]) -> Any:
        return blobs[fields[name]] if name in fields else fields

    try:
        return json.loads(text, object_hook=restored)
    except (LookupError, TypeError, RecursionError) as error:
        raise ValueError("no message") from error


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data
