"""How numbers are written in sentences: shares and AUCs without a leading zero, p-values never as zero."""


def share_text(value: float, *, digits: int = 2) -> str:
    """Write a share, an AUC or a difference of two as statisticians do.

    >>> share_text(0.914), share_text(1.0), share_text(-0.05), share_text(-0.001)
    ('.91', '1.00', '−.05', '.00')
    """
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) != 0 else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def p_text(p_value: float) -> str:
    """Write a p-value with its relation sign.

    >>> p_text(0.31), p_text(0.0496), p_text(0.00002), p_text(1.0)
    ('p = .31', 'p = .050', 'p < .001', 'p = 1.00')
    """
    if p_value < 0.001:
        return "p < .001"
    return f"p = {share_text(p_value, digits=3 if p_value < 0.1 else 2)}"


def count_text(count: int, noun: str) -> str:
    """Write a count with its noun in the right number.

    >>> count_text(1, "run"), count_text(3, "run")
    ('1 run', '3 runs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
