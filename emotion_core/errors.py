"""Every error this library raises on purpose, in one tree.

A caller that catches ``EmotionError`` can show ``str(error)`` to a person as it stands: the message says what is
wrong, what was expected, what was received and what to do.

::

    EmotionError
    ├── DataError                 photos, snapshots, splits
    │   ├── UnreadableImage       bytes that are not a picture within our limits
    │   └── PhotoNotFound         an id that the catalog does not hold
    ├── CollectError              fetching and importing
    │   ├── AddressRefused        a private address, or a scheme other than http and https
    │   └── FetchFailed           the other side did not answer with what was asked for
    │       ├── OptedOut          it asks not to be used for machine learning
    │       └── TemporaryFailure  it may answer later: busy, broken off, or given up on request
    ├── SettingsError             a setting, or two settings together, that cannot work
    ├── JobError                  background jobs: scrapes, runs, the guided study
    │   ├── JobNotFound           no folder of that id
    │   └── JobUnusable           the folder is there, what it should hold is not
    └── StatisticsError           a statistic asked of data that cannot answer it
"""


class EmotionError(Exception):
    """Base of every error raised on purpose; its text is meant for a person."""


class DataError(EmotionError):
    """Photos, snapshots or splits are missing or cannot be used."""


class UnreadableImage(DataError):
    """The bytes are not a picture that Pillow decodes within our limits."""


class PhotoNotFound(DataError):
    """No photo of that id is in the catalog."""


class CollectError(EmotionError):
    """Photos could not be collected from the place that was named."""


class AddressRefused(CollectError):
    """The address is private, or its scheme is not http or https."""


class FetchFailed(CollectError):
    """The other side did not answer, or not with what was asked for."""


class OptedOut(FetchFailed):
    """The other side asks that what it shows is not used for machine learning."""


class TemporaryFailure(FetchFailed):
    """The other side may answer later: it is busy, the connection broke, or the download was given up on request."""


class SettingsError(EmotionError):
    """A setting, or two settings together, cannot work."""


class JobError(EmotionError):
    """A background job cannot do what was asked."""


class JobNotFound(JobError):
    """No job folder of that id."""


class JobUnusable(JobError):
    """The job folder exists, but what it should hold is missing or damaged."""


class StatisticsError(EmotionError):
    """A statistic was asked of data that cannot answer it."""
