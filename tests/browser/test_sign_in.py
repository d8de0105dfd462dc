"""Sign-in with a provider of identities: each user has a workspace, and nobody else gets anything."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from emotion_core.accounts import user_id, workspace_of
from emotion_core.collect.samples import photo_bytes
from emotion_core.dataset import Catalog, Origin
from emotion_core.settings import TOKEN_VARIABLE, USERS_VARIABLE
from tests.browser.app_server import AppServer
from tests.browser.identity_provider import IdentityProvider, identity_provider
from tests.browser.walker import Walker

COOKIE = "_streamlit_user"
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
ALICE = {"sub": "alice", "email": "alice@lab.example", "email_verified": True}
USERS = "*@lab.example, carol@home.example"
BOB = {"sub": "bob", "email": "bob@lab.example", "email_verified": True}


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    """Return a provider of identities on loopback."""
    with identity_provider() as served:
        yield served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: IdentityProvider) -> Iterator[AppServer]:
    """Return the app, set up for the provider."""
    server = AppServer(tmp_path_factory.mktemp("app"), {USERS_VARIABLE: USERS, TOKEN_VARIABLE: "auto"})
    settings = Path(server.environment["HOME"]) / ".streamlit"
    settings.mkdir()
    (settings / "secrets.toml").write_text(provider.secrets_file("http://localhost:{port}/oauth2callback", "s" * 32))
    with server:
        yield server


def _url(server: AppServer) -> str:
    return f"http://localhost:{server.port}"


def _signed_in(server: AppServer, provider: IdentityProvider, claims: dict[str, Any]) -> requests.Session:
    """Return a browser in which a user has followed the link to the provider and came back."""
    provider.claims = claims
    session = requests.Session()
    session.get(f"{_url(server)}/sign-in", timeout=300)
    return session


def _photo_of(server: AppServer, provider: IdentityProvider, claims: dict[str, Any], number: int) -> str:
    user = user_id({**claims, "iss": provider.url, "is_logged_in": True})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMOTION_WORKSPACE", str(server.workspace.root))
        catalog = Catalog(workspace_of(user))
    return catalog.add(photo_bytes("happy", number), label="happy", origin=Origin("photo.jpg")).photo_id


def _upgrade(session: requests.Session, server: AppServer) -> int:
    with session.get(
        f"{_url(server)}/_stcore/stream", headers={**UPGRADE, "Origin": _url(server)}, timeout=300, stream=True
    ) as answer:
        return answer.status_code


def _refusals(session: requests.Session, server: AppServer, photo: str) -> list[int]:
    paths = ("/", "/train", "/static/js/x.js", "/_stcore/host-config", f"/photos/{photo}/thumbnail")
    statuses = [session.get(_url(server) + path, timeout=300).status_code for path in paths]
    own = {"Origin": _url(server), "Content-Type": "application/json"}
    changed = session.post(f"{_url(server)}/photos/delete", f'{{"ids": ["{photo}"]}}', headers=own, timeout=300)
    return [*statuses, changed.status_code, _upgrade(session, server)]


NOTHING = [401] * 5 + [403] * 2


def test_a_visitor_gets_nothing_but_the_link(server: AppServer, provider: IdentityProvider) -> None:
    """Without signing in there is no page, file, photo, change or websocket, and no made-up cookie helps."""
    photo = _photo_of(server, provider, ALICE, 1)
    visitor = requests.Session()
    assert _refusals(visitor, server, photo) == NOTHING
    assert 'href="/sign-in"' in visitor.get(_url(server), timeout=300).text
    for value in ("x", "e30.aaaaaa.bbbb", "chunks-1000000000"):
        visitor.cookies.set(COOKIE, value)
        assert _refusals(visitor, server, photo) == NOTHING


def test_each_user_has_photos_of_their_own(server: AppServer, provider: IdentityProvider) -> None:
    """A signed-in user gets pages, a websocket and the own photos; another user's photo is unknown, also to delete."""
    photos = [_photo_of(server, provider, claims, number) for number, claims in enumerate((ALICE, BOB), 1)]
    users = [_signed_in(server, provider, claims) for claims in (ALICE, BOB)]
    own = {"Origin": _url(server), "Content-Type": "application/json"}
    for user, (mine, foreign) in zip(users, (photos, photos[::-1]), strict=True):
        assert user.get(f"{_url(server)}/train", timeout=300).status_code == 200
        assert _upgrade(user, server) == 101
        body = f'{{"ids": ["{foreign}"]}}'
        assert user.post(f"{_url(server)}/photos/delete", body, headers=own, timeout=300).status_code == 200
        statuses = [
            user.get(f"{_url(server)}/photos/{photo}/{kind}", timeout=300).status_code
            for photo in (mine, foreign)
            for kind in ("thumbnail", "large", "card")
        ]
        assert statuses == [200] * 3 + [404] * 3


def test_a_cookie_of_another_address_is_refused(server: AppServer, provider: IdentityProvider) -> None:
    """An identity that was confirmed for one address of the app does not count under another name of the machine."""
    user = _signed_in(server, provider, ALICE)
    cookie = {"Cookie": f"{COOKIE}={user.cookies[COOKIE]}"}
    assert requests.get(server.url, headers=cookie, timeout=300).status_code == 401
    assert requests.get(_url(server), headers=cookie, timeout=300).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "mallory", "email": "mallory@home.example", "email_verified": True},
        {"sub": "mallory", "email": "mallory@lab.example", "email_verified": False},
        {"sub": "mallory", "email": "mallory@lab.example"},
        {"sub": "mallory"},
    ],
)
def test_only_the_listed_users_may_sign_in(
    claims: dict[str, Any], server: AppServer, provider: IdentityProvider
) -> None:
    """Whoever the provider knows but the list does not, or without a confirmed address, gets nothing."""
    user = _signed_in(server, provider, claims)
    assert user.cookies.get(COOKIE)
    assert _refusals(user, server, "0") == NOTHING


def test_signing_out_ends_it(server: AppServer, provider: IdentityProvider) -> None:
    """After signing out the browser has no cookie, and gets nothing."""
    user = _signed_in(server, provider, BOB)
    user.get(f"{_url(server)}/auth/logout", timeout=300)
    assert COOKIE not in user.cookies
    assert _refusals(user, server, "0") == NOTHING


@pytest.mark.browser
def test_pages_show_the_workspace_of_the_user(
    server: AppServer, provider: IdentityProvider, walk: Callable[[AppServer], Walker]
) -> None:
    """In a browser, the link leads through the provider to the app with the user's own photos, and out again."""
    provider.claims = {"sub": "carol", "email": "carol@home.example", "email_verified": True}
    _photo_of(server, provider, provider.claims, 7)
    walker = walk(server)
    walker.page.goto(_url(server))
    walker.page.get_by_role("link", name="Sign in").click()
    sidebar = walker.page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text("1 happy, 0 sad photos")
    expect(sidebar).to_contain_text("Signed in: carol@home.example")
    sidebar.get_by_role("button", name="Sign out").click()
    expect(walker.page.get_by_role("link", name="Sign in")).to_be_visible()
