"""Numbers of a network as pictures and tables for people: blue above zero, orange below."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw

from pages.components.common.html import Markup, render

ABOVE, BELOW, FRAME, GREY = "#0072B2", "#E69F00", "#D55E00", "#808080"  # the first three of Okabe & Ito (2008)
PICTURE_PX = 148
SMALL_PX, GAP_PX, PER_ROW = 56, 6, 16
Numbers = npt.NDArray[np.float32]
_TABLE = """
<table style="border-collapse:collapse;font-size:.8rem;font-variant-numeric:tabular-nums">
<caption style="text-align:left">{{ title }}</caption>
{% for row in rows %}
<tr>{% for text, color in row %}
<td style="background:{{ color }};padding:3px 6px;text-align:right;border:1px solid rgba(128,128,128,.3)">
{{- text }}</td>
{%- endfor %}</tr>
{% endfor %}
</table>
"""
PixelPosition = tuple[int, int, int, int]


def photo_picture(inputs: Numbers, channel: int, place: PixelPosition) -> Image.Image:
    """Return what a convolution is given: a photo as such, else one of its maps.

    Args:
        inputs: float32 of shape ``(h, w, channels)``; with 1 or 3 channels from 0 to 1 it is a photo.
        channel: which map.
        place: row, column, height and width of the part to frame.
    """
    if inputs.shape[2] not in (1, 3) or inputs.min() < 0 or inputs.max() > 1:
        return map_picture(inputs[:, :, channel], place)
    pixels = np.round(inputs * 255).astype(np.uint8)
    return _framed(Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[:, :, 0]), place)


def map_picture(numbers: Numbers, place: PixelPosition | None = None) -> Image.Image:
    """Return numbers in colours, the strongest in full colour, zero clear.

    Args:
        numbers: float32 of shape ``(h, w)``.
        place: row, column, height and width of the part to frame; None for none.
    """
    return _framed(_colored(numbers), place)


def maps_sheet(maps: Numbers, chosen: int) -> Image.Image:
    """Return small pictures of all filters side by side, in rows, the chosen one framed.

    Args:
        maps: float32 of shape ``(h, w, filters)``.
        chosen: number of a filter.
    """
    count, step = maps.shape[2], SMALL_PX + GAP_PX
    sheet = Image.new("RGBA", (min(count, PER_ROW) * step, -(-count // PER_ROW) * step))
    draw = ImageDraw.Draw(sheet)
    for number in range(count):
        left, top = number % PER_ROW * step + GAP_PX // 2, number // PER_ROW * step + GAP_PX // 2
        sheet.paste(_colored(maps[:, :, number]).resize((SMALL_PX, SMALL_PX)), (left, top))
        outline, thick = (FRAME, 3) if number == chosen else (GREY, 1)
        draw.rectangle((left - 3, top - 3, left + SMALL_PX + 2, top + SMALL_PX + 2), outline=outline, width=thick)
    return sheet


def numbers_table(title: str, numbers: Numbers) -> Markup:
    """Return a table of numbers as HTML, each on its colour.

    Args:
        title: above it.
        numbers: float32 of shape ``(h, w)``.
    """
    strongest = float(np.abs(numbers).max()) or 1.0
    rows = [[(_number(value), _cell_color(value, abs(value) / strongest)) for value in row] for row in numbers.tolist()]
    return render(_TABLE, title=title, rows=rows)


def _cell_color(value: float, strength: float) -> str:
    red, green, blue = ImageColor.getrgb(ABOVE if value > 0 else BELOW)[:3]
    return f"rgba({red},{green},{blue},{0.55 * strength:.2f})"


def _number(value: float) -> str:
    # Without "-0.00", and with the sign that stands as high as the digits.
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _colored(numbers: Numbers) -> Image.Image:
    share = np.abs(numbers) / (float(np.abs(numbers).max()) or 1.0)
    colors = np.array([(*ImageColor.getrgb(color)[:3], 255) for color in (BELOW, ABOVE)], dtype=np.uint8)
    colored = colors[(numbers > 0).astype(int)]
    colored[:, :, 3] = np.round(255 * share)
    return Image.fromarray(colored)


def _framed(picture: Image.Image, place: PixelPosition | None) -> Image.Image:
    """Return the picture at its size for people, with a frame around a place and a thin one around all."""
    width, height = picture.size
    scale = PICTURE_PX / max(width, height)
    large = picture.convert("RGBA").resize((round(width * scale), round(height * scale)), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(large)
    draw.rectangle((0, 0, large.width - 1, large.height - 1), outline=GREY)
    if place is not None:
        row, column, rows, columns = place
        box = [round(edge * scale) for edge in (column, row, column + columns, row + rows)]
        draw.rectangle((box[0] - 2, box[1] - 2, box[2] + 1, box[3] + 1), outline=FRAME, width=2)
    return large
