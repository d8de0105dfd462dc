"""Values of the flags: what a text on the command line is turned into, or why it cannot be."""

import argparse


def comma_list(text: str) -> list[str]:
    """Return the values of a list that is separated by commas."""
    values = [value.strip() for value in text.split(",") if value.strip()]
    if not values:
        raise argparse.ArgumentTypeError(f"expected one or more values, separated by commas, received {text!r}")
    return values


def field_and_values(text: str) -> tuple[str, list[str]]:
    """Return a setting and its values, for instance ``dropout`` and ``0``, ``0.5`` of ``dropout=0,0.5``."""
    from emotion_core.training.config import split_values

    field, equals, values = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected a setting and its value such as dropout=0.5, received {text!r}")
    return field.strip(), split_values(field.strip(), values)


def run_and_priority(text: str) -> tuple[str, int]:
    """Return a run and its priority, of ``ID=5``."""
    run_id, _, number = text.rpartition("=")
    try:
        return run_id, int(number)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected a run and a whole number such as ID=5, received {text!r}"
        ) from error


def class_and_label(text: str) -> tuple[str, str]:
    """Return a class of a data set and its label, of ``smile=happy``."""
    name, equals, label = text.rpartition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected a class and its label such as smile=happy, received {text!r}")
    return name, label.strip()


def comma_integers(text: str) -> list[int]:
    """Return the whole numbers of a list that is separated by commas."""
    try:
        return [int(value) for value in comma_list(text)]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected whole numbers such as 2,3, received {text!r}") from error
