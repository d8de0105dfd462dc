"""Feature maps and kernels as images and HTML tables: blue for positive numbers, orange for negative ones."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw

from pages.components.common.html import Markup, render

ABOVE, BELOW, FRAME, GRAY = "#0072B2", "#E69F00", "#D55E00", "#808080"  # colors of Okabe & Ito (2008), and gray
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
PixelBox = tuple[int, int, int, int]  # row, column, height, width


def photo_picture(inputs: Numbers, channel: int, box: PixelBox) -> Image.Image:
    """Return the input of a convolution as an image: the photo itself, or one feature map in a deeper layer.

    Args:
        inputs: float32 of shape ``(h, w, channels)``; drawn as a photo if it has 1 or 3 channels from 0 to 1.
        channel: index of the map to draw if the input is no photo.
        box: row, column, height and width of the part to frame, in pixels of the input.
    """
    if inputs.shape[2] not in (1, 3) or inputs.min() < 0 or inputs.max() > 1:
        return map_picture(inputs[:, :, channel], box)
    pixels = np.round(inputs * 255).astype(np.uint8)
    return _framed(Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[:, :, 0]), box)


def map_picture(numbers: Numbers, box: PixelBox | None = None) -> Image.Image:
    """Return numbers as colors: the largest absolute value opaque, zero transparent.

    Args:
        numbers: float32 of shape ``(h, w)``.
        box: row, column, height and width of the part to frame; None for none.
    """
    return _framed(_colored(numbers), box)


def maps_sheet(maps: Numbers, chosen: int) -> Image.Image:
    """Return thumbnails of all feature maps in rows, the selected one framed.

    Args:
        maps: float32 of shape ``(h, w, filters)``.
        chosen: index of the selected filter.
    """
    count, step = maps.shape[2], SMALL_PX + GAP_PX
    sheet = Image.new("RGBA", (min(count, PER_ROW) * step, -(-count // PER_ROW) * step))
    draw = ImageDraw.Draw(sheet)
    for number in range(count):
        left, top = number % PER_ROW * step + GAP_PX // 2, number // PER_ROW * step + GAP_PX // 2
        sheet.paste(_colored(maps[:, :, number]).resize((SMALL_PX, SMALL_PX)), (left, top))
        outline, line_width = (FRAME, 3) if number == chosen else (GRAY, 1)
        draw.rectangle((left - 3, top - 3, left + SMALL_PX + 2, top + SMALL_PX + 2), outline=outline, width=line_width)
    return sheet


def numbers_table(title: str, numbers: Numbers) -> Markup:
    """Return an HTML table of numbers, each cell with the number's color as background.

    Args:
        title: caption of the table; it is escaped.
        numbers: float32 of shape ``(h, w)``.
    """
    strongest = float(np.abs(numbers).max()) or 1.0
    rows = [
        [(_number_text(value), _cell_color(value, abs(value) / strongest)) for value in row] for row in numbers.tolist()
    ]
    return render(_TABLE, title=title, rows=rows)


def _cell_color(value: float, strength: float) -> str:
    red, green, blue = ImageColor.getrgb(ABOVE if value > 0 else BELOW)[:3]
    return f"rgba({red},{green},{blue},{0.55 * strength:.2f})"


def _number_text(value: float) -> str:
    # No "-0.00", and a minus sign as wide as the digits instead of a hyphen.
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _colored(numbers: Numbers) -> Image.Image:
    share = np.abs(numbers) / (float(np.abs(numbers).max()) or 1.0)
    colors = np.array([(*ImageColor.getrgb(color)[:3], 255) for color in (BELOW, ABOVE)], dtype=np.uint8)
    colored = colors[(numbers > 0).astype(int)]
    colored[:, :, 3] = np.round(255 * share)
    return Image.fromarray(colored)


def _framed(picture: Image.Image, box: PixelBox | None) -> Image.Image:
    """Return the picture enlarged to ``PICTURE_PX``, with a thin border and a frame around the box."""
    width, height = picture.size
    scale = PICTURE_PX / max(width, height)
    large = picture.convert("RGBA").resize((round(width * scale), round(height * scale)), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(large)
    draw.rectangle((0, 0, large.width - 1, large.height - 1), outline=GRAY)
    if box is not None:
        row, column, rows, columns = box
        left, top, right, bottom = (round(edge * scale) for edge in (column, row, column + columns, row + rows))
        draw.rectangle((left - 2, top - 2, right + 1, bottom + 1), outline=FRAME, width=2)
    return large
