"""What others wrote is printed as text: no terminal obeys it."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from emotion_core import terminal
from emotion_core.__main__ import main
from emotion_core.command_line import note, show
from emotion_core.jobs import JobFolder
from emotion_core.terminal import printable, printable_lines

ESCAPE, CSI, RING, BACKWARD, SURROGATE = "\x1b[2J", "\x9b31m", "\x07", "\u202e", "\udc9b"
HOSTILE = f"a{ESCAPE}b{CSI}c{RING}d{BACKWARD}e{SURROGATE}f\r\x00\x7f\x85\u2028\u2066\ufeff\U000e0041g"
OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def obeyed(text: str) -> set[str]:
    """Return the characters of a text that a terminal would obey, apart from the ends of its lines."""
    return {character for character in text if unicodedata.category(character) in OBEYED and character != "\n"}


def test_what_a_terminal_obeys_is_escaped() -> None:
    """Control and format characters, surrogates and other ends of lines become escapes; the rest stays."""
    assert not obeyed(printable(HOSTILE))
    assert printable(HOSTILE).startswith(r"a\x1b[2Jb\x9b31mc\x07d\u202ee\udc9bf\r\x00")
    assert printable(Path("a\nb")) == r"a\nb"


@pytest.mark.parametrize("text", ["Grüße", "笑顔　写真", "می\u200cخواهم", "👩\u200d🔬", "a\u00a0b", "e\u0301", r"C:\x"])
def test_words_of_all_languages_stay(text: str) -> None:
    """Letters, emoji, spaces and accents of any script are printed as they are."""
    assert printable(text) == text


def test_no_character_of_unicode_is_obeyed() -> None:
    """Every code point that a terminal may obey is escaped, with or without a neighbor."""
    joiners = {"\u200c", "\u200d"}
    assert obeyed(printable("".join(map(chr, range(sys.maxunicode + 1))))) == joiners


def test_lines_and_tabs_of_a_log_stay() -> None:
    """The layout of several lines is kept; what returns to the beginning of one is not."""
    assert printable_lines("a\n\tb\rc\x1bd") == "a\n\tb\\rc\\x1bd"


@pytest.mark.parametrize(
    "result",
    [
        [{"name": HOSTILE, "auc": 0.5}],
        {"rejected": [{"name": HOSTILE, "reason": [HOSTILE]}], HOSTILE: HOSTILE, "notes": [HOSTILE, {"a": HOSTILE}]},
    ],
    ids=["rows", "keys"],
)
def test_results_are_printed_as_text(result: object, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables, lines and nested values show escapes; a text cannot begin a line of its own."""
    show(result, as_json=False)
    lines = capsys.readouterr().out
    assert not obeyed(lines)
    assert r"\x1b[2J" in lines
    show({"rejected": [{"name": "x\nadded: 99"}], "notes": ["y\nadded: 99"], "z": "z\nadded: 99"}, as_json=False)
    assert not [line for line in capsys.readouterr().out.splitlines() if line.startswith("added")]


def test_json_is_exact_and_safe(capsys: pytest.CaptureFixture[str]) -> None:
    """The document holds each character, as an escape where a terminal would obey it; other letters are readable."""
    show([{"name": HOSTILE, HOSTILE: "größer"}], as_json=True)
    document = capsys.readouterr().out
    assert json.loads(document) == [{"name": HOSTILE, HOSTILE: "größer"}]
    assert not obeyed(document)
    assert "größer" in document


def test_notes_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A note with line feeds and escapes stays one line of text."""
    note(f"Page of {HOSTILE}\nadded: 99")
    lines = capsys.readouterr().err
    assert not obeyed(lines)
    assert lines.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs", HOSTILE],
        [HOSTILE],
        ["predict", "x.jpg", f"--{HOSTILE}"],
        ["photos", "--label", HOSTILE],
        ["study", "--depths", HOSTILE],
        ["queue", "--priority", HOSTILE],
    ],
)
def test_bad_usage_repeats_arguments_as_text(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Errors of argparse hold what was typed, or what a script passed on."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert not obeyed(capsys.readouterr().err)


@pytest.mark.parametrize("verb", [["import"], ["predict"], ["stop"], ["compare"], ["export", "x"]])
def test_errors_name_what_was_asked_for_as_text(
    verb: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path or id that does not exist is repeated in the error with its escapes visible."""
    main([*verb, HOSTILE.replace("\x00", ""), "--workspace", str(tmp_path)])
    printed = capsys.readouterr()
    assert not obeyed(printed.out + printed.err)


def test_whatever_else_a_process_prints_is_text() -> None:
    """Logging, warnings and a traceback pass the same stream, and a surrogate does not end the process."""
    code = (
        "import logging, sys, warnings\n"
        f"from emotion_core.terminal import guard_streams\nname = {HOSTILE!r}\n"
        "guard_streams()\nguard_streams()\nlogging.error('log %s', name)\nwarnings.warn(name)\nprint(name)\n"
        "print('fileno', sys.stdout.fileno(), file=sys.stderr)\nraise ValueError(name)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    for printed in (ended.stdout.decode(), ended.stderr.decode()):
        assert not obeyed(printed)
        assert r"\x1b[2J" in printed
    assert b"ValueError" in ended.stderr


def test_the_log_of_a_job_is_shown_as_text(tmp_path: Path) -> None:
    """What a worker printed is shown line by line, with escapes visible."""
    (tmp_path / "log.txt").write_text(f"first\n\tname {HOSTILE.replace(SURROGATE, '')}\n", encoding="utf8")
    log = JobFolder(tmp_path).log_end()
    assert log.startswith("first\n")
    assert obeyed(log) <= {"\t"}


def test_a_stream_is_wrapped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calling it twice adds nothing, and a process without streams is left alone."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    terminal.guard_streams()
    first = sys.stderr
    terminal.guard_streams()
    assert sys.stdout is None
    assert sys.stderr is first


def test_table_is_as_wide_as_the_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A long sentence goes on in the next rows, with every word; a file gets each row on one line."""
    rows = [{"path": "photos/ab", "what": "word " * 60}, {"path": "b", "what": "short"}]
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    show(rows, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line.split().count("word") for line in lines) == 60
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    show(rows, as_json=False)
    assert len(capsys.readouterr().out.splitlines()) == 3
