"""Numbers, counts, durations, sizes, lists and tables as text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

# What begins a formula, the full-width forms of East Asian keyboards among them. It may follow a character that some
# spreadsheets take for the end of a cell: where the decimal separator is a comma, cells of a CSV end at a semicolon.
_FORMULA = re.compile(r"^(?=[=+\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?=[ \t]*[=+\-@＝＋－＠])")


def share_text(value: float, *, digits: int = 2) -> str:
    """Format a share, an AUC or a difference of two in statistical style: no leading zero, a true minus sign.

    Only 1 itself is written as 1.00: what is less and would be rounded to it is beyond .99.

    Args:
        value: number between -1 and 1; one outside keeps its leading digits.
        digits: decimal places.

    >>> share_text(0.914), share_text(1.0), share_text(-0.05), share_text(-0.001)
    ('.91', '1.00', '−.05', '.00')
    >>> share_text(0.998), share_text(-0.998), share_text(0.998, digits=3)
    ('>.99', '<−.99', '.998')
    """
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) != 0 else ""
    if float(text) == 1 and abs(value) < 1:
        return f"{'<' if value < 0 else '>'}{sign}.{'9' * digits}"
    return sign + (text[1:] if text.startswith("0.") else text)


def p_number_text(p_value: float) -> str:
    """Format a p-value for a table, to three decimal places below .1.

    >>> p_number_text(0.31), p_number_text(0.0496), p_number_text(0.00002), p_number_text(0.998)
    ('.31', '.050', '<.001', '>.99')
    """
    if p_value < 0.001:
        return "<.001"
    return share_text(p_value, digits=3 if p_value < 0.1 else 2)


def p_text(p_value: float) -> str:
    """Format a p-value with its relation sign, to three decimal places below .1.

    >>> p_text(0.31), p_text(0.0496), p_text(0.00002), p_text(1.0)
    ('p = .31', 'p = .050', 'p < .001', 'p = 1.00')
    """
    text = p_number_text(p_value)
    return f"p {text[0]} {text[1:]}" if text[0] in "<>" else f"p = {text}"


def interval_text(low: float | None, high: float | None) -> str:
    """Format an interval of shares, AUCs or differences; a dash where it is unknown.

    Args:
        low: lower end.
        high: upper end.

    >>> interval_text(0.6, 0.8149), interval_text(-0.1, 0.02), interval_text(None, None)
    ('.60 to .81', '−.10 to .02', '–')
    """
    return "–" if low is None or high is None else f"{share_text(low)} to {share_text(high)}"


def count_text(count: int, noun: str) -> str:
    """Format a count with its noun in the singular or plural.

    Args:
        count: how many.
        noun: singular; the plural adds an "s".

    >>> count_text(1, "run"), count_text(3, "run")
    ('1 run', '3 runs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def duration_text(seconds: float) -> str:
    """Format an estimated duration, rounded to the precision of an estimate.

    >>> duration_text(42.3), duration_text(200), duration_text(4900)
    ('42 s', '3 min', '1 h 22 min')
    """
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def size_text(size_bytes: int) -> str:
    """Format an estimated size in MB or GB.

    >>> size_text(43_210_000), size_text(1_560_000_000)
    ('43 MB', '1.6 GB')
    """
    return f"{max(size_bytes / 1e6, 1):.0f} MB" if size_bytes < 999.5e6 else f"{size_bytes / 1e9:.1f} GB"


def exact_duration_text(seconds: float) -> str:
    """Format a measured duration.

    >>> exact_duration_text(42.3), exact_duration_text(80), exact_duration_text(4900)
    ('42 s', '1 min 20 s', '1 h 21 min')
    """
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def list_text(words: Sequence[str]) -> str:
    """Join at least one word with commas and a final "and".

    >>> list_text(["relu"]), list_text(["relu", "tanh", "sigmoid"])
    ('relu', 'relu, tanh and sigmoid')
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    r"""Return a table as CSV; a text that a spreadsheet would run as a formula gets a quote in front.

    Texts such as the name of a network or an author come from files and pages of others, so they can be anything.

    Args:
        columns: titles of the columns.
        rows: one value per column.

    >>> csv_text(["name", "auc"], [["=1+1", 0.5]])
    "name,auc\n'=1+1,0.5\n"
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([without_formula(title) for title in columns])
    writer.writerows([without_formula(value) for value in row] for row in rows)
    return text.getvalue()


def without_formula(value: Any) -> Any:
    """Return a text with a quote before whatever a spreadsheet would run as a formula; any other value as it is.

    Pages show their tables with it, too: Streamlit's toolbar saves a table as CSV as it is shown.

    >>> without_formula("=1+1"), without_formula(-1), without_formula("a-b")
    ("'=1+1", -1, 'a-b')
    """
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def encodable(text: str) -> str:
    r"""Return text with ``?`` for what UTF-8 cannot encode.

    Args:
        text: may hold lone surrogates: of a file name that is not UTF-8, as ``os.fsdecode`` returns it, or of an escape
            in the JSON of a page.

    >>> encodable("caf\udce9.jpg")
    'caf?.jpg'
    """
    return text.encode("utf8", "replace").decode("utf8")
