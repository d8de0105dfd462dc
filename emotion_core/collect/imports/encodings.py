"""Guess the encoding of names and tables that do not say it."""

import itertools
import re
import unicodedata
from collections.abc import Iterable

from emotion_core.errors import CollectError

# Lead bytes of the characters that people use: the standards' first levels, and kana and Hangul.
_COMMON_LEADS = {"gb18030": (0xB0, 0xD7), "cp932": (0x81, 0x97), "cp949": (0xB0, 0xC8), "big5": (0xA4, 0xC6)}
_ONE_BYTE = ("cp1251", "cp866", "cp850", "cp437", "cp852", "cp1252", "cp1250")
# What a user can choose, by the names that people know.
ENCODING_NAMES = {
    "gb18030": "GBK",
    "cp932": "Shift-JIS",
    "cp949": "EUC-KR",
    "big5": "Big5",
    "cp1251": "Windows-1251",
    "cp866": "CP866",
    "cp850": "CP850",
    "cp437": "CP437",
    "cp852": "CP852",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "utf-8": "UTF-8",
}
_SAMPLE_BYTES = 20_000
# Latin letters that stand alone in one script; Unicode calls the ordinals otherwise.
_SHARED_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "HANGUL"})


def checked_encoding(name: str | None) -> str | None:
    """Return an encoding that Python knows, by its own or its usual name; None stays None.

    Args:
        name: for instance ``gbk``, ``Shift-JIS`` or ``cp1252``.

    Raises:
        CollectError: there is no such encoding.
    """
    if not name:
        return None
    try:
        "a".encode(name)  # Python does not look an encoding up for an empty text.
        # Codecs such as idna are for other things than texts, and cannot replace what they cannot decode.
        bytes(range(256)).decode(name, "replace")
    except (LookupError, ValueError) as error:
        raise CollectError(
            f"The encoding is unknown. Expected for instance {', '.join(ENCODING_NAMES.values())}. "
            f"Received: encoding={name!r}."
        ) from error
    return name


def encoding_name(encoding: str) -> str:
    """Return the name of an encoding as people know it."""
    return ENCODING_NAMES.get(encoding.lower(), encoding)


def is_utf8(text: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def guess_encoding(texts: Iterable[bytes]) -> str:
    """Return the encoding in which short texts read most like names, for texts that are not UTF-8.

    Args:
        texts: the texts; the first 20,000 bytes count.
    """
    sample = b""
    for text in dict.fromkeys(texts):
        if not text.isascii() and len(sample) + len(text) < _SAMPLE_BYTES:
            sample += text + b"\n"
    oddness = {}
    for encoding in (*_COMMON_LEADS, *_ONE_BYTE):
        try:
            oddness[encoding] = _oddness(sample.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
    if not sample or not oddness:
        return "cp437"  # what the standard says, and what decodes anything
    likely = [encoding for encoding, number in oddness.items() if number == min(oddness.values())]
    is_asian = any(encoding in _COMMON_LEADS for encoding in likely)
    return (_best_by_language(sample, likely) if is_asian and len(likely) > 1 else None) or likely[0]


def _best_by_language(sample: bytes, encodings: list[str]) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=encodings).best()
    # It may answer with an alias or a subset, such as gb2312.
    return best.encoding if best else None


def _oddness(text: str, encoding: str) -> int:
    """Return how little a text reads like names: symbols, rare characters, words of mixed scripts or case."""
    characters = sum(_oddness_of_character(character, encoding) for character in text if not character.isascii())
    return characters + sum(map(_oddness_of_word, re.findall(r"[^\W\d_]+", text)))


def _oddness_of_character(character: str, encoding: str) -> int:
    category = unicodedata.category(character)
    if category[0] not in "LM":
        return 2
    if unicodedata.name(character, "").startswith("HALFWIDTH") or (category == "Lm" and character != "ー"):
        return 1
    if encoding not in _COMMON_LEADS:
        return 0
    first, last = _COMMON_LEADS[encoding]
    code = character.encode(encoding)
    return int(len(code) != 2 or not first <= code[0] <= last)


def _oddness_of_word(word: str) -> int:
    scripts = {_script(character) for character in word}
    foreign = sum(not character.isascii() for character in word)
    mixed = 2 * (len(scripts) - 1) if scripts & _SHARED_SCRIPTS else 0
    pairs = itertools.pairwise(word)
    cases = 2 * sum(a.islower() and b.isupper() and not (a.isascii() and b.isascii()) for a, b in pairs)
    # Words of mostly accented letters are Cyrillic in the wrong encoding.
    accented = foreign if scripts == {"LATIN"} and len(word) > 2 and 2 * foreign > len(word) else 0
    return mixed + cases + accented


def _script(character: str) -> str:
    script = unicodedata.name(character, "?").split()[0]
    return "LATIN" if script in {"FEMININE", "MASCULINE"} else script
