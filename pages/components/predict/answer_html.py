"""Predictions as HTML: the headline, the scale of P(sad), and a photo with a box around each face."""

from collections.abc import Sequence

from PIL import Image

from emotion_core.dataset import Box, turned_box
from emotion_core.prediction import Answer, FaceAnswer, UncertaintyBand
from pages.components.common.html import Markup, render
from pages.components.common.images import data_uri

SHOWN_SIDE_PX = 720
# Two colors of Okabe and Ito (2008) that color-blind readers can tell apart, and gray for neither label.
HAPPY_COLOR, SAD_COLOR, NEITHER_COLOR = "#E69F00", "#0072B2", "#8A94A0"
_HEADLINE = """
<div style="border-left:6px solid {{ color }};padding:.1rem 0 .1rem .8rem;font-size:{{ size_rem }}rem;
line-height:1.25;font-weight:650">{{ words }}</div>
"""
_SCALE = """
<div role="img" aria-label="{{ description }}" style="padding:6px 9px 0">
<div style="position:relative;height:12px;border-radius:6px;background:linear-gradient(90deg,
color-mix(in srgb,{{ happy }} 75%,transparent),color-mix(in srgb,{{ sad }} 75%,transparent))">
{% if band %}
<i style="position:absolute;display:block;left:{{ band[0] }}%;width:{{ band[1] }}%;top:0;bottom:0;opacity:.45;
background:repeating-linear-gradient(135deg,currentColor 0 1.5px,transparent 1.5px 6px)"></i>
{% endif %}
<i style="position:absolute;display:block;left:{{ threshold }}%;top:-4px;bottom:-4px;width:2px;
background:currentColor"></i>
<i style="position:absolute;display:block;left:calc({{ p_sad }}% - 9px);top:-3px;width:18px;height:18px;
border-radius:50%;background:#fff;border:4px solid #1c2430;box-sizing:border-box"></i></div>
<div style="display:flex;justify-content:space-between;font-size:.8rem;opacity:.8;padding-top:5px">
<span>0 happy</span><span>sad 1</span></div></div>
"""
_PHOTO = """
<div style="position:relative;width:fit-content;max-width:100%"><img src="{{ source }}" alt="{{ description }}"
style="display:block;max-width:100%;max-height:60vh;border-radius:8px">
{% for box in boxes %}
<div style="position:absolute;display:block;left:{{ box.left }}%;top:{{ box.top }}%;width:{{ box.width }}%;
height:{{ box.height }}%;transform:rotate({{ box.angle }}deg);
border:3px solid {{ box.color }};border-radius:6px;box-sizing:border-box;
box-shadow:0 0 0 1px #fffb,inset 0 0 0 1px #fffb">
<span style="position:absolute;display:block;left:-3px;top:-3px;background:{{ box.color }};color:{{ box.text_color }};
font-size:.75rem;font-weight:650;line-height:1.3;padding:0 .35em;border-radius:6px 0 6px 0">{{ box.number }}</span>
</div>
{% endfor %}
</div>
"""


def answer_color(label: str | None, sure: bool | None) -> str:
    """Return the color of a prediction.

    Args:
        label: ``happy``, ``sad`` or None.
        sure: whether the network is sure of it; if not, the color is gray.
    """
    return {"happy": HAPPY_COLOR, "sad": SAD_COLOR}.get(label or "", NEITHER_COLOR) if sure else NEITHER_COLOR


def headline(answer: Answer, size_rem: float) -> Markup:
    """Return the prediction in large letters, with its color beside it.

    Args:
        answer: of one network.
        size_rem: of the letters, in rem.
    """
    return render(_HEADLINE, color=answer_color(answer.label, answer.sure), size_rem=size_rem, words=answer.words)


def scale(p_sad: float, threshold: float, band: UncertaintyBand) -> Markup:
    """Return a scale from happy to sad with P(sad), the threshold and the uncertainty band.

    Args:
        p_sad: 0 to 1.
        threshold: 0 to 1.
        band: is hatched, unless it is empty.
    """
    description = f"P(sad) = {p_sad:.3f}, on a scale from 0 (happy) to 1 (sad); sad if at least {threshold:.3f}"
    if not band.empty:
        description += f"; not sure from {band.low:.3f} to {band.high:.3f}"
    return render(
        _SCALE,
        description=description,
        p_sad=_percent(p_sad),
        threshold=_percent(threshold),
        band=None if band.empty else (_percent(band.low), _percent(band.high - band.low)),
        happy=HAPPY_COLOR,
        sad=SAD_COLOR,
    )


def photo_with_faces(
    photo: Image.Image, faces: Sequence[FaceAnswer], description: str, *, colored: bool = True
) -> Markup:
    """Return the photo with a numbered box around each face.

    Args:
        photo: RGB, any size; it is shown turned to the quarter in which its faces were read.
        faces: boxes in pixels of the photo; a face without a box is the whole photo, and gets none.
        description: what a screen reader reads.
        colored: use the colors of the predictions; gray where several networks disagree.
    """
    turn = quarter_turn(faces)
    # Pillow turns by quarters without a loss.
    upright = photo.rotate(turn, expand=True)
    boxes = [
        _box(
            number,
            turned_box(face.box, photo.size, upright.size, turn),
            upright.size,
            answer_color(face.label, face.sure and colored),
        )
        for number, face in enumerate(faces, start=1)
        if face.box
    ]
    return render(_PHOTO, source=data_uri(upright, SHOWN_SIDE_PX), description=description, boxes=boxes)


def quarter_turn(faces: Sequence[FaceAnswer]) -> int:
    """Return by how many degrees a photo is turned counterclockwise to be shown: to the nearest quarter.

    Args:
        faces: of the photo; all lie alike.
    """
    return next((90 * round(face.box.roll / 90) % 360 for face in faces if face.box), 0)


def _box(number: int, box: Box, size: tuple[int, int], color: str) -> dict[str, object]:
    return {
        "number": number,
        "left": _percent(box.left / size[0]),
        "top": _percent(box.top / size[1]),
        "width": _percent(box.size[0] / size[0]),
        "height": _percent(box.size[1] / size[1]),
        "angle": box.roll,
        "color": color,
        "text_color": "#000" if color == HAPPY_COLOR else "#fff",
    }


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
