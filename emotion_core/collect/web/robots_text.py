"""Read the lines of a robots.txt as RFC 9309 and Google's parser do, and write those that concern one program.

Protego matches addresses against rules; which lines form a group, and whom a group is for, is decided here. Other
parsers stumble over a byte order mark, end a group at lines that they do not know, and compare names with versions.
"""

import codecs
import re
import string
from collections.abc import Iterator
from urllib.parse import quote

ROBOTS_MAX_BYTES = 500 * 1024
_LINE_BREAK = re.compile(rb"\r\n|\r|\n")
_MAX_LINE_BYTES = 8 * 2083
_PRODUCT_TOKEN = re.compile(r"[A-Za-z_-]+|\*(?!\S)")
_AGENT, _ALLOW, _DISALLOW, _DELAY = "User-agent", "Allow", "Disallow", "Crawl-delay"
# Keys count by their beginning; the misspellings are those that Google's parser accepts.
_KEYS = (
    (_AGENT, ("user-agent", "useragent", "user agent")),
    (_ALLOW, ("allow",)),
    (_DISALLOW, ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")),
    (_DELAY, ("crawl-delay", "crawl delay")),
)


def rules_text(body: bytes, agent: str) -> str:
    """Return the groups of a robots.txt that concern one program, one group per name and without comments.

    Args:
        body: the file; what follows its first 500 KiB is ignored.
        agent: name of the program.
    """
    rules: dict[str, list[str]] = {}
    names: set[str] = set()
    has_rules = False
    for key, value in _lines(body):
        if key == _AGENT:
            names = set() if has_rules else names
            has_rules = False
            token = _PRODUCT_TOKEN.match(value)
            names.add(token.group().lower() if token else "")
            rules.update({name: rules.get(name, []) for name in names})
            continue
        # RFC 9309 knows no delays, so a name after one still belongs to the same group.
        has_rules = has_rules or key != _DELAY
        for name in names:
            rules[name].append(f"{key}: {value}")
    concerned = [name for name in (agent.lower(), "*") if name in rules]
    return "\n".join(line for name in concerned for line in (f"{_AGENT}: {name}", *rules[name]))


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the key and the value of each line that has a known key."""
    for line in _LINE_BREAK.split(_without_mark(body)):
        text = line[:_MAX_LINE_BYTES].partition(b"#")[0].strip()
        name, colon, value = text.partition(b":")
        if not colon:
            # Some sites forget the colon, which is clear enough if there are just two words.
            name, _space, value = text.partition(b" ") if len(text.split()) == 2 else (b"", b"", b"")
        written = name.strip().lower().decode("latin-1")
        key = next((key for key, spellings in _KEYS if written.startswith(spellings)), None)
        if key is not None:
            yield key, quote(value.strip(), safe=string.punctuation + " ")


def _without_mark(body: bytes) -> bytes:
    """Return the file as UTF-8 without a byte order mark and without a last line that the size limit cut."""
    if len(body) >= ROBOTS_MAX_BYTES:
        body = body[:ROBOTS_MAX_BYTES].rpartition(b"\n")[0]
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace").encode()
    return body.removeprefix(codecs.BOM_UTF8)
