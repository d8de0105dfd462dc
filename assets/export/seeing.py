"""Turn a photo into the network's input, pixel for pixel as in training."""

import io
from pathlib import Path

import numpy as np
from looks import DETECTOR_SETTINGS, MIN_LEAD, face_boxes, look, turned_text, upright_part, whole_box
from PIL import Image, ImageCms, ImageOps

MAX_SIDE_PX = 2048  # larger photos are first reduced to this longer side
PILLOW_NAMES = {"area": "BOX"}  # interpolations that Pillow calls by another name
ORIENTATION = 0x0112  # EXIF tag: how the camera was held


def network_input(path, settings, answers):
    """Return a photo as the network's input, and a remark on how it was read.

    Args:
        path: the photo's file.
        settings: content of settings.json.
        answers: content of answers.json.

    Returns:
        float32 of shape (n, size, size, channels), 0 to 255; with "mirrored" in the answers n is 2, and the mirror
        image comes second. Then a sentence, or "". Then whether it is clear which way up the photo is.

    Raises:
        ValueError: the network needs a face, and none was found.
    """
    photo, crops = open_photo(path), answers["needs_face"] or settings["face_crop"]
    needs_face = answers.get("learned_from_faces", answers["needs_face"])
    faces = look(photo, new_detector) if crops or needs_face else []
    if needs_face and not faces:
        raise ValueError("no face found")
    is_clear, roll = (faces[0][6] >= MIN_LEAD, faces[0][5]) if faces else (True, 0)
    boxes = face_boxes(photo, faces, settings["face_margin"]) if crops else [whole_box(photo, roll)]
    pixels = resized(photo, boxes[0] if boxes else None, settings)
    if answers.get("mirrored"):
        pixels = np.concatenate([pixels, pixels[:, :, ::-1]])
    return pixels, turned_text(roll) if roll and is_clear else "", is_clear


def open_photo(path):
    """Return the photo upright, as RGB in sRGB's colors, with white behind transparent parts."""
    image = Image.open(path)
    for name in ("xmp", "XML:com.adobe.xmp"):  # no browser turns a photo by its XMP data
        image.info.pop(name, None)
    scale = min(1.0, MAX_SIDE_PX / max(image.size))
    size = round(image.width * scale), round(image.height * scale)
    if size != image.size:
        image.draft(image.mode, size)
    # Browsers do not turn WebP files by their EXIF data either.
    orientation = 1 if image.format == "WEBP" else image.getexif().get(ORIENTATION, 1)
    mode, transform = conversion_to_srgb(image)
    if image.mode.startswith(("I", "F")):  # more than 8 bits per pixel
        image = eight_bits(image)
    alpha = None
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    image = transform.apply(image.convert(mode)) if transform else image.convert("RGB")
    if alpha is not None:
        image = Image.composite(image, Image.new("RGB", image.size, "white"), alpha)
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    # Converting drops the EXIF data on the way, so the orientation is set again before it is applied.
    image.getexif()[ORIENTATION] = orientation
    return ImageOps.exif_transpose(image)


def eight_bits(image):
    """Return an image of 10 to 32 bits per pixel in 8 bits."""
    values = np.asarray(image, dtype=np.float64)
    largest, white = float(np.nan_to_num(values, posinf=0).max()), 65535
    if image.format != "PNG":  # a PNG file uses all its bits, other files often fewer than they have room for
        whites = (1, 255, 65535) if image.mode == "F" else (255, 1023, 4095, 65535)
        white = next((white for white in whites if largest <= white), largest)
    values = np.nan_to_num(values * (255 / white), posinf=255, neginf=0)
    return Image.fromarray(np.rint(values.clip(0, 255)).astype(np.uint8))


def conversion_to_srgb(image):
    """Return the mode that the image's color profile is for and its conversion, or None without a usable profile."""
    modes = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info.get("icc_profile") or b""))
        mode = modes[profile.profile.xcolor_space]
        is_gray = image.mode in {"1", "L", "LA", "F"} or image.mode.startswith("I")
        if (mode == "CMYK") != (image.mode == "CMYK") or (mode == "L" and not is_gray):
            return "RGB", None
        intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.NOCACHE
        transform = ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", intent, flags)
    except (ImageCms.PyCMSError, OSError, KeyError, ValueError):
        return "RGB", None
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    if mode == "RGB" and np.abs(np.asarray(transform.apply(Image.fromarray(colors))).astype(int) - colors).max() <= 1:
        return "RGB", None
    return mode, transform


def resized(photo, box, settings):
    """Return a part of the photo at the network's size, float32 of shape (1, size, size, channels).

    Args:
        photo: upright RGB.
        box: from looks.py, or None for the whole photo.
        settings: content of settings.json.
    """
    interpolation, side = settings["interpolation"], settings["image_size"]
    resampling = Image.Resampling[PILLOW_NAMES.get(interpolation, interpolation.upper())]
    upright, edges = upright_part(photo, box) if box else (photo, None)
    small = upright.resize((side, side), resampling, edges)
    values = np.asarray(small.convert("L") if settings["color"] == "grey" else small, dtype=np.float32)
    return values.reshape(1, side, side, -1)


def new_detector(side):
    """Return a face detector for a canvas of this side, in pixels."""
    import cv2

    cv2.setNumThreads(1)
    weights = str(Path(__file__).parent / "face_detection_yunet_2023mar.onnx")
    return cv2.FaceDetectorYN.create(weights, "", (side, side), *DETECTOR_SETTINGS)
