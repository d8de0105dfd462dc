"""Recognize URLs of the same picture in different sizes, and read the size from a URL.

Sites write the size of a file into its URL in a few dozen ways. Without that part, the URL names the picture: the same
for all sizes of one picture, and different for different pictures.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from emotion_core.collect.extraction.inline_data import is_inline, short_name
from emotion_core.collect.extraction.size_words import LETTERS, UNSIZED_WIDTH, WORDS, SizeHints

RASTER_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".heic")
# After these suffixes, most query parameters are settings and do not identify the picture.
_FILE_SUFFIXES = (*RASTER_SUFFIXES, ".img", ".image")
_RASTER = r"\.(?:jpe?g|jfif|png|webp|avif|gif)"

# Group names: w... is a width, h... a height, n... a word for a size.
_SIDES = r"(?=x?\d)(?P<w>\d{2,4})?[x*](?P<h>\d{2,4}|n)?"
_SEGMENT = re.compile(
    # 300x200, s300x200, max1024x768, thumbor's box to crop
    rf"\d+x\d+:\d+x\d+|(?:[a-z]|max|crop|fit|resize|size|image|img|thumb)?[-_]?{_SIDES.replace('|n', '')}"
    rf"(?:[-_:,][^\W_]+)*|"
    # w300, w_300, w300-h200-p, w220_and_h330, h200, s1600-c, image_300w, square60
    r"w[-_=]?(?P<w2>\d{2,4})(?:[-_]?h\d+)?(?:[-_a-z][\w-]*)?|h[-_=]?(?P<h2>\d{2,4})(?:-\w+)*|s(?P<w3>\d{2,4})(?:-\w+)*|"
    r"(?:image_)?(?P<w4>\d{2,4})w|(?:max|square|width|landscape|portrait)[-_]?(?P<w5>\d{2,4})|"
    # imgproxy, ImageKit, Medium: rs:fill:300:200, tr:w-300,h-200, resize:fit:640
    r"(?:tr|rs|resize|size|width|w|format|quality|q|g|gravity):(?:\D*(?P<w6>\d{2,4}))?.*|"
    # 500px: q=80_h=300
    r"q=\d+_(?:h|m|w)=(?P<w7>\d{2,4})|"
    rf"(?P<n>{WORDS})|fit-in|smart|unsafe|plain|filters:.*|[\w-]{{27}}=",
    re.IGNORECASE,
)
# Settings in the style of Cloudinary, Wix and Cloudflare: w_300,h_200,c_fill and width=300,quality=75.
_SETTING = r"\$?[a-z]{1,7}[_=][^,/]*"
_SETTINGS = re.compile(rf"{_SETTING}(?:,{_SETTING})*")
_SURE_SETTING = re.compile(
    rf"(?:^|,)(?:[wh]_\d|c_[a-z]|q_(?:auto|\d)|f_auto|t_(?:{WORDS})|(?:width|height|quality|format|fit|w|h|q|f)=)"
)
_SETTING_WIDTH = re.compile(r"(?:^|,)(?:w_|width=|w=)(?P<w>\d{2,5})")
_STEM_END = re.compile(
    rf"(?:[-_.]+(?:(?:width|height|max|fill|min)-)?{_SIDES}[a-z]{{0,2}}(?:q\d+)?(?:[-_]+(?:crop[^\W_]*|center|c|max|desktop|mobile|q\d+))*|"
    r"[-_](?P<w2>\d{2,4})(?:px|w)|[-_.](?:w|p-|width-|max-)(?P<w3>\d{2,4})(?:_r\d.*)?|"
    rf"[-_.]+(?P<n>{WORDS})(?:-169|-11)?|"
    r"-(?:threeByTwo|mediumThreeByTwo|videoSixteenByNine|sixteenByNine|mediumSquare|square|facebook|google)"
    r"(?P<n2>Small|Medium|Large|Jumbo)?(?P<w6>\d{2,4})?(?:At(?P<density2>\d)X)?|"
    r"[-_](?P<scaled>scaled)|@(?P<density>[1-4](?:\.\d+)?)x|\.progressive|-nggid.*|"
    r"~(?:tplv[^~:]*:|c5_)(?P<w7>\d{2,4})[:x]\d+|"
    r"\._(?:\w*?[SU][XLYR](?P<w4>\d{2,4}))?[\w,.%-]*_|=[swh](?P<w5>\d+)(?:-\w+)*|"
    rf"(?<=.)(?:{_RASTER}_?))$",
    re.IGNORECASE,
)
# A single letter is a size only after something like an id: 12345_b is a size, plan_b is a plan.
_STEM_OF_ID_END = re.compile(
    rf"(?:(?<=\d{{5}})|(?<=[0-9a-f]{{8}}))[-_](?P<n>[{LETTERS}])$|"
    r"(?<=\d{10})(?P<n2>s)$|"
    r"(?:(?<=\d{6})|(?<=[a-z]\d[a-z\d]{6}))_{1,2}(?P<w>75|100|150|180|200|240|250|300|320|340|360|400|480|500|540|600|"
    r"640|720|750|768|800|900|960|1024|1080|1200|1280|1600|1920|2048)(?:_\d{3,4})?$",
    re.IGNORECASE,
)
_STEM_START = re.compile(
    r"^(?:(?P<w>\d{2,4})px-|(?P<w2>\d{2,4})x\d{2,4}[-_]|(?P<w3>\d{2,4})_(?=F_\d)|il_(?:(?P<w4>\d{2,4})x|fullx)\w+\.|"
    r"(?P<n>thumbnail|thumbs?|tn|th|small|medium|large|sample|preview)[-_])(?=.)",
    re.IGNORECASE,
)
_STOCK_SIZE = re.compile(r"-(?P<w>\d{3,4})n?w(?=-\d{5})")  # happy-woman-260nw-1234567
_TYPO3 = re.compile(r"csm_(?P<stem>.+)_[0-9a-f]{10}")
_ONLY_SIZE = re.compile(
    rf"{_SIDES}(?:[a-z]{{2}}(?:-\d+)?)?|s-l(?P<w2>\d{{2,4}})|(?P<n>(?:maxres|sd|hq|mq)?default|{WORDS})", re.IGNORECASE
)
_NAME_AFTER_COLON = re.compile(rf":(?P<n>{WORDS})$")  # Twitter's a.jpg:large
_FLICKR_MEDIUM = re.compile(r"\d{6,}_[0-9a-f]{10}")
# Folders that content management systems name after an image preset.
_PRESET = re.compile(
    r"/styles/[^/]+/public(?=/)|/imagecache/[^/]+(?=/)|/media/cache/(?:resolve/)?[^/]+(?=/)|/alternates/[^/]+(?=/)|"
    r"(?<=/image)/cache(?=/)|/cache(?=/[^/]*-nggid)|/_processed_(?:/\w)*(?=/)|/max/\d+(?=/)|(?<=\d)-[a-z_]+_default(?=/)",
    re.IGNORECASE,
)
# Display settings after a file name, as if the file were a folder.
_AFTER_FILE = re.compile(
    rf"(?<=.)(?P<file>{_RASTER})/(?:(?:v1/(?:fill|fit|crop)|_?jcr[:_]content|m)(?:/.*)?|revision/latest.*|[\d.x][\d.x/]*)$",
    re.IGNORECASE,
)
_SCALED_TO = re.compile(r"(?:w_|down/|web\.|thumbnail\.|/)(?P<w>\d{2,4})(?!\d)")
_IIIF = re.compile(
    r"/(?:full|square|(?P<region>[\d.,:pct]+))/(?:full|max|\^?!?(?P<w>\d+)?,(?P<h>\d+)?|pct:[\d.]+)/!?[\d.]+/"
    r"(?:default|native|color|gr[ae]y)\.\w+$"
)
# Parts that differ between sizes without identifying the picture: Gatsby's second hash, the number of a server.
_GATSBY = re.compile(r"(?<=/[0-9a-f]{32})/[0-9a-f]{5}(?=/)")
_SERVER_NUMBER = re.compile(r"(?<![^.])([a-z-]{0,12}?)\d{1,2}(?=[.-])")
_MAGENTO_CACHE, _MAGENTO_END = "/product/cache/", re.compile(r"(?:/\w){2}/[^/]{1,200}$")
_JETPACK = re.compile(r"https?://i\d\.wp\.com/")
_INNER_ADDRESS = re.compile(r"(?<=.)https?(?::|%3a)(?:/|%2f)+", re.IGNORECASE)
_INNER_PATH = re.compile(rf"[?&](?:url|src|image|img|file)=(?P<path>(?:/|%2f)[^&]+?{_RASTER})(?=&|$)", re.IGNORECASE)
_FORMAT_AT_END = re.compile(r"@(?:webp|avif|jpe?g|png)$")

# Width and height names always hold sizes; box and density names may hold something else.
_WIDTH_NAME = re.compile("w|width|wid|imwidth|im_w|sw|mw|max-?width|max-?w|s|sz|size|resize")
_HEIGHT_NAME = re.compile("h|height|hei|sh|mh|max-?height|max-?h")
_BOX_NAME = re.compile("fit|name|format|f|profile|tr|d|dim|imgsize")
_DENSITY_NAME = re.compile("dpr")
_FORMAT_NAME = re.compile(
    "q|quality|qlt|crop|auto|fm|fmt|format|dpr|scale|strip|ssl|rect|ar|usm|bg|cs|fit|sm|zc|"
    "sharp|op_sharpen|ixlib|ixid|itok|mode|zoom|smart|downsize|optimize|compress|enlarge|disable|upscale|webp"
)
_IDENTIFYING = re.compile(r"\w*id|n|nr|num|number|index|name|img|image|photo|pic|picture|file|src|url|path|page")
_SIZE_VALUE = re.compile(
    rf"(?:RESIZE_|w-)?(?P<w>\d{{1,4}})(?:px|w)?(?:[x,*](?P<h>\d{{0,4}}).*|,.*)?|x(?P<h2>\d{{2,4}})|(?P<n>{WORDS})"
)
_BOX_VALUE = re.compile(rf"(?:RESIZE_|w-)?(?P<w>\d{{2,4}})(?:w$|[x,]).*|w-(?P<w2>\d{{2,4}})|(?P<n>{WORDS})")
_HEIGHT_VALUE = re.compile(r"(?P<h>\d{1,4})(?:px)?")
_DENSITY_VALUE = re.compile(r"(?P<density>[1-4](?:\.\d{1,3})?)")

# A long number or a hash identifies a picture. Dates, timestamps and camera counters recur in many names.
_UNIQUE_ID = re.compile(r"\d{7}|[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
_DATE_OR_COUNTER = re.compile(
    r"(?:19|20)\d\d[01]\d[0-3]\d|^[a-z]{0,4}[-_]?\d{1,8}$|(?<!\d)1\d{9}(?:\d{3})?(?!\d)", re.IGNORECASE
)


@dataclass(frozen=True)
class PictureIdentity:
    """The picture that a URL names, and its size.

    Attributes:
        picture: key that is the same for all sizes of one picture.
        width: width in pixels, an estimate if the URL states it as a word; ``UNSIZED_WIDTH`` if it states no size.
    """

    picture: str
    width: float

    @property
    def is_sized(self) -> bool:
        """Whether the URL states a size."""
        return self.width != UNSIZED_WIDTH


def identify_picture(url: str) -> PictureIdentity:
    """Return which picture an absolute URL names, and in which size.

    >>> identify_picture("https://a.example/man-300x200.jpg")
    PictureIdentity(picture='a.example/man', width=300.0)
    >>> identify_picture("https://a.example/man.jpg?id=1&w=640")
    PictureIdentity(picture='a.example/man?id=1', width=640.0)
    """
    # The cache keeps no files.
    return PictureIdentity(short_name(url), UNSIZED_WIDTH) if is_inline(url) else _identify(url)


@lru_cache(maxsize=4096)
def _identify(url: str) -> PictureIdentity:
    sizes = SizeHints()
    parts = urlsplit(_resized_address(url, sizes))
    *folders, name = _bare_path(unquote(parts.path), sizes).split("/")
    name = _strip_size(_FORMAT_AT_END, _strip_size(_NAME_AFTER_COLON, name, sizes), sizes)
    stem, dot, suffix = name.rpartition(".")
    is_file = dot + suffix.lower() in _FILE_SUFFIXES
    stem = _bare_stem(stem if is_file else name, sizes)
    if "thumb" in folders and "." in folders[-1]:  # MediaWiki: thumb/a/ab/Man.jpg/120px-Man.jpg
        stem = folders.pop().rpartition(".")[0]
    folders = _without_sizes(folders, sizes)
    host = _SERVER_NUMBER.sub(r"\1", parts.netloc)
    # Mirrors and resizing servers keep unique names, so host and folders would only set copies apart.
    kept = [stem] if _is_unique(stem) else [host, *folders, stem]
    query = _identifying_query(parts.query, is_file, sizes)
    return PictureIdentity("/".join(filter(None, kept)) + query, sizes.width())


def _strip_size(pattern: re.Pattern[str], text: str, sizes: SizeHints) -> str:
    """Return a text without the match of a pattern, whose size is noted; a text that is all match stays."""
    match = pattern.search(text)
    if match is None or match.group() == text:
        return text
    sizes.note(match)
    return text[: match.start()] + text[match.end() :]


def _resized_address(url: str, sizes: SizeHints) -> str:
    """Return the original URL inside that of a resizing service; other URLs unchanged."""
    jetpack = _JETPACK.match(url)
    if jetpack:
        return f"https://{url[jetpack.end() :]}"
    service = urlsplit(url)
    inner_starts = [match.start() for match in _INNER_ADDRESS.finditer(url)][-1:]
    path = None if inner_starts else _INNER_PATH.search(url)
    if not inner_starts and path is None:
        return url
    try:
        if path is not None:
            address = urljoin(url, unquote(path["path"]))
        else:
            address = url[inner_starts[0] :].partition("&")[0]
            address = unquote(address) if "%" in address[:9] else address
        urlsplit(address)
    except ValueError:
        return url
    _without_sizes(service.path.split("/"), sizes)
    _identifying_query(service.query, False, sizes)
    return address


def _bare_path(path: str, sizes: SizeHints) -> str:
    """Return a path without the display settings that content management systems write into it."""
    path = _GATSBY.sub("", path).replace("/vi_webp/", "/vi/")
    after = _AFTER_FILE.search(path)
    if after:
        scaled = _SCALED_TO.search(path, after.end("file"))
        if scaled:
            sizes.note(scaled)
        path = path[: after.end("file")]
    iiif = _IIIF.search(path)
    if iiif:
        sizes.note_box(iiif["w"], iiif["h"])
        path = f"{path[: iiif.start()]}/{iiif['region'] or ''}"
    return _without_presets(path, sizes)


def _without_presets(path: str, sizes: SizeHints) -> str:
    end = _MAGENTO_END.search(path[-210:])
    before, cache, after = path.partition(_MAGENTO_CACHE)
    preset = _PRESET.search(path)
    if cache and end:
        sizes.note_preset(after)
        return before + end.group()
    if preset:
        sizes.note_preset(preset.group())
    return _PRESET.sub("", path)


def _without_sizes(folders: list[str], sizes: SizeHints) -> list[str]:
    kept = []
    for folder in folders:
        if _SURE_SETTING.search(folder) and _SETTINGS.fullmatch(folder):
            match = _SETTING_WIDTH.search(folder)
        else:
            match = _SEGMENT.fullmatch(folder) if folder else None
            if match is None:
                kept.append(folder)
                continue
        if match:
            sizes.note(match)
    return kept


def _bare_stem(stem: str, sizes: SizeHints) -> str:
    only = _ONLY_SIZE.fullmatch(stem)
    if only:
        sizes.note(only)
        return ""
    if _FLICKR_MEDIUM.fullmatch(stem):
        sizes.note_preset("medium")
    resized = _TYPO3.fullmatch(stem)
    if resized:
        sizes.note_preset("")
        stem = resized["stem"]
    stem = _strip_size(_STEM_START, stem, sizes)
    # Sizes stack, as in man_300x300_small@2x. Only the last 80 characters are searched: the pattern backtracks.
    for pattern in (_STEM_END, _STEM_END, _STEM_END, _STEM_OF_ID_END):
        stem = stem[:-80] + _strip_size(pattern, stem[-80:], sizes)
    return _strip_size(_STOCK_SIZE, stem, sizes)


def _is_unique(stem: str) -> bool:
    """Whether a file name identifies a picture by itself, whatever the folder."""
    return _UNIQUE_ID.search(_DATE_OR_COUNTER.sub("", stem)) is not None


def _identifying_query(query: str, is_file: bool, sizes: SizeHints) -> str:
    """Return the query parameters that identify the picture; sizes are noted, other settings dropped."""
    kept = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        lower = name.lower()
        if _is_size(lower, value, sizes):
            continue
        if is_file:
            # After a file name come settings, versions and signatures, and rarely an id.
            if _IDENTIFYING.fullmatch(lower):
                kept.append(f"{name}={value}")
        elif not _FORMAT_NAME.fullmatch(lower):
            kept.append(f"{name}={value}")
    return f"?{'&'.join(sorted(kept))}" if kept else ""


def _is_size(name: str, value: str, sizes: SizeHints) -> bool:
    if len(name) > 1 and name[0] == name[-1] == "$":  # Scene7's own settings: $thumb$.
        sizes.note_preset(name)
        return True
    for names, values in (
        (_WIDTH_NAME, _SIZE_VALUE),
        (_HEIGHT_NAME, _HEIGHT_VALUE),
        (_BOX_NAME, _BOX_VALUE),
        (_DENSITY_NAME, _DENSITY_VALUE),
    ):
        match = values.fullmatch(value) if names.fullmatch(name) else None
        if match:
            sizes.note(match)
            return True
    return _HEIGHT_NAME.fullmatch(name) is not None or name in ("size", "sz", "resize", "width", "height")
