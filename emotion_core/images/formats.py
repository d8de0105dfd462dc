"""Formats of image files: what is read, how a file is recognized by its content, and what file dialogs offer."""

# "MPO" (phones' multi-picture JPEGs) must not be listed: Pillow opens it with the JPEG reader, has no reader of that
# name and raises KeyError for it.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
EXPECTED = "Expected JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC."
LOSSLESS_FORMATS = frozenset({"PNG", "BMP", "GIF", "TIFF"})
# MPO and TIFF may hold several images too, but as pages or views, not as an animation.
MOVING_FORMATS = frozenset({"GIF", "WEBP", "AVIF"})

# What file dialogs offer, without the dot; the decoder goes by content, not by name. Browsers on Windows save JPEGs as
# .jfif, .pjpeg or .pjp.
PHOTO_SUFFIXES = (
    *("jpg", "jpeg", "jpe", "jfif", "pjpeg", "pjp", "png", "apng", "webp"),
    *("gif", "bmp", "dib", "tif", "tiff", "avif", "heic", "heif", "hif"),
)

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Brands of ISO media files: pictures and sequences of pictures, not films.
_STILL_BRANDS = frozenset(
    {b"avif", b"avis", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
)
# Bytes of a file that looks_like_image needs.
HEAD_BYTES = 64


def looks_like_image(head: bytes) -> bool:
    """Whether a file is a picture in one of the formats that are read, by its content alone.

    Args:
        head: the first ``HEAD_BYTES`` bytes of the file, or all of a smaller one.
    """
    if head[4:8] == b"ftyp":
        # The main brand may be a general one; the compatible brands follow the version, four bytes each.
        return bool({head[8:12], *(head[start : start + 4] for start in range(16, len(head), 4))} & _STILL_BRANDS)
    if head.startswith(b"BM"):
        # Two letters also begin texts; the size of a bitmap's header follows at byte 14.
        return head[14:18] in {bytes((size, 0, 0, 0)) for size in (12, 16, 40, 52, 56, 64, 108, 124)}
    return (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or head.startswith(_SIGNATURES)
