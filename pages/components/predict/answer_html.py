"""Answers as HTML: the scale of P(sad), and a photo with a box around each face. Text from elsewhere is escaped."""

from collections.abc import Sequence
from html import escape

from PIL import Image

from emotion_core.dataset import Box
from emotion_core.prediction import Answer, FaceAnswer, UncertaintyBand
from pages.components.common.images import data_uri

SHOWN_SIDE_PX = 720
# Two colours of Okabe and Ito that all can tell apart; grey is nobody's side.
HAPPY_COLOR, SAD_COLOR, NEITHER_COLOR = "#E69F00", "#0072B2", "#8A94A0"
_MARK = "position:absolute;display:block;"


def answer_color(label: str | None, sure: bool | None) -> str:
    """Return the colour of an answer: that of its label where the network is sure, else grey."""
    return {"happy": HAPPY_COLOR, "sad": SAD_COLOR}.get(label or "", NEITHER_COLOR) if sure else NEITHER_COLOR


def headline(answer: Answer, size_rem: float) -> str:
    """Return the answer in large letters, with its colour beside it.

    Args:
        answer: of one network.
        size_rem: of the letters, in the page's own.
    """
    color = answer_color(answer.label, answer.sure)
    return (
        f'<div style="border-left:6px solid {color};padding:.1rem 0 .1rem .8rem;font-size:{size_rem}rem;'
        f'line-height:1.25;font-weight:650">{escape(answer.words)}</div>'
    )


def scale(p_sad: float, threshold: float, band: UncertaintyBand) -> str:
    """Return a scale from happy to sad with P(sad), the threshold, and where the network is not sure (hatched).

    Args:
        p_sad: 0 to 1.
        threshold: 0 to 1.
        band: nothing is hatched where it is empty.
    """
    words = f"P(sad) = {p_sad:.3f}, on a scale from 0 (happy) to 1 (sad); sad from {threshold:.3f}"
    hatched = ""
    if not band.empty:
        words += f"; not sure from {band.low:.3f} to {band.high:.3f}"
        hatched = (
            f'<i style="{_MARK}left:{100 * band.low:.2f}%;width:{100 * (band.high - band.low):.2f}%;top:0;bottom:0;'
            'opacity:.45;background:repeating-linear-gradient(135deg,currentColor 0 1.5px,transparent 1.5px 6px)"></i>'
        )
    return (
        f'<div role="img" aria-label="{words}" style="padding:6px 9px 0">'
        '<div style="position:relative;height:12px;border-radius:6px;background:linear-gradient(90deg,'
        f'color-mix(in srgb,{HAPPY_COLOR} 75%,transparent),color-mix(in srgb,{SAD_COLOR} 75%,transparent))">{hatched}'
        f'<i style="{_MARK}left:{100 * threshold:.2f}%;top:-4px;bottom:-4px;width:2px;background:currentColor"></i>'
        f'<i style="{_MARK}left:calc({100 * p_sad:.2f}% - 9px);top:-3px;width:18px;height:18px;border-radius:50%;'
        'background:#fff;border:4px solid #1c2430;box-sizing:border-box"></i></div>'
        '<div style="display:flex;justify-content:space-between;font-size:.8rem;opacity:.8;padding-top:5px">'
        "<span>0 happy</span><span>sad 1</span></div></div>"
    )


def photo_with_faces(photo: Image.Image, faces: Sequence[FaceAnswer], description: str, *, colored: bool = True) -> str:
    """Return the photo with a numbered box around each face.

    Args:
        photo: upright RGB, any size.
        faces: boxes in pixels of the photo; one without a box is the whole photo, and nothing is drawn for it.
        description: what a screen reader says.
        colored: in the colours of the answers; grey where several networks do not say the same.
    """
    boxes = "".join(
        _box(number, face.box, photo.size, answer_color(face.label, face.sure and colored))
        for number, face in enumerate(faces, start=1)
        if face.box
    )
    return (
        f'<div style="position:relative;width:fit-content;max-width:100%"><img src="{data_uri(photo, SHOWN_SIDE_PX)}" '
        f'alt="{escape(description)}" style="display:block;max-width:100%;max-height:60vh;border-radius:8px">{boxes}'
        "</div>"
    )


def _box(number: int, box: Box, size: tuple[int, int], color: str) -> str:
    left, top, right, bottom = box
    places = {"left": left / size[0], "top": top / size[1]}
    places |= {"width": (right - left) / size[0], "height": (bottom - top) / size[1]}
    style = ";".join(f"{name}:{100 * share:.2f}%" for name, share in places.items())
    return (
        f'<div style="{_MARK}{style};border:3px solid {color};border-radius:6px;box-sizing:border-box;'
        'box-shadow:0 0 0 1px #fffb,inset 0 0 0 1px #fffb">'
        f'<span style="{_MARK}left:-3px;top:-3px;background:{color};color:{"#000" if color == HAPPY_COLOR else "#fff"};'
        f'font-size:.75rem;font-weight:650;line-height:1.3;padding:0 .35em;border-radius:6px 0 6px 0">{number}</span>'
        "</div>"
    )
