"""The ways in which content management systems, resizing services and delivery networks write sizes into URLs.

Group names: w... is a width, h... a height, n... a word for a size, density a factor. What a group ``kept`` holds
stays in the URL; a group ``preset`` is the name of an image preset.
"""

import re

from emotion_core.collect.extraction.size_words import LETTERS, WORDS

RASTER_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".heic")
# After these suffixes, most query parameters are settings and do not identify the picture.
FILE_SUFFIXES = (*RASTER_SUFFIXES, ".img", ".image")
RASTER = r"\.(?:jpe?g|jfif|png|webp|avif|gif)"

SIDES = r"(?=x?\d)(?P<w>\d{2,4})?[x*](?P<h>\d{2,4}|[0n])?"
SEGMENT = re.compile(
    # 300x200, s300x200, max1024x768, thumbor's box to crop
    rf"\d+x\d+:\d+x\d+|(?:[a-z]|max|crop|fit|resize|size|image|img|thumb|L)?[-_]?{SIDES.replace('|[0n]', '|0')}"
    rf"!?(?:[-_:,][^\W_]+)*|"
    # 16x9, 4:3; rectangleW160H120; L320xH200 of SPIP
    r"(?:1|2|3|4|5|9|16|21)[:x](?:1|2|3|4|5|9|16)|[a-z]{3,12}w(?P<w8>\d{2,4})h\d{2,4}|L(?P<w9>\d{2,4})xH\d{1,4}|"
    # w300, w_300, w300-h200-p, w220_and_h330, h200, s1600-c, image_300w, square60
    r"w[-_=]?(?P<w2>\d{2,4})(?:[-_]?h\d+)?(?:[-_a-z][\w-]*)?|h[-_=]?(?P<h2>\d{2,4})(?:-\w+)*|s(?P<w3>\d{2,4})(?:-\w+)*|"
    r"(?:image_)?(?P<w4>\d{2,4})w|(?:max|square|width|landscape|portrait)[-_]?(?P<w5>\d{2,4})|"
    # imgproxy, ImageKit, Medium: rs:fill:300:200, tr:w-300,h-200, resize:fit:640
    r"(?:tr|rs|resize|size|width|w|format|quality|q|g|gravity):(?:\D*(?P<w6>\d{2,4}))?.*|"
    # 500px: q=80_h=300
    r"q=\d+_(?:h|m|w)=(?P<w7>\d{2,4})|"
    rf"(?P<n>{WORDS})|fit-in|smart|unsafe|plain|filters:.*|[\w-]{{27,60}}=",
    re.IGNORECASE,
)
# Settings in the style of Cloudinary, Wix and Cloudflare: w_300,h_200,c_fill and width=300,quality=75.
SETTING = r"\$?[a-z]{1,7}[_=][^,/]*"
SETTINGS = re.compile(rf"{SETTING}(?:,{SETTING})*")
SURE_SETTING = re.compile(
    rf"(?:^|,)(?:[wh]_\d|c_[a-z]|q_(?:auto|\d)|f_auto|t_(?:{WORDS})|(?:width|height|quality|format|fit|resize|w|h|q|f)=)"
)
SETTING_WIDTH = re.compile(r"(?:^|,)(?:w_|width=|w=|resize=width:)(?P<w>\d{2,5})")
STEM_END = re.compile(
    rf"(?:[-_.]+(?:(?:width|height|max|fill|min)-)?{SIDES}[a-z]{{0,2}}(?:q\d+)?(?:[-_]+(?:crop[^\W_]*|center|c|max|desktop|mobile|q\d+))*|"
    r",(?P<w8>\d{2,4}),\d{2,4}|(?<=[0-9a-f]{16})(?:[-_][a-z]{1,10}){0,3}[-_](?P<w9>\d{3,4})|"
    r"[-_](?P<w2>\d{2,4})(?:px|w)|[-_.](?:w|p-|width-|max-)(?P<w3>\d{2,4})(?:_r\d.*)?|"
    rf"[-_.]+(?P<n>{WORDS})(?:-169|-11)?|"
    r"-(?:threeByTwo|mediumThreeByTwo|videoSixteenByNine|sixteenByNine|mediumSquare|square|facebook|google)"
    r"(?P<n2>Small|Medium|Large|Jumbo)?(?P<w6>\d{2,4})?(?:At(?P<density2>\d)X)?|"
    r"[-_](?P<scaled>scaled)|@(?P<density>[1-4](?:\.\d+)?)x|\.progressive|-nggid.*|"
    r"~(?:tplv[^~:]*:|c5_)(?P<w7>\d{2,4})[:x]\d+|"
    r"\._(?:\w*?[SU][XLYR](?P<w4>\d{2,4}))?[\w,.%-]*_|=[swh](?P<w5>\d+)(?:-\w+)*|"
    rf"(?<=.)(?:{RASTER}_?))$",
    re.IGNORECASE,
)
# A single letter is a size only after something like an id: 12345_b is a size, plan_b is a plan.
STEM_OF_ID_END = re.compile(
    rf"(?<!\d{{15}})(?:(?<=\d{{5}})|(?<=[0-9a-f]{{8}}))[-_](?P<n>[{LETTERS}])$|"
    r"(?<=\d{10})(?P<n2>s)$|(?<=\d{15})_[no]$|"
    r"(?:(?<=\d{6})|(?<=[a-z]\d[a-z\d]{6}))_{1,2}(?P<w>75|100|150|180|200|240|250|300|320|340|360|400|480|500|540|600|"
    r"640|720|750|768|800|900|960|1024|1080|1200|1280|1600|1920|2048)(?:_\d{3,4})?$",
    re.IGNORECASE,
)
STEM_START = re.compile(
    r"^(?:(?P<w>\d{2,4})px-|(?P<w2>\d{2,4})x\d{2,4}[-_]|(?P<w3>\d{2,4})_(?=F_\d)|il_(?:(?P<w4>\d{2,4})x|fullx)\w+\.|"
    r"(?P<n>thumbnail|thumbs?|tn|th|small|medium|large|sample|preview)[-_])(?=.)",
    re.IGNORECASE,
)
STOCK_SIZE = re.compile(r"-(?P<w>\d{3,4})n?w(?=-\d{5})")  # happy-woman-260nw-1234567
TYPO3 = re.compile(r"csm_(?P<stem>.+)_[0-9a-f]{10}")
ONLY_SIZE = re.compile(
    rf"{SIDES}(?:[a-z]{{2}}(?:-\d+)?)?|s-l(?P<w2>\d{{2,4}})|(?P<n>(?:maxres|sd|hq|mq)?default|{WORDS})", re.IGNORECASE
)
NAME_AFTER_COLON = re.compile(rf":(?P<n>{WORDS})$")  # Twitter's a.jpg:large
FLICKR_MEDIUM = re.compile(r"\d{6,}_[0-9a-f]{10}")
# Folders that content management systems name after an image preset.
PRESET = re.compile(
    r"/styles/[^/]+/public(?=/)|/imagecache/[^/]+(?=/)|/media[/_]cache/(?:resolve/)?[^/]+(?=/)|/cdn-cgi/image(?=/)|/_?ipx(?=/)|/local/adapt-img/\d+/\d+x(?=/)|"
    r"/alternates/[^/]+(?=/)|"
    r"(?<=/image)/cache(?=/)|/cache(?=/[^/]*-nggid)|/_processed_(?:/\w)*(?=/)|/max/\d+(?=/)|(?<=\d)-[a-z_]+_default(?=/)",
    re.IGNORECASE,
)
# Sizes inside a path, whatever the folders around them.
IN_PATH = (
    # /w/320/h/240/, /resize_w/275, /max/800/, /quality/90
    re.compile(
        r"/(?:(?:resize[-_]?)?(?:w|width)|rs|resize|size)/(?P<w>\d{2,4})(?=/|$)|"
        r"/(?:resize[-_]?)?(?:h|height)/(?P<h>\d{2,4})(?=/|$)|/(?:jpeg[-_]?)?(?:q|quality)/\d{1,3}(?=/|$)"
    ),
    re.compile(rf"(?P<kept>{RASTER})!(?P<preset>[^/]{{1,40}})$", re.IGNORECASE),  # Qiniu, Upyun: a.jpg!300x300
    re.compile(rf"(?P<kept>{RASTER})@(?:(?P<w>\d{{2,4}})w|(?P<h>\d{{2,4}})h)[^/]*$", re.IGNORECASE),  # Bilibili
    re.compile(r"/(?P<w>\d{2,4})(?=/cpsprodpb/)"),  # BBC
    re.compile(r"(?P<kept>/\d+_\d+_\d+_\d+)/(?:master/)?(?P<w>\d{2,4})(?=\.\w+$)"),  # The Guardian
    re.compile(r"(?P<kept>/)s(?P<w>\d{2,4})x\d{2,4}(?:_\w+)?/[0-9a-f]{40}(?=\.\w+$)"),  # Tumblr
    re.compile(r"^/[\w-]{43}(?=/(?:[a-z]+:[^/]*/)+)"),  # imgproxy: the signature
    re.compile(r"(?P<kept>/cache-vignettes/.*)-[0-9a-f]{5}(?=\.\w+$)"),  # SPIP
)
# Commands to a resizing service in a query: im=Resize=(320), x-oss-process=image/resize,w_300, q=h_720,w_1280,c_fill
PROCESSING = re.compile(
    rf"(?:^|[,/;_(=-])(?:w|width|wid|tn)[_=/:(-]{{0,2}}(?P<w>\d{{2,4}})(?!\d)|resize[=,(/:]+(?:width=)?(?P<w2>\d{{2,4}})|"
    rf"^(?P<n>{WORDS})$",
    re.IGNORECASE,
)
SITE_AT_START = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,10}/", re.IGNORECASE)
SPOTIFY = re.compile(r"ab67[0-9a-f]{36}$")
# Display settings after a file name, as if the file were a folder.
AFTER_FILE = re.compile(
    rf"(?<=.)(?P<file>{RASTER})/(?:(?:v1/(?:fill|fit|crop)|_?jcr[:_]content|m)(?:/.*)?|revision/latest.*|[\d.x][\d.x/]*|"
    r"(?::/)?(?:rs|cr|qt|fx)[=:].*)$",
    re.IGNORECASE,
)
SCALED_TO = re.compile(r"(?:w_|\bw:|down/|web\.|thumbnail\.|/)(?P<w>\d{2,4})(?!\d)")
IIIF = re.compile(
    r"/(?:full|square|(?P<region>[\d.,:pct]+))/(?:full|max|\^?!?(?P<w>\d+)?,(?P<h>\d+)?|pct:[\d.]+)/!?[\d.]+/"
    r"(?:default|native|color|gr[ae]y)\.\w+$"
)
# Parts that differ between sizes without identifying the picture: Gatsby's second hash, the number of a server.
GATSBY = re.compile(r"(?<=/[0-9a-f]{32})/[0-9a-f]{5}(?=/)")
SERVER_NUMBER = re.compile(r"(?<![^.])([a-z-]{0,12}?)\d{1,2}(?=[.-])")
MAGENTO_CACHE, MAGENTO_END = "/product/cache/", re.compile(r"(?:/\w){2}/[^/]{1,200}$")
JETPACK = re.compile(r"https?://i\d\.wp\.com/")
INNER_ADDRESS = re.compile(r"(?<=.)https?(?::|%3a)(?:/|%2f)+", re.IGNORECASE)
INNER_PATH = re.compile(rf"[?&](?:url|src|image|img|file|u)=(?P<path>[^&=]+?{RASTER})(?=&|$)", re.IGNORECASE)
FORMAT_AT_END = re.compile(r"@(?:webp|avif|jpe?g|png)$")

# Width and height names always hold sizes; box and density names may hold something else.
WIDTH_NAME = re.compile(
    "w|width|wid|imwidth|im_w|sw|mw|max-?width|max-?w|s|sz|size|resize|maxx|tw|iw|imgw|img_?width|image_?width|new_?width|thumb_?width"
)
HEIGHT_NAME = re.compile(
    "h|height|hei|sh|mh|max-?height|max-?h|maxy|th|ih|imgh|img_?height|image_?height|new_?height|thumb_?height"
)
BOX_NAME = re.compile("fit|name|format|f|profile|tr|d|dim|imgsize")
DENSITY_NAME = re.compile("dpr")
FORMAT_NAME = re.compile(
    "q|quality|qlt|crop|auto|fm|fmt|format|dpr|scale|strip|ssl|rect|ar|usm|bg|cs|fit|sm|zc|"
    "sharp|op_sharpen|ixlib|ixid|itok|mode|zoom|smart|downsize|optimize|compress|enlarge|disable|upscale|webp"
)
IDENTIFYING = re.compile(r"\w*id|n|nr|num|number|index|name|img|image|photo|pic|picture|file|src|url|path|page")
SIZE_VALUE = re.compile(
    rf"(?:RESIZE_|w-)?(?P<w>\d{{1,4}})(?:px|w)?(?:[x,*:](?P<h>\d{{0,4}}).*|,.*)?|x(?P<h2>\d{{2,4}})|(?P<n>{WORDS})"
)
BOX_VALUE = re.compile(rf"(?:RESIZE_|w-)?(?P<w>\d{{2,4}})(?:w$|[x,]).*|w-(?P<w2>\d{{2,4}})|(?P<n>{WORDS})")
HEIGHT_VALUE = re.compile(r"(?P<h>\d{1,4})(?:px)?")
DENSITY_VALUE = re.compile(r"(?P<density>[1-4](?:\.\d{1,3})?)")

# A long number or a hash identifies a picture. Dates, timestamps and camera counters recur in many names.
UNIQUE_ID = re.compile(r"\d{7}|[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
DATE_OR_COUNTER = re.compile(
    r"(?:19|20)\d\d[01]\d[0-3]\d|^[a-z]{0,4}[-_]?\d{1,8}$|(?<!\d)1\d{9}(?:\d{3})?(?!\d)", re.IGNORECASE
)
