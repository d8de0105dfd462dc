"""Pages as Wikimedia Commons writes them, cut down to what they state: a category and the page of one file."""

from collections.abc import Iterable

HEAD = """<!DOCTYPE html><html class="client-nojs" lang="en" dir="ltr"><head><meta charset="UTF-8">
<title>Wikimedia Commons</title><meta name="generator" content="MediaWiki 1.46.0-wmf.3">
<link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/">
<link rel="canonical" href="https://commons.wikimedia.org/wiki/Category:Smiling_people"></head>
<body class="skin--responsive mediawiki ltr"><a href="/wiki/Main_Page"><img src="/static/images/logo.png" alt=""></a>
"""
FOOT = """<footer><ul><li>Files are available under licenses specified on their description page. Text is under the
<a href="https://creativecommons.org/licenses/by-sa/4.0/">Creative Commons Attribution-ShareAlike License</a>.</li></ul>
<a href="https://www.mediawiki.org/"><img src="/w/resources/poweredby_mediawiki.svg"></a></footer></body></html>"""

UPLOADS = "//upload.wikimedia.org/wikipedia/commons"


def member(name: str, uploads: str = UPLOADS, *, classes: str = "mw-file-description") -> str:
    """Return the box of one file in a category."""
    copy = f"{uploads}/thumb/a/ab/{name}"
    return f"""<li class="gallerybox" style="width: 155px"><div class="thumb" style="width: 150px; height: 150px;">
<span typeof="mw:File"><a href="/wiki/File:{name}" class="{classes}" title="File:{name}"><img alt="File:{name}"
src="{copy}/120px-{name}" decoding="async" width="120" height="80" class="mw-file-element"
srcset="{copy}/250px-{name} 1.5x, {copy}/330px-{name} 2x" data-file-width="4000"></a></span></div>
<div class="gallerytext"><a href="/wiki/File:{name}" class="galleryfilename">{name}</a> 2.1 MB</div></li>"""


def category(members: Iterable[str], *, next_from: str = "", title: str = "Category:Smiling_people") -> str:
    """Return a category's page.

    Args:
        members: from ``member``.
        next_from: as it stands in the link to the next page; empty on the last page.
        title: for the links.
    """
    link = f"/w/index.php?title={title}&amp;filefrom={next_from}#mw-category-media"
    following = f'<a href="{link}" title="{title}">next page</a>' if next_from else "next page"
    paging = (
        f'(<a href="/w/index.php?title={title}&amp;fileuntil=Adam.jpg" title="{title}">previous page</a>) ({following})'
    )
    return f"""{HEAD}<table class="infobox"><tr><td><span typeof="mw:File"><a href="/wiki/File:Smile_icon.jpg"
class="mw-file-description"><img src="{UPLOADS}/thumb/c/cd/Smile_icon.jpg/250px-Smile_icon.jpg"></a></span></td></tr>
</table><div id="mw-subcategories"><h2>Subcategories</h2><a href="/w/index.php?title={title}&amp;subcatfrom=B">next
page</a></div><div id="mw-category-media"><h2>Media in category</h2><p>The following 200 files are in this category, out
of 512 total.</p>{paging}<ul class="gallery mw-gallery-traditional">{"".join(members)}</ul>{paging}</div>{FOOT}"""


RESPONSIVE_CC = """<div class="responsive-license-cc layouttemplate licensetpl" dir="ltr" lang="en"><div
class="rlicense-text"><div class="rlicense-declaration">This file is licensed under the <a
href="https://creativecommons.org/licenses/by-sa/4.0/deed.en" class="extiw">Attribution-Share Alike 4.0</a>.</div>
<span class="licensetpl_link" style="display:none;">https://creativecommons.org/licenses/by-sa/4.0</span><span
class="licensetpl_short" style="display:none;">CC BY-SA 4.0 </span><span class="licensetpl_long"
style="display:none;">Creative Commons Attribution-Share Alike 4.0 </span></div></div>"""
PUBLIC_DOMAIN = """<table class="licensetpl"><tr><td>It is in the <b>public domain</b>.<span style="display:none">
<span class="licensetpl_short">Public domain</span><span class="licensetpl_long">Public domain</span></span></td></tr>
</table>"""
GFDL = """<table class="licensetpl"><tr><td><span class="licensetpl_short">GFDL</span><span
class="licensetpl_link">//www.gnu.org/copyleft/fdl.html</span></td></tr></table>"""
OWN_WORK = '<a href="/wiki/User:Anna" title="User:Anna">Anna  Example</a> (<a href="/wiki/User_talk:Anna">talk</a>)'


def file_page(
    name: str,
    *,
    uploads: str = UPLOADS,
    width: int = 4000,
    copies: Iterable[int] = (320, 640, 1024, 1280, 2560),
    licences: str = RESPONSIVE_CC,
    author: str | None = OWN_WORK,
) -> str:
    """Return the page that describes a file.

    Args:
        name: without ``File:``.
        uploads: where the files lie.
        width: of the original, in pixels.
        copies: the widths of the smaller copies that it offers.
        licences: as ``RESPONSIVE_CC``.
        author: markup of the field, None for a page without one.
    """
    links = " | ".join(
        f'<a href="{uploads}/thumb/a/ab/{name}/{copy}px-{name}" class="mw-thumbnail-link">{copy:,} × 99 pixels</a>'
        for copy in copies
    )
    others = f'<span class="mw-filepage-other-resolutions">Other resolutions: {links}.</span>' if links else ""
    field = f'<tr><td id="fileinfotpl_aut" class="fileinfo-paramfield">Author</td>\n<td>{author}</td></tr>'
    return f"""{HEAD}<div class="fullImageLink" id="file"><a href="{uploads}/a/ab/{name}"><img alt="File:{name}"
src="{uploads}/thumb/a/ab/{name}/800px-{name}" width="800" height="600" class="mw-file-element"
data-file-width="{width}" data-file-height="3000"></a><div class="mw-filepage-resolutioninfo">Size of this preview: <a
href="{uploads}/thumb/a/ab/{name}/800px-{name}" class="mw-thumbnail-link">800 × 600 pixels</a>. {others}</div></div>
<div class="fullMedia"><p><bdi><a href="{uploads}/a/ab/{name}" class="internal" title="{name}">Original file</a></bdi>
<span class="fileInfo">({width:,} × 3,000 pixels, file size: 2.1 MB, MIME type: image/jpeg)</span></p></div>
<table class="fileinfotpl-type-information vevent"><tr><td id="fileinfotpl_desc" class="fileinfo-paramfield">Description
<span class="summary fn" style="display:none">{name}</span></td><td class="description">A person</td></tr>
{field if author is not None else ""}</table><div class="licensetpl_wrapper">{licences}</div>
<table class="filehistory"><tr><td><a href="{uploads}/a/ab/{name}"><img src="{uploads}/thumb/a/ab/{name}/120px-{name}">
</a></td></tr></table>{FOOT}"""
