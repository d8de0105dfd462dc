"""Sound files of every kind that strangers send, and random changes of them, for ``benchmarks.fuzzing``."""

import gzip
import io
import json
import pickle
import random
import tarfile
import zipfile
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from emotion_core.collect.samples import photo_bytes
from emotion_core.documents import encoded
from emotion_core.training import StudyPlan

_PAGE = (
    '<!DOCTYPE html [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]><html><head><base href="/a/"><meta name="robots" '
    'content="all"><meta http-equiv="refresh" content="9; url=/2"><link rel=stylesheet href="http://127.0.0.1:{port}/c">'
    '<script type="application/ld+json">{{"@type":"ImageObject","contentUrl":"a.jpg","license":"https://creativecommons.'
    'org/licenses/by/4.0/","author":{{"name":"J"}}}}</script><script>var x = {{"images": [{{"url": "https://e.org/b-300x20'
    '0.jpg", "width": 300}}]}};</script><style>.c{{background:url(c.jpg)}}</style></head><body><figure itemscope '
    'itemtype="https://schema.org/ImageObject"><img src="https://e.wp.com/a/x_b.jpg?w=300" srcset="a.jpg 1x, '
    '(b).jpg 2x" data-src="l.jpg"><a rel="license" href="//creativecommons.org/licenses/by/4.0">by</a>'
    '<span itemprop="author">A</span>'
    '</figure><div class="c">&x;</div><a class="next" href="?page=2">Next</a></body></html>'
)
_OPT_OUT = (
    '<meta name="robots" content="noindex, noai"><meta name="tdm-reservation" content="0"><meta http-equiv="refresh" '
    'content="0; url=http://127.0.0.1:{port}/next"><noscript><meta http-equiv="refresh" content="1;u"></noscript>'
)
_ROBOTS = b"User-agent: *\nDisallow: /private*\nAllow: /a$\nCrawl-delay: 2\n# text\nUseragent: b\nDisallow /x\n"
_EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg><image href="{url}"/>&x;</svg>'
)
_CHANGES = (b"<", b'"', b"[" * 999, b"{", b"\\ud800", b"&#x", b",", b"\n", b"%", b"(", b"\0", b"../", b"/etc/passwd")


def seeds(port: int = 9) -> dict[str, tuple[str, bytes]]:
    """Return the name of a reader and a sound file for each kind of file.

    Args:
        port: of a listener on this machine, for the addresses in files.
    """
    local = f"http://127.0.0.1:{port}/x"
    pixels = " ".join(["7"] * 2304)
    return {
        "jpeg": ("picture", _picture("JPEG", exif=_exif(), comment=b"text")),
        "progressive jpeg": ("picture", _picture("JPEG", progressive=True)),
        "cmyk jpeg": ("picture", _picture("JPEG", mode="CMYK")),
        "mpo": ("picture", _picture("MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))])),
        "exif": ("exif", _exif()),
        "png": ("picture", _picture("PNG", exif=_exif())),
        "palette png": ("picture", _picture("PNG", mode="P")),
        "apng": ("picture", _picture("PNG", save_all=True, append_images=[Image.new("RGB", (64, 48))])),
        "webp": ("picture", _picture("WEBP")),
        "gif": ("picture", _picture("GIF", save_all=True, append_images=[Image.new("RGB", (64, 48))])),
        "bmp": ("picture", _picture("BMP")),
        "tiff": ("picture", _picture("TIFF", compression="tiff_lzw")),
        "deflated tiff": ("picture", _picture("TIFF", compression="tiff_adobe_deflate")),
        "avif": ("picture", _picture("AVIF")),
        "heic": ("picture", _picture("HEIF")),
        "svg": ("picture", _EXTERNAL.format(url=local).encode()),
        "zip": ("import x.zip", _zip(zipfile.ZIP_DEFLATED)),
        "stored zip": ("import x.zip", _zip(zipfile.ZIP_STORED)),
        "zip of Predict": ("predict x.zip", _zip(zipfile.ZIP_STORED)),
        "tar": ("import c.tar", _tar("happy/a.jpg", _picture("JPEG"))),
        "cifar": ("import c.tar.gz", gzip.compress(_tar("data_batch_1", _batch()), compresslevel=0)),
        "gzip": ("import c.tar.gz", gzip.compress(_tar("data_batch_1", _batch()))),
        "pickle": ("pickle", _batch()),
        "csv": ("import t.csv", b'name,label\n"a.jpg",happy\nb.jpg,"sad"\n' * 3),
        "table of paths": ("import t.csv", b"name,label\n/etc/passwd,happy\n../../etc/passwd,sad\nfile:///a.jpg,sad\n"),
        "pixels": ("import t.csv", f"emotion,pixels,Usage\n3,{pixels},Training\n4,{pixels},PublicTest\n".encode()),
        "list": ("import t.txt", b"faces/a.jpg 4\nfaces/b.jpg 5\n" * 3),
        "jsonl": ("import t.jsonl", b'{"file": "a.jpg", "label": "happy"}\n' * 3),
        "parquet": ("import t.parquet", _parquet()),
        "npz": ("import t.npz", _npz()),
        "arrays": ("arrays", _npz()),
        "page": ("page", _PAGE.format(port=port).encode()),
        "opt-outs": ("page", _OPT_OUT.format(port=port).encode()),
        "srcset": ("srcset", b"a.jpg 1x, (b).jpg 2.5x, data:image/png;base64,AAAA 300w, c,d.jpg 4x 100h"),
        "search results": ("json", json.dumps({"results": [{"url": "https://e.org/a.jpg", "id": "1"}]}).encode()),
        "robots": ("robots", _ROBOTS),
        "address": ("address", local.encode()),
        "address elsewhere": ("address", f"http://public.example@[::ffff:127.0.0.1]:{port}/".encode()),
        "redirect": ("redirect", local.encode()),
        "settings": ("settings.json", encoded({"kind": "import", "path": None, "label": "sad", "mapping": {}})),
        "status": ("status.json", encoded({"state": "finished", "message": "", "records_bytes": 0})),
        "records": ("records.jsonl", b'{"event": "progress", "time": 1.5, "done": 3, "total": null}\n' * 3),
        "study file": ("plan", StudyPlan().to_toml().encode()),
    }


def server_seeds() -> dict[str, tuple[str, bytes]]:
    """Return the name of a route and a sound body for each request that strangers could send to the server."""
    marks = {"visit": "v", "marks": [{"number": 1, "ids": ["0" * 16], "label": "sad"}], "ask": []}
    form = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.jpg"\r\n\r\n' + bytes(300) + b"\r\n--x--\r\n"
    return {
        "marks": ("POST /photos/marks", json.dumps(marks).encode()),
        "deletion": ("POST /photos/delete", json.dumps({"ids": ["0" * 16]}).encode()),
        "photo route": ("GET", b"/photos/0123456789abcdef/thumbnail"),
        "upload": ("PUT upload", form),
        "request": ("raw", b"GET /photos/0/card HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
    }


def changed(data: bytes, rng: random.Random) -> bytes:
    """Return a file with a few random changes.

    Args:
        data: the sound file.
        rng: decides about the changes.
    """
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(made) + 1)
        kind = rng.randrange(6)
        if kind == 0 and made:
            made[at % len(made)] = rng.randrange(256)
        elif kind == 1:
            made[at : at + rng.choice((1, 2, 4))] = rng.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80"))
        elif kind == 2:
            del made[at : at + rng.randrange(1, 64)]
        elif kind == 3:
            made[at:at] = made[at : at + rng.randrange(1, 64)] * rng.choice((1, 2, 200))
        elif kind == 4:
            made[at:at] = rng.choice(_CHANGES)
        else:
            del made[at:]
    return bytes(made)


def with_exif(exif: bytes) -> bytes:
    """Return a JPEG with these bytes in place of its EXIF data."""
    picture = _picture("JPEG")
    segment = b"Exif\0\0" + exif[:65_000]
    return picture[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + picture[2:]


def _picture(form: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    image = Image.open(io.BytesIO(photo_bytes("happy", 1))).resize((64, 48)).convert(mode)
    if form == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    image.save(out, form, **options)
    return out.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 2.0, 3.0)
    return exif.tobytes()


def _zip(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("happy/é.jpg", _picture("JPEG"))
        archive.writestr("labels.csv", "name,label\nhappy/a.jpg,sad\n")
        archive.writestr("sad/b.png", _picture("PNG"))
        archive.writestr("../sad/c.png", _picture("PNG"))
        archive.writestr("/sad/d.png", _picture("PNG"))
    return out.getvalue()


def _batch() -> bytes:
    # Uncompressed, because a change in compressed data ends at its checksum.
    return pickle.dumps({b"labels": [3, 5], b"data": bytes(6144), b"filenames": [b"a", b"b"]}, protocol=2)


def _tar(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pictures = [{"bytes": _picture("PNG"), "path": "a.png"}] * 3
    pq.write_table(pa.table({"image": pictures, "label": [0, 1, 0]}), out)
    return out.getvalue()


def _npz() -> bytes:
    out = io.BytesIO()
    np.savez(out, a=np.arange(6.0).reshape(2, 3), b=np.array(["x", "y"]))
    return out.getvalue()
