"""Splits that a data set brings: folders, columns and tables called train, validation and test."""

import re
from pathlib import PurePosixPath

_WORDS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    # fer2013's public test set serves for validation, its private one for the test.
    **dict.fromkeys(("val", "valid", "validation", "dev", "publictest"), "validation"),
    **dict.fromkeys(("test", "testing", "tst", "privatetest"), "test"),
}
_LONGEST_FIRST = "|".join(sorted(_WORDS, key=len, reverse=True))
_NAME = re.compile(rf"(?:fer2013)?({_LONGEST_FIRST})(?:set|split|data|images?|imgs)*(?:20\d\d)?")


def split_of(name: str) -> str | None:
    """Return ``train``, ``validation`` or ``test`` for a usual name of such a split, else None.

    Args:
        name: name of a folder, or value of a column.

    >>> split_of("PrivateTest"), split_of("val_set"), split_of("contest")
    ('test', 'validation', None)
    """
    match = _NAME.fullmatch(re.sub(r"[\s_-]", "", name.casefold()))
    return _WORDS[match[1]] if match else None


def split_of_path(path: PurePosixPath) -> str | None:
    """Return the split that the nearest folder above a file is called by, else None."""
    return next(filter(None, map(split_of, reversed(path.parts[:-1]))), None)


def split_of_table(path: PurePosixPath) -> str | None:
    """Return the split that a table is called by, as in ``train_labels.csv``, or that of its folder.

    >>> split_of_table(PurePosixPath("test_labels.csv")), split_of_table(PurePosixPath("val/labels.csv"))
    ('test', 'validation')
    """
    splits = {split for word in re.split(r"[\W_]+", path.stem) if (split := split_of(word))}
    return splits.pop() if len(splits) == 1 else split_of_path(path)
