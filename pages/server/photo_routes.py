"""What the review grid asks the server for, besides its page: pictures, cards, and marks to write down.

Marks come by requests of their own, each answered when it is on disk: a message of Streamlit's waits for the script, is
lost with its session, and says nothing of its arrival.
"""

import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import streamlit as st
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from emotion_core import images
from emotion_core.dataset import Catalog, delete_photos
from emotion_core.errors import EmotionError, PhotoNotFound
from emotion_core.settings import open_workspace
from pages.server.mark_inbox import MarkBatch, MarkInbox
from pages.server.photo_card import card_of

LARGE_SIDE_PX = 1024
MAX_BODY_BYTES = 4_000_000
_ID = re.compile(r"[0-9a-f]{8,64}")
# Long enough for a page that is looked at again, short enough for a photo that is deleted.
_FOR_A_WHILE = {"Cache-Control": "private, max-age=300"}


def photo_routes() -> Mount:
    """Return the routes under ``/photos``, which answer under the names of this machine only, as the app does."""
    deliveries = MarkInbox()

    async def marks(request: Request) -> Response:
        return await _answer(request, lambda body: deliveries.take(Catalog(open_workspace()), MarkBatch(**body)))

    hosts = [str(host) for host in st.get_option("server.allowedHosts") or ["*"]]
    routes = [
        Route("/marks", marks, methods=["POST"]),
        Route("/delete", _delete, methods=["POST"]),
        Route("/{photo_id}/thumbnail", _thumbnail),
        Route("/{photo_id}/large", _large),
        Route("/{photo_id}/card", _card),
    ]
    return Mount("/photos", routes=routes, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts)])


def _thumbnail(request: Request) -> Response:
    path = Catalog(open_workspace()).thumbnail_path(_photo_id(request))
    return FileResponse(path, media_type="image/jpeg", headers=_FOR_A_WHILE) if path.is_file() else _gone()


def _large(request: Request) -> Response:
    catalog = Catalog(open_workspace())
    try:
        picture = catalog.read(catalog.photo(_photo_id(request)), LARGE_SIDE_PX)
    except EmotionError:
        return _gone()
    return Response(images.preview(picture, LARGE_SIDE_PX), media_type="image/jpeg", headers=_FOR_A_WHILE)


def _card(request: Request) -> Response:
    catalog = Catalog(open_workspace())
    try:
        return JSONResponse(card_of(catalog, catalog.photo(_photo_id(request))), headers={"Cache-Control": "no-store"})
    except PhotoNotFound:
        return _gone()


async def _delete(request: Request) -> Response:
    return await _answer(request, _delete_photos)


def _delete_photos(body: dict[str, object]) -> dict[str, object]:
    catalog = Catalog(open_workspace())
    ids = body.get("ids")
    delete_photos(catalog, [str(photo_id) for photo_id in ids] if isinstance(ids, list) else [])
    return {"counts": catalog.counts()}


async def _answer(request: Request, act: Callable[[dict[str, object]], dict[str, object]]) -> Response:
    """Answer what changes something: a page of another site cannot send JSON without being asked for its origin."""
    origin = request.headers.get("origin")
    is_json = request.headers.get("content-type", "").startswith("application/json")
    if not is_json or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        return JSONResponse({"error": "Marks are taken from this app's own page only."}, 403)
    if int(request.headers.get("content-length") or MAX_BODY_BYTES + 1) > MAX_BODY_BYTES:
        return JSONResponse({"error": "Too many marks at once."}, 413)
    try:
        body = json.loads(await request.body())
        return JSONResponse(await run_in_threadpool(act, body if isinstance(body, dict) else {}))
    except (ValidationError, ValueError):
        return JSONResponse({"error": "These marks cannot be understood. Load the page again."}, 422)
    except EmotionError as error:
        # The browser keeps the marks and tries again.
        return JSONResponse({"error": str(error)}, 503)


def _photo_id(request: Request) -> str:
    photo_id = str(request.path_params["photo_id"])
    return photo_id if _ID.fullmatch(photo_id) else "0"


def _gone() -> Response:
    return JSONResponse({"error": "There is no such photo."}, 404)
