"""The photos to classify: uploaded files, a photo from the camera, or the address of a picture."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import streamlit as st
from PIL import Image

from emotion_core import sandbox
from emotion_core.errors import EmotionError
from emotion_core.prediction import count_photos_in_upload, read_uploads, read_url, uploaded_file
from pages.components.common.markdown import escape_markdown
from pages.components.common.navigation import visit_number
from pages.components.common.uploads import hold_uploads, upload_content

FILES, CAMERA, ADDRESS = "Files", "Camera", "Address"
SOURCES = {
    FILES: ":material/upload_file: Files",
    CAMERA: ":material/photo_camera: Camera",
    ADDRESS: ":material/link: Address",
}
FETCHED_KEY = "predict_fetched"
_KEPT_KEY = "predict_kept"

NamedPhoto = tuple[str, Image.Image | EmotionError]


@dataclass(frozen=True)
class Upload:
    """One file, or one picture from the web.

    Attributes:
        key: unique within the session.
        name: of the file, or the picture's address.
        read: returns the file's content, or where it lies.
        fetched: the picture, if it came from the web.
    """

    key: str
    name: str
    read: Callable[[], bytes | Path] = field(compare=False, default=bytes)
    fetched: Image.Image | None = field(compare=False, default=None)

    @property
    def address(self) -> str | None:
        """The address that it came from, if it came from the web."""
        return self.name if self.fetched is not None else None

    def count(self) -> int:
        """Return how many photos it holds at most."""
        return 1 if self.fetched is not None else count_photos_in_upload(self.name, self.read())

    def photos(self) -> Iterator[NamedPhoto]:
        """Yield the name of each photo with the photo, or with the error if it cannot be read."""
        if self.fetched is not None:
            yield self.name, self.fetched
        else:
            yield from read_uploads([(self.name, self.read())])

    def file(self, index: int) -> bytes | Image.Image:
        """Return one of its photos unchanged.

        Raises:
            EmotionError: it cannot be read.
        """
        return self.fetched or uploaded_file(self.name, self.read(), index)

    def photo(self, index: int) -> Image.Image:
        """Return one of its photos, decoded.

        Raises:
            EmotionError: it cannot be read.
        """
        return self.fetched or sandbox.decode(uploaded_file(self.name, self.read(), index)).image


@dataclass(frozen=True)
class _Kept:
    """The photos that a session classifies, which outlive the field that they came in by.

    Attributes:
        uploads: the photos.
        place: visit and source whose field holds them; None once it does not.
    """

    uploads: tuple[Upload, ...] = ()
    place: tuple[int, str] | None = None


def take_uploads() -> list[Upload]:
    """Draw the choice of a source and its fields, and return what it holds, or what was taken on an earlier visit."""
    source = st.segmented_control(
        "Photos from",
        list(SOURCES),
        default=FILES,
        required=True,
        format_func=SOURCES.__getitem__,
        key="predict_place",
        label_visibility="collapsed",
    )
    take: Mapping[str, Callable[[], Iterable[Upload]]] = {FILES: _files, CAMERA: _camera, ADDRESS: _address}
    return _with_earlier(list(take[source]()), source)


def _with_earlier(uploads: list[Upload], source: str) -> list[Upload]:
    """Return the uploads, or without any those that are kept from before, with a button that drops them.

    A field is empty when its page is visited again, and also once the user has taken its file out: only then are the
    kept ones dropped.
    """
    place, kept = (visit_number(), source), st.session_state.get(_KEPT_KEY, _Kept())
    if uploads:
        kept = _Kept(tuple(uploads), place)
    elif kept.place == place:
        kept = _Kept()
    _keep(kept)
    if kept.uploads and not uploads:
        with st.container(horizontal=True, vertical_alignment="center"):
            names = kept.uploads[0].name + (f" and {len(kept.uploads) - 1} more" if len(kept.uploads) > 1 else "")
            st.caption(f"Still here: {escape_markdown(names)}", width="content")
            st.button("Clear", icon=":material/close:", key="predict_clear", type="tertiary", on_click=_clear)
    return list(kept.uploads)


def _keep(kept: _Kept) -> None:
    st.session_state[_KEPT_KEY] = kept
    hold_uploads([upload.key for upload in kept.uploads])


def _clear() -> None:
    st.session_state.pop(FETCHED_KEY, None)
    _keep(_Kept())


def _files() -> Iterator[Upload]:
    uploads = st.file_uploader(
        "Photos, or a zip of photos",
        type=None,  # The content decides: photos also come as .jpg_large or without a suffix.
        accept_multiple_files=True,
        key="predict_files",
        help="Photos are classified and discarded: nothing is stored unless you add it to your photos.",
    )
    for upload in uploads:
        yield Upload(upload.file_id, upload.name, partial(upload_content, upload))


def _camera() -> Iterator[Upload]:
    if taken := st.camera_input("Your face, or a picture held up to the camera", key="predict_camera"):
        yield Upload(taken.file_id, "camera.jpg", partial(upload_content, taken))


def _address() -> Iterator[Upload]:
    with st.form("predict_address", border=False):
        left, right = st.columns([3, 1])
        url = left.text_input(
            "Address of a picture",
            placeholder="https://example.org/face.jpg",
            help="The address of the picture itself, not of the page that shows it.",
            key="predict_url",
        )
        allowed = right.text_input(
            "Private address to allow",
            placeholder="127.0.0.1:8000",
            help="Addresses on this machine or its network are refused unless listed here as host:port.",
            key="predict_allow",
        )
        submitted = st.form_submit_button("Get the picture", icon=":material/download:")
    if submitted:
        st.session_state.pop(FETCHED_KEY, None)
        try:
            with st.spinner("Fetching the picture"):
                name, photo = read_url(url.strip(), tuple(allowed.split()))
            # A new key each time, because the picture at an address may change.
            count = st.session_state.get("predict_fetches", 0) + 1
            st.session_state["predict_fetches"] = count
            st.session_state[FETCHED_KEY] = Upload(f"address-{count}", name, fetched=photo)
        except EmotionError as error:
            st.error(escape_markdown(error))
    if upload := st.session_state.get(FETCHED_KEY):
        yield upload
