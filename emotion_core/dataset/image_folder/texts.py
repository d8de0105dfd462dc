"""The texts of an ImageFolder: its table of photos and its description."""

from collections.abc import Mapping, Sequence

from emotion_core.dataset.catalog import Photo
from emotion_core.formatting import csv_text

OWNERS = (
    "Photos belong to the people who took them and concern the people in them. Share only what you may, follow the "
    "license of each photo, and delete a photo when its owner asks."
)
COLUMNS = ("file_name", "label", "split", "source_url", "page_url", "landing_url", "license", "author")


def metadata_csv(rows: Sequence[tuple[Photo, str, str, str]]) -> str:
    """Return the table of photos: file, label, split, and what is known of the source.

    Args:
        rows: each photo with its label, its part of the split and its path below the table.
    """
    return csv_text(COLUMNS, [(path, label, part, *map(_text, _known(photo))) for photo, label, part, path in rows])


def _known(photo: Photo) -> tuple[str | None, ...]:
    return photo.source_url, photo.page_url, photo.landing_url, photo.licence, photo.author


def readme(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return the description of an export as Markdown.

    Args:
        counts: photos by part and label; the part is empty without a split.
    """
    lines = [f"| {part or 'all'} | {row['happy']} | {row['sad']} |" for part, row in counts.items()]
    table = "\n".join(["| part | happy | sad |", "|---|---|---|", *lines])
    return (
        "# Happy and sad photos\n\nExported by Emotion Classifier. Each photo lies in the folder of its label; "
        f"`metadata.csv` beside these folders says where it came from.\n\n{table}\n\n{OWNERS}\n"
    )


def _text(value: str | None) -> str:
    return value or ""
