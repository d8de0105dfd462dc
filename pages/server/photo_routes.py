"""Routes for the review grid: photos, cards, marks and deletions.

Marks are sent as plain requests, each answered once it is on disk. A message through Streamlit waits for the running
script, is lost with its session, and is not confirmed.
"""

import json
import re
from collections.abc import Callable

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from emotion_core import images
from emotion_core.accounts import workspace_of
from emotion_core.dataset import Catalog, delete_photos
from emotion_core.errors import EmotionError, PhotoNotFound
from pages.server.accounts import USER_KEY
from pages.server.mark_inbox import MarkBatch, MarkInbox
from pages.server.photo_card import card_of

LARGE_SIDE_PX = 1024
MAX_BODY_BYTES = 4_000_000
_ID = re.compile(r"[0-9a-f]{8,64}")
# Long enough to go back to a page, short enough for a photo that is deleted.
_CACHE_HEADERS = {"Cache-Control": "private, max-age=300"}


def photo_routes() -> Mount:
    """Return the routes under ``/photos``."""
    inbox = MarkInbox()

    async def marks(request: Request) -> Response:
        return await _apply_change(request, lambda photos, body: inbox.take(photos, MarkBatch(**body)))

    routes = [
        Route("/marks", marks, methods=["POST"]),
        Route("/delete", _delete, methods=["POST"]),
        Route("/{photo_id}/thumbnail", _thumbnail),
        Route("/{photo_id}/large", _large),
        Route("/{photo_id}/card", _card),
    ]
    return Mount("/photos", routes=routes)


def _thumbnail(request: Request) -> Response:
    path = _catalog(request).thumbnail_path(_photo_id(request))
    return FileResponse(path, media_type="image/jpeg", headers=_CACHE_HEADERS) if path.is_file() else _not_found()


def _large(request: Request) -> Response:
    catalog = _catalog(request)
    try:
        picture = catalog.read(catalog.photo(_photo_id(request)), LARGE_SIDE_PX)
    except EmotionError:
        return _not_found()
    return Response(images.preview(picture, LARGE_SIDE_PX), media_type="image/jpeg", headers=_CACHE_HEADERS)


def _card(request: Request) -> Response:
    catalog = _catalog(request)
    try:
        return JSONResponse(card_of(catalog, catalog.photo(_photo_id(request))), headers={"Cache-Control": "no-store"})
    except PhotoNotFound:
        return _not_found()


async def _delete(request: Request) -> Response:
    return await _apply_change(request, _delete_photos)


def _delete_photos(catalog: Catalog, body: dict[str, object]) -> dict[str, object]:
    ids = body.get("ids")
    delete_photos(catalog, [str(photo_id) for photo_id in ids] if isinstance(ids, list) else [])
    return {"counts": catalog.counts()}


def _announced_bytes(request: Request) -> int:
    """Return the size of a request's body; more than is allowed where it is not stated as a number."""
    stated = request.headers.get("content-length", "")
    return int(stated) if re.fullmatch(r"[0-9]{1,18}", stated) else MAX_BODY_BYTES + 1


async def _apply_change(
    request: Request, change: Callable[[Catalog, dict[str, object]], dict[str, object]]
) -> Response:
    """Apply a change sent as JSON, which a browser does not send for a page of another site without asking first."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return JSONResponse({"error": "Changes are accepted only as JSON."}, 403)
    if _announced_bytes(request) > MAX_BODY_BYTES:
        return JSONResponse({"error": "There are too many marks in one request."}, 413)
    try:
        body = json.loads(await request.body())
        return JSONResponse(await run_in_threadpool(_change, request, change, body if isinstance(body, dict) else {}))
    except (ValidationError, ValueError, RecursionError):
        return JSONResponse({"error": "This request is malformed. Reload the page."}, 422)
    except EmotionError as error:
        # With this status the browser keeps the marks and retries.
        return JSONResponse({"error": str(error)}, 503)


def _change(
    request: Request, change: Callable[[Catalog, dict[str, object]], dict[str, object]], body: dict[str, object]
) -> dict[str, object]:
    return change(_catalog(request), body)


def _catalog(request: Request) -> Catalog:
    """Return the photos of the user who sent the request."""
    return Catalog(workspace_of(request.scope.get(USER_KEY)))


def _photo_id(request: Request) -> str:
    photo_id = str(request.path_params["photo_id"])
    # No photo has the id "0", so anything else than an id, such as a path, is not found.
    return photo_id if _ID.fullmatch(photo_id) else "0"


def _not_found() -> Response:
    return JSONResponse({"error": "There is no such photo."}, 404)
