"""Import files into the catalog: folders, archives, tables and uploads, as a job."""

from emotion_core.collect.imports.archive_photos import archive_file, archive_names, archive_picture
from emotion_core.collect.imports.archives import archive_members, looks_like_zip, open_archive
from emotion_core.collect.imports.classes import NO_FOLDER, ImportEntry
from emotion_core.collect.imports.encodings import ENCODING_NAMES
from emotion_core.collect.imports.import_job import (
    ImportRequest,
    can_resume_import,
    import_progress,
    import_summary,
    resume_import,
    start_import,
    start_upload_import,
)
from emotion_core.collect.imports.importer import ImportProgress, import_files, import_path
from emotion_core.collect.imports.members import Member, bytes_member, file_member, folder_members, read_member
from emotion_core.collect.imports.surveys import Survey, survey, survey_files

__all__ = [
    "ENCODING_NAMES",
    "NO_FOLDER",
    "ImportEntry",
    "ImportProgress",
    "ImportRequest",
    "Member",
    "Survey",
    "archive_file",
    "archive_members",
    "archive_names",
    "archive_picture",
    "bytes_member",
    "can_resume_import",
    "file_member",
    "folder_members",
    "import_files",
    "import_path",
    "import_progress",
    "import_summary",
    "looks_like_zip",
    "open_archive",
    "read_member",
    "resume_import",
    "start_import",
    "start_upload_import",
    "survey",
    "survey_files",
]
