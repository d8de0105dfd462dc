"""What the network sees of a photo, pixel for pixel as in training."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

MOST_PX = 2048  # the longer side of a photo shrinks to it first
WAYS = {"area": "BOX"}  # what Pillow calls otherwise
ORIENTATION = 0x0112  # in the EXIF data: how the camera was held
SMALL_PX = 96  # a photo no larger is taken for a face that somebody cut out
MARGIN_PX = 80  # around the photo, so that faces at its edge are found


def see(path, settings, answers):
    """Return a photo as the network takes it; raise ValueError where it needs a face and there is none.

    A network whose answer is the mean of two gets the mirror image too.
    """
    photo, needs_face = open_photo(path), answers["needs_face"]
    looks = needs_face or settings["face_crop"]
    small = max(photo.size) <= SMALL_PX
    box = largest_face(photo, settings["face_margin"]) if looks and not small else None
    if needs_face and box is None and not small:
        raise ValueError("no face found")
    pixels = pixels_of(photo, box, settings)
    return np.concatenate([pixels, pixels[:, :, ::-1]]) if answers.get("mirrored") else pixels


def open_photo(path):
    """Return the photo upright, as RGB, with white behind what is transparent."""
    image = Image.open(path)
    scale = min(1.0, MOST_PX / max(image.size))
    size = round(image.width * scale), round(image.height * scale)
    if size != image.size:
        image.draft(image.mode, size)
    orientation = image.getexif().get(ORIENTATION, 1)
    if image.mode.startswith(("I", "F")):  # 16 bits for each pixel
        values = np.asarray(image, dtype=np.float64)
        image = Image.fromarray((values * (255 / 65535 if values.max() > 255 else 1)).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    image.getexif()[ORIENTATION] = orientation
    return ImageOps.exif_transpose(image)


def pixels_of(photo, box, settings):
    """Return the box of the photo, or the whole where it is None, as float32 of shape (1, size, size, channels)."""
    way = settings["interpolation"]
    side = settings["image_size"]
    small = photo.resize((side, side), Image.Resampling[WAYS.get(way, way.upper())], box)
    values = np.asarray(small.convert("L") if settings["color"] == "grey" else small, dtype=np.float32)
    return values.reshape(1, side, side, -1)


def largest_face(photo, margin):
    """Return left, top, right and bottom of the square around the largest face, in pixels, or None without a face.

    The margin is what is seen around it to each side, as a share of its longer side.
    """
    faces = find_faces(photo, 320)
    if not faces and max(photo.size) >= 800:
        faces = find_faces(photo, 640)
    if not faces:
        return None
    x, y, width, height = max(faces, key=lambda face: face[2] * face[3])
    x, y, width, height = x * photo.width, y * photo.height, width * photo.width, height * photo.height
    side = min((1 + 2 * margin) * max(width, height), photo.width, photo.height)
    left = min(max(x + (width - side) / 2, 0.0), photo.width - side)
    top = min(max(y + (height - side) / 2, 0.0), photo.height - side)
    return left, top, left + side, top + side


def find_faces(photo, side):
    """Return left, top, width and height of each face, as shares of the photo that is first brought to that side."""
    import cv2

    cv2.setNumThreads(1)
    scale = side / max(photo.size)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    canvas = np.zeros((side + 2 * MARGIN_PX, side + 2 * MARGIN_PX, 3), dtype=np.uint8)
    small = np.asarray(photo.resize(size, way, reducing_gap=2.0))
    canvas[MARGIN_PX : MARGIN_PX + size[1], MARGIN_PX : MARGIN_PX + size[0]] = small[:, :, ::-1]
    weights = str(Path(__file__).parent / "face_detection_yunet_2023mar.onnx")
    rows = cv2.FaceDetectorYN.create(weights, "", canvas.shape[:2], 0.7, 0.3, 500).detect(canvas)[1]
    found = []
    for left, top, width, height in [] if rows is None else rows[:, :4].astype(float) - [MARGIN_PX, MARGIN_PX, 0, 0]:
        x, right = (min(max(edge / size[0], 0.0), 1.0) for edge in (left, left + width))
        y, bottom = (min(max(edge / size[1], 0.0), 1.0) for edge in (top, top + height))
        found.append((x, y, right - x, bottom - y))
    return found
