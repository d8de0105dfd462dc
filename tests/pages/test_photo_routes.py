"""Routes for photos and marks: marks are applied in order and once, from this app's own page only."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin
from emotion_core.settings import Workspace
from pages.server.photo_routes import photo_routes
from pages.server.same_origin import SameOriginOnly


class Client:
    """A browser that shows the app's own page.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> requests.Response:
        """Request a photo or a card."""
        return requests.get(self.url + path, timeout=300)

    def post(self, path: str, body: str, **headers: str) -> requests.Response:
        """Send marks, or photos to delete."""
        own = {"Origin": self.url, "Content-Type": "application/json"}
        return requests.post(self.url + path, body, headers={**own, **headers}, timeout=300)


@pytest.fixture
def client(workspace: Workspace) -> Iterator[Client]:
    """Return a browser that is connected to a server with the routes."""
    app = Starlette(routes=[photo_routes()], middleware=[Middleware(SameOriginOnly)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield Client(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join()


@pytest.fixture
def photos(workspace: Workspace, add_photos: Callable[..., list[str]]) -> list[str]:
    """Return the ids of two happy photos and a sad one."""
    return add_photos(workspace, happy=2, sad=1)


def _send(client: Client, *marks: dict[str, Any], visit: str = "v", **more: Any) -> dict[str, Any]:
    answer = client.post("/photos/marks", json.dumps({"visit": visit, "marks": list(marks), **more}))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def _statuses(workspace: Workspace) -> list[str]:
    return [photo.status for photo in Catalog(workspace).photos()]


def test_marks_that_are_sent_twice_count_once(workspace: Workspace, client: Client, photos: list[str]) -> None:
    """A batch whose response was lost is sent again with more marks: only the new ones are applied."""
    keep = {"number": 1, "ids": photos[:2], "status": "kept"}
    undo = {"number": 2, "undo": True}
    assert _send(client, keep)["seen"] == 1
    assert _send(client, keep, undo)["seen"] == 2
    assert _statuses(workspace) == ["new"] * 3
    Catalog(workspace).mark(photos[2:], status="rejected")
    _send(client, keep, undo)
    assert _statuses(workspace) == ["new", "new", "rejected"]


def test_an_undo_that_another_server_may_have_done_is_not_done_again(
    workspace: Workspace, client: Client, photos: list[str]
) -> None:
    """A server that does not know the visit skips an undo that was sent before."""
    Catalog(workspace).mark(photos, status="kept")
    assert _send(client, {"number": 7, "undo": True, "tried": True}, visit="older")["seen"] == 7
    assert _statuses(workspace) == ["kept"] * 3


def test_a_response_contains_counts_and_the_states_asked_for(
    workspace: Workspace, client: Client, photos: list[str]
) -> None:
    """A page that asks learns of marks made in other tabs."""
    Catalog(workspace).mark(photos[:1], label="sad", status="kept")
    answer = _send(client, ask=[photos[0], "unknown"])
    assert answer["states"] == {photos[0]: {"label": "sad", "status": "kept"}}
    assert answer["counts"]["sad"] == {"new": 1, "kept": 1, "rejected": 0}


def test_a_deleted_photo_does_not_block_the_others(workspace: Workspace, client: Client, photos: list[str]) -> None:
    """Of a range with a photo that was deleted in another tab, all others are marked."""
    _send(client, {"number": 1, "ids": [*photos, "0123456789abcdef0123"], "status": "kept"})
    assert _statuses(workspace) == ["kept"] * 3


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 403),
        ({"Host": "evil.example"}, 403),
        ({}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/photos/marks", "/photos/delete"])
def test_other_sites_change_nothing(
    path: str, headers: dict[str, str], status: int, workspace: Workspace, client: Client, photos: list[str]
) -> None:
    """A foreign page, a form, and a foreign host name are refused; the app's own page is not."""
    body = '{"visit": "v", "marks": [], "ids": []}'
    answer = client.post(path, body, **headers)
    assert answer.status_code == status
    assert len(Catalog(workspace).photo_ids()) == 3


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"visit": "v", "marks": [{"number": 1, "status": "gone"}]}',
        "[" * 100_000,
        '{"visit": "v", "marks": ' + '{"a":' * 100_000,
        '{"visit": "v", "marks": [{"number": ' + "9" * 5000 + "}]}",
        '{"visit": "v", "marks": [{"number": 1e999}]}',
        '{"visit": "v", "marks": [{"number": NaN}]}',
    ],
    ids=range(9),
)
def test_malformed_requests_are_refused(body: str, client: Client) -> None:
    """No request body makes the server fail, however deep or long: the answer is a sentence."""
    answer = client.post("/photos/marks", body)
    assert (answer.status_code, answer.json()["error"][:25]) == (422, "This request is malformed")
    assert client.post("/photos/delete", "[" * 100_000).status_code == 422


def test_half_characters_and_zero_bytes_in_marks_are_no_photos(client: Client, photos: list[str]) -> None:
    """Ids that no photo can have are left alone or refused, and the others are marked."""
    mark = {"number": 1, "ids": ["\0", "x" * 100_000, photos[0]], "status": "kept"}
    answer = _send(client, mark)
    assert (answer["seen"], answer["counts"]["happy"]["kept"]) == (1, 1)
    body = json.dumps({"visit": "v", "marks": [{"number": 2, "ids": ["\ud800"]}]})
    assert client.post("/photos/marks", body).status_code in (200, 422)
    assert client.post("/photos/delete", '{"ids": ["\\ud800", "\\u0000"]}').status_code == 200


def test_a_card_shows_every_offer_of_a_picture(client: Client, workspace: Workspace) -> None:
    """It shows label and page of each offer; an address that a browser must not open is no link."""
    catalog = Catalog(workspace)
    for label, page in (
        ("happy", "https://a.example/1"),
        ("sad", "javascript:alert(1)"),
        ("sad", "https://b.example/2"),
    ):
        origin = Origin("x.jpg", "https://a.example/x.jpg", page)
        photo_id = catalog.add(photo_bytes("happy", 1), label=label, origin=origin).photo_id
    facts = client.get(f"/photos/{photo_id}/card").json()["facts"]
    assert [fact for fact in facts if fact[0].startswith("Offered")] == [
        ["Offered as happy", "https://a.example/1", "https://a.example/1"],
        ["Offered as sad", "javascript:alert(1)", None],
        ["Offered as sad", "https://b.example/2", "https://b.example/2"],
    ]


@pytest.mark.parametrize("kind", ["thumbnail", "large", "card"])
@pytest.mark.parametrize("photo_id", ["0123456789abcdef0123", "..%2f..%2fcatalog", "x"])
def test_nothing_but_photos_is_served(kind: str, photo_id: str, client: Client, photos: list[str]) -> None:
    """An unknown id, or a path in place of an id, is not found."""
    assert client.get(f"/photos/{photo_id}/{kind}").status_code == 404


def test_pictures_are_reencoded_jpegs(client: Client, photos: list[str]) -> None:
    """Thumbnail and large picture are JPEGs written by this project."""
    for kind in ("thumbnail", "large"):
        answer = client.get(f"/photos/{photos[0]}/{kind}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.content[:2] == b"\xff\xd8"
