"""Turn a photo into the network's input, pixel for pixel as in training."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

MAX_SIDE_PX = 2048  # larger photos are first reduced to this longer side
PILLOW_NAMES = {"area": "BOX"}  # interpolations that Pillow calls by another name
ORIENTATION = 0x0112  # EXIF tag: how the camera was held
CROPPED_FACE_PX = 96  # a photo of at most this side counts as a face that is cropped already
PADDING_PX = 80  # around the photo, so that faces at its edge are detected


def network_input(path, settings, answers):
    """Return a photo as the network's input, float32 of shape (n, size, size, channels), 0 to 255.

    Args:
        path: the photo's file.
        settings: content of settings.json.
        answers: content of answers.json. With "mirrored", n is 2: the mirror image comes second.

    Raises:
        ValueError: the network needs a face, and none was found.
    """
    photo, needs_face = open_photo(path), answers["needs_face"]
    is_cropped = max(photo.size) <= CROPPED_FACE_PX
    wants_face = (needs_face or settings["face_crop"]) and not is_cropped
    box = largest_face(photo, settings["face_margin"]) if wants_face else None
    if needs_face and box is None and not is_cropped:
        raise ValueError("no face found")
    pixels = resized(photo, box, settings)
    return np.concatenate([pixels, pixels[:, :, ::-1]]) if answers.get("mirrored") else pixels


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
        box: left, top, right and bottom in pixels, or None for the whole photo.
        settings: content of settings.json.
    """
    interpolation, side = settings["interpolation"], settings["image_size"]
    resampling = Image.Resampling[PILLOW_NAMES.get(interpolation, interpolation.upper())]
    small = photo.resize((side, side), resampling, box)
    values = np.asarray(small.convert("L") if settings["color"] == "grey" else small, dtype=np.float32)
    return values.reshape(1, side, side, -1)


def largest_face(photo, margin):
    """Return left, top, right and bottom of the square around the largest face, in pixels, or None without a face.

    Args:
        photo: upright RGB.
        margin: added on each side of the face, as a share of its longer side.
    """
    # A large photo can hold small faces that only the finer scale shows.
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
    """Return left, top, width and height of each face, as shares of the photo's sides.

    Args:
        photo: upright RGB.
        side: longer side, in pixels, to which the photo is scaled for the detector.
    """
    import cv2

    cv2.setNumThreads(1)
    scale = side / max(photo.size)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    canvas = np.zeros((side + 2 * PADDING_PX, side + 2 * PADDING_PX, 3), dtype=np.uint8)
    small = np.asarray(photo.resize(size, resampling, reducing_gap=2.0))
    canvas[PADDING_PX : PADDING_PX + size[1], PADDING_PX : PADDING_PX + size[0]] = small[:, :, ::-1]
    weights = str(Path(__file__).parent / "face_detection_yunet_2023mar.onnx")
    rows = cv2.FaceDetectorYN.create(weights, "", canvas.shape[:2], 0.7, 0.3, 500).detect(canvas)[1]
    faces = []
    for left, top, width, height in [] if rows is None else rows[:, :4].astype(float) - [PADDING_PX, PADDING_PX, 0, 0]:
        x, right = (min(max(edge / size[0], 0.0), 1.0) for edge in (left, left + width))
        y, bottom = (min(max(edge / size[1], 0.0), 1.0) for edge in (top, top + height))
        faces.append((x, y, right - x, bottom - y))
    return faces
