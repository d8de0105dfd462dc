"""Whether two addresses are one picture in two sizes, and what an address tells of the size.

Sites write the size of a file into its address in a few dozen ways. Taken away, what remains names the picture: the
same for all of its sizes, and different for different pictures.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from emotion_core.collect.extraction.size_words import UNSIZED_WIDTH, WORDS, SizeHints

RASTER_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".heic")
# Behind these a query holds settings, too.
_FILE_SUFFIXES = (*RASTER_SUFFIXES, ".img", ".image")
_RASTER = r"\.(?:jpe?g|jfif|png|webp|avif|gif)"

# The names of groups say what they hold: w... a width, h... a height, n... a word.
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
# Settings as Cloudinary, Wix and Cloudflare write them: w_300,h_200,c_fill and width=300,quality=75.
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
# The names of sizes in letters count only behind what looks like an id: 12345_b is a size, plan_b is a plan.
_STEM_OF_ID_END = re.compile(
    r"(?:(?<=\d{5})|(?<=[0-9a-f]{8}))[-_](?P<n>[a-z])$|(?<=\d{10})(?P<n2>s)$|"
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
_FLICKR_MIDDLE = re.compile(r"\d{6,}_[0-9a-f]{10}")
# Folders that sites' programs call after settings of theirs.
_PRESET = re.compile(
    r"/styles/[^/]+/public(?=/)|/imagecache/[^/]+(?=/)|/media/cache/(?:resolve/)?[^/]+(?=/)|/alternates/[^/]+(?=/)|"
    r"(?<=/image)/cache(?=/)|/cache(?=/[^/]*-nggid)|/_processed_(?:/\w)*(?=/)|/max/\d+(?=/)|(?<=\d)-[a-z_]+_default(?=/)",
    re.IGNORECASE,
)
# What follows the name of a file as if that were a folder: how it is to be shown.
_AFTER_FILE = re.compile(
    rf"(?<=.)(?P<file>{_RASTER})/(?:(?:v1/(?:fill|fit|crop)|_?jcr[:_]content|m)(?:/.*)?|revision/latest.*|[\d.x][\d.x/]*)$",
    re.IGNORECASE,
)
_SCALED_TO = re.compile(r"(?:w_|down/|web\.|thumbnail\.|/)(?P<w>\d{2,4})(?!\d)")
_IIIF = re.compile(
    r"/(?:full|square|(?P<region>[\d.,:pct]+))/(?:full|max|\^?!?(?P<w>\d+)?,(?P<h>\d+)?|pct:[\d.]+)/!?[\d.]+/"
    r"(?:default|native|color|gr[ae]y)\.\w+$"
)
# Parts that change from size to size and say nothing: Gatsby's second hash, the number of a server.
_GATSBY = re.compile(r"(?<=/[0-9a-f]{32})/[0-9a-f]{5}(?=/)")
_SERVER_NUMBER = re.compile(r"(?<![^.])([a-z-]{0,12}?)\d{1,2}(?=[.-])")
_MAGENTO_CACHE, _MAGENTO_END = "/product/cache/", re.compile(r"(?:/\w){2}/[^/]{1,200}$")
_JETPACK = re.compile(r"https?://i\d\.wp\.com/")
_INNER_ADDRESS = re.compile(r"(?<=.)https?(?::|%3a)(?:/|%2f)+", re.IGNORECASE)
_INNER_PATH = re.compile(rf"[?&](?:url|src|image|img|file)=(?P<path>(?:/|%2f)[^&]+?{_RASTER})(?=&|$)", re.IGNORECASE)
_FORMAT_AT_END = re.compile(r"@(?:webp|avif|jpe?g|png)$")

# Only sizes, whatever their value; names that hold a size or something else.
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

# A long number or a hash; digits of dates, of moments and of cameras' counters are the same in many names.
_TELLING = re.compile(r"\d{7}|[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
_DATE_OR_COUNTER = re.compile(
    r"(?:19|20)\d\d[01]\d[0-3]\d|^[a-z]{0,4}[-_]?\d{1,8}$|(?<!\d)1\d{9}(?:\d{3})?(?!\d)", re.IGNORECASE
)


@dataclass(frozen=True)
class Identity:
    """What an address tells of its picture.

    Attributes:
        picture: the same for all sizes of one picture.
        width: in pixels, an estimate where the address has a word for it; ``UNSIZED_WIDTH`` where it tells no size.
    """

    picture: str
    width: float

    @property
    def is_sized(self) -> bool:
        """Whether the address tells a size."""
        return self.width != UNSIZED_WIDTH


@lru_cache(maxsize=4096)
def identify(url: str) -> Identity:
    """Return which picture an absolute address names, and in which size.

    >>> identify("https://a.example/man-300x200.jpg")
    Identity(picture='a.example/man', width=300.0)
    >>> identify("https://a.example/man.jpg?id=1&w=640")
    Identity(picture='a.example/man?id=1', width=640.0)
    """
    sizes = SizeHints()
    parts = urlsplit(_resized_address(url, sizes))
    *folders, name = _bare_path(unquote(parts.path), sizes).split("/")
    name = _noted(_FORMAT_AT_END, _noted(_NAME_AFTER_COLON, name, sizes), sizes)
    stem, dot, suffix = name.rpartition(".")
    is_file = dot + suffix.lower() in _FILE_SUFFIXES
    stem = _bare_stem(stem if is_file else name, sizes)
    if "thumb" in folders and "." in folders[-1]:  # MediaWiki: thumb/a/ab/Man.jpg/120px-Man.jpg.
        stem = folders.pop().rpartition(".")[0]
    folders = _without_sizes(folders, sizes)
    host = _SERVER_NUMBER.sub(r"\1", parts.netloc)
    kept = [stem] if _is_telling(stem) else [host, *folders, stem]
    rest = _other_parameters(parts.query, is_file, sizes)
    return Identity("/".join(filter(None, kept)) + rest, sizes.width())


def _noted(pattern: re.Pattern[str], text: str, sizes: SizeHints) -> str:
    """Return a text without what a pattern finds in it, whose size is noted."""
    found = pattern.search(text)
    if found is None or found.group() == text:
        return text
    sizes.note(found)
    return text[: found.start()] + text[found.end() :]


def _resized_address(url: str, sizes: SizeHints) -> str:
    """Return the address inside that of a service which resizes pictures of others; any other as it is."""
    jetpack = _JETPACK.match(url)
    if jetpack:
        return f"https://{url[jetpack.end() :]}"
    service = urlsplit(url)
    inner = [found.start() for found in _INNER_ADDRESS.finditer(url)][-1:]
    path = None if inner else _INNER_PATH.search(url)
    if not inner and path is None:
        return url
    try:
        if path is not None:
            address = urljoin(url, unquote(path["path"]))
        else:
            address = url[inner[0] :].partition("&")[0]
            address = unquote(address) if "%" in address[:9] else address
        urlsplit(address)
    except ValueError:
        return url
    _without_sizes(service.path.split("/"), sizes)
    _other_parameters(service.query, False, sizes)
    return address


def _bare_path(path: str, sizes: SizeHints) -> str:
    """Return a path without what a site's programs write into it to say how the file is to be shown."""
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
            found = _SETTING_WIDTH.search(folder)
        else:
            found = _SEGMENT.fullmatch(folder) if folder else None
            if found is None:
                kept.append(folder)
                continue
        if found:
            sizes.note(found)
    return kept


def _bare_stem(stem: str, sizes: SizeHints) -> str:
    only = _ONLY_SIZE.fullmatch(stem)
    if only:
        sizes.note(only)
        return ""
    if _FLICKR_MIDDLE.fullmatch(stem):
        sizes.note_preset("medium")
    made = _TYPO3.fullmatch(stem)
    if made:
        sizes.note_preset("")
        stem = made["stem"]
    stem = _noted(_STEM_START, stem, sizes)
    for pattern in (_STEM_END, _STEM_END, _STEM_END, _STEM_OF_ID_END):
        stem = stem[:-80] + _noted(pattern, stem[-80:], sizes)
    return _noted(_STOCK_SIZE, stem, sizes)


def _is_telling(stem: str) -> bool:
    """Whether a name alone, whatever the folder, can only be that of one picture."""
    return _TELLING.search(_DATE_OR_COUNTER.sub("", stem)) is not None


def _other_parameters(query: str, is_file: bool, sizes: SizeHints) -> str:
    """Return the parameters that say which picture it is."""
    kept = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        lower = name.lower()
        if _is_size(lower, value, sizes):
            continue
        if is_file:
            # Behind the name of a file are settings, versions and signatures; seldom what file it is.
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
        found = values.fullmatch(value) if names.fullmatch(name) else None
        if found:
            sizes.note(found)
            return True
    return _HEIGHT_NAME.fullmatch(name) is not None or name in ("size", "sz", "resize", "width", "height")
