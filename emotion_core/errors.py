"""The errors that this library raises on purpose, in one hierarchy.

A caller that catches ``EmotionError`` can show ``str(error)`` to the user unchanged: the message says what is wrong,
what was expected, what was received and what to do.

::

    EmotionError
    ├── DataError                 photos, snapshots, splits
    │   ├── UnreadableImage       bytes that are no picture within the size limits
    │   └── PhotoNotFound         an id that is not in the catalog
    ├── CollectError              scraping and importing
    │   ├── AddressRefused        a private address, or a scheme other than http and https
    │   └── FetchFailed           no response, or not the one that was requested
    │       ├── OptedOut          the site asks that its content is not used for machine learning
    │       ├── TooManyRedirects  the address redirects more often than is followed
    │       └── TemporaryFailure  a retry may succeed: busy, connection lost, or canceled on request
    ├── SettingsError             a setting, or a combination of settings, that cannot work
    ├── JobError                  background jobs: scrapes, runs, the guided study
    │   ├── JobNotFound           no folder with that id
    │   └── JobUnusable           the folder exists, but its contents are missing or damaged
    ├── DocumentError             files that this program wrote and cannot use
    │   ├── DocumentDamaged       the content is not what was written
    │   └── OtherVersion          another version of this program wrote it
    └── StatisticsError           a statistic that cannot be computed from the data given
"""


class EmotionError(Exception):
    """Base class of every error raised on purpose; its text is written for the user."""


class DataError(EmotionError):
    """Photos, snapshots or splits are missing or cannot be used."""


class UnreadableImage(DataError):
    """The bytes are not a picture that Pillow decodes within the size limits."""


class PhotoNotFound(DataError):
    """The catalog has no photo with that id."""


class CollectError(EmotionError):
    """Photos could not be collected from the given source."""


class AddressRefused(CollectError):
    """The address is private, or its scheme is not http or https."""


class FetchFailed(CollectError):
    """The server did not respond, or not with what was requested."""


class OptedOut(FetchFailed):
    """The site asks that its content is not used for machine learning."""


class TemporaryFailure(FetchFailed):
    """A retry may succeed: the server is busy, the connection was lost, or the download was canceled on request."""


class TooManyRedirects(FetchFailed):
    """The address redirects more often than is followed."""


class SettingsError(EmotionError):
    """A setting, or a combination of settings, cannot work."""


class JobError(EmotionError):
    """A background job cannot do what was requested."""


class JobNotFound(JobError):
    """There is no job folder with that id."""


class JobUnusable(JobError):
    """The job folder exists, but its contents are missing or damaged."""


class DocumentError(EmotionError):
    """A file of this program cannot be used."""


class DocumentDamaged(DocumentError):
    """The content of a file is not what was written."""


class OtherVersion(DocumentError):
    """Another version of this program wrote the file, in a format that this one cannot read."""


class StatisticsError(EmotionError):
    """A statistic cannot be computed from the data given."""
