"""What operating systems, file servers and photo programs leave among a person's photos.

The names are those of github/gitignore (Global/Windows, macOS, Linux, Dropbox, Syncthing), of the manuals of Synology,
QNAP and Samba, and of the photo programs themselves. Only whole names count: a person's folder "@eaDir old" is theirs.
"""

import re

# Written in lower case; compared without regard to case, as Windows, macOS and file servers do.
_NAMES = frozenset(
    {
        # Windows, and what its tools leave.
        *("thumbs.db", "thumbs.db:encryptable", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$recycle.bin"),
        *("recycler", "system volume information", "$windows.~bt", "$windows.~ws", "msocache"),
        *("indexervolumeguid", "wpsettings.dat", "autorun.inf", "iconcache.db"),
        # macOS.
        *(".ds_store", "__macosx", ".appledouble", ".appledb", ".appledesktop", ".lsoverride", ".localized"),
        *(".spotlight-v100", ".trashes", ".trash", ".fseventsd", ".temporaryitems", ".documentrevisions-v100"),
        *(".volumeicon.icns", ".apdisk", ".hidden", ".metadata_never_index", ".mobilebackups"),
        *("network trash folder", "temporary items", ".com.apple.timemachine.donotpresent", "ipod photo cache"),
        # Linux desktops and file systems, Android.
        *(".directory", ".thumbnails", ".xvpics", ".comments", ".sh_thumbnails", "lost+found", ".nomedia"),
        *(".trashed", ".globaltrash", ".gallery2", ".cache", ".zfs", ".snapshot", ".snapshots", "~snapshot"),
        # Synology.
        *("@eadir", "#recycle", "#snapshot", "@tmp", "@sharebin", "@synoresource", "@synoeastream", "@sharesnap"),
        *(".synologyworkingdirectory", ".synophoto", "@appstore", "@database", "@synologydrive", "@s2s"),
        # QNAP, Western Digital, Samba, and others who make file servers; names that begin with .@ are below.
        *("@recycle", "@recently-snapshot", "@transcode", ".streams", ".qsync", ".qsync_sn", ".wdmc", ".recycle"),
        *(".twonkymedia", ".pureconfig", ".timemachine"),
        # Photo programs.
        *("picasa.ini", ".picasa.ini", ".picasaoriginals", ".dtrash", ".dthumb", "digikam4.db", "zbthumbnail.info"),
        *("thumbnails-digikam.db", "recognition.db", "similarity.db", "nksc_param", "pspbrwse.jbf"),
        *(".bridgesort", ".bridgelabelsandratings", ".bridgecache", ".bridgecachet", ".adobebridge"),
        # Version control, notebooks, and programs that synchronize folders.
        *(".git", ".gitignore", ".gitattributes", ".gitkeep", ".svn", ".hg", ".dvc", ".dvcignore", ".keep"),
        *(".ipynb_checkpoints", "__pycache__", ".idea", ".vscode", ".venv", ".huggingface", ".kaggle"),
        *(".dropbox", ".dropbox.attr", ".dropbox.cache", ".stfolder", ".stversions", ".stignore", ".sync"),
        *(".owncloudsync.log", ".nextcloudsync.log", ".tmp.drivedownload", ".tmp.driveupload", ".pcloud"),
    }
)
_PATTERNS = re.compile(
    r"""
    \._.*                                # AppleDouble: the other half of a file of macOS
    | icon[\r\uf00d]                     # icon of a folder; file servers write the carriage return as U+F00D
    | .*zone\.identifier                 # where Windows' browsers downloaded a file from
    | .*@syno(?:eastream|resource)
    | syno(?:photo|file|index|video)_(?:thumb|film|media).*  # Synology's thumbnails, outside of their @eaDir
    | albumart(?:small|_\{.*\}_(?:small|large))\.jpg  # Windows Media Player
    | \.thumbdata.*                       # Android's gallery
    | \.@.*                              # QNAP: .@__thumb, .@__comments, .@upload_cache
    | \.trash-.*                         # trash of a Linux user, by number
    | \.trashed-\d+-.*                   # trash of Android's gallery
    | \.pending-\d+-.*
    | \.(?:fuse_hidden|nfs|smbdelete|afpdeleted|goutputstream-|syncthing\.|~lock\.|_sync_).*
    | ~\$.* | ~syncthing~.*
    | found\.\d{3}                       # what Windows' chkdsk saves
    | .*\.(?:lrdata|lrcat|lrcat-data|lrcat-shm|lrcat-wal|lrprev)  # Lightroom's previews and catalog
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
# Files about a photo, or a smaller copy of it (.thm); never a photo themselves, whatever they hold.
_SIDECARS = frozenset(
    {
        *(".xmp", ".aae", ".thm", ".lrv", ".json", ".pp3", ".dop", ".cos", ".cot", ".cop", ".on1", ".onphoto", ".nksc"),
        *(".vrd", ".arp", ".lrtemplate", ".ithmb", ".ctg", ".mrk", ".jbf", ".spd", ".rop", ".dxo", ".afphoto"),
        *(".ini", ".db", ".lnk", ".url", ".webloc", ".desktop", ".md5", ".sha1", ".sha256", ".sfv", ".nfo", ".log"),
    }
)
# Parts of saved web pages, programs and documents: not photos, unless their content is.
_DOCUMENTS = frozenset(
    {
        *(".html", ".htm", ".xhtml", ".mht", ".mhtml", ".css", ".js", ".mjs", ".map", ".php", ".asp", ".aspx", ".jsp"),
        *(".svg", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".swf", ".xml", ".xsl", ".rss", ".webmanifest"),
        *(".jsonl", ".csv", ".tsv", ".tab", ".md", ".rst", ".yml", ".yaml", ".toml", ".py", ".ipynb", ".sh"),
        *(".npy", ".npz", ".mat", ".pkl", ".pickle", ".parquet", ".arrow", ".h5", ".hdf5", ".tfrecord", ".lock"),
        *(".xlsx", ".xls", ".ods", ".docx", ".doc", ".odt", ".pdf"),
    }
)
# Cameras' own formats, whose content begins like a TIFF but whose first picture is a thumbnail.
_RAW = frozenset(
    {
        *(".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".dng", ".raf", ".orf", ".rw2", ".pef"),
        *(".srw", ".x3f", ".3fr", ".iiq", ".erf", ".kdc", ".dcr", ".mrw", ".mef", ".mos", ".raw", ".rwl", ".gpr"),
    }
)


def is_left_by_system(name: str) -> bool:
    """Whether a file or folder of this name was left by a system or program, so that it is none of the photos.

    >>> is_left_by_system("@eaDir"), is_left_by_system("@eaDir old")
    (True, False)
    """
    return name.casefold() in _NAMES or _PATTERNS.fullmatch(name) is not None


def is_sidecar(suffix: str) -> bool:
    """Whether files of this suffix, with its dot, describe a photo and are never one."""
    return suffix.lower() in _SIDECARS


def is_document(suffix: str) -> bool:
    """Whether files of this suffix, with its dot, are usually parts of web pages, tables or other documents."""
    return suffix.lower() in _DOCUMENTS or is_sidecar(suffix)


def is_raw(suffix: str) -> bool:
    """Whether files of this suffix, with its dot, are in a camera's own format."""
    return suffix.lower() in _RAW
