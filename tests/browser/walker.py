"""A walker: drives the app in a real browser and fails at every trace of a defect."""

import re
from typing import Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, ViewportSize, expect

PATIENCE_MS = 180_000
STUDY_PATIENCE_MS = 300_000
WINDOW: ViewportSize = {"width": 1280, "height": 1000}
PAGE_NAMES = (
    "Home",
    "Collect",
    "Review",
    "Configure",
    "Train",
    "Compare",
    "Predict",
    "Activations",
    "The source study",
    "Lesson",
)
HOME_HEADING = "What does a network see in a face?"
HEADINGS = {name: name for name in PAGE_NAMES} | {"Home": HOME_HEADING}


class Walker:
    """One browser tab on the app.

    Args:
        page: a fresh tab.
        url: the app's address, without a slash at its end.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self._blocked: list[str] = []
        page.on("console", self._note_blocked)
        page.on("request", self._note_foreign)

    def _note_blocked(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self._blocked.append(message.text)

    def _note_foreign(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self._blocked.append(request.url)

    def open(self, path: str) -> None:
        """Type an address: a new session."""
        self.page.goto(f"{self.url}/{path}")

    def click_link(self, name: str) -> None:
        """Go to a page by its link in the sidebar."""
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        self.arrive(name)

    def arrive(self, name: str, *, patience_ms: int = PATIENCE_MS) -> None:
        """Wait until the page of that name is drawn, and check that nothing on it is broken."""
        heading = self.page.get_by_role("heading", level=1, name=HEADINGS[name], exact=True)
        expect(heading).to_be_visible(timeout=patience_ms)
        self.settle()

    def settle(self) -> None:
        """Wait until the page is at rest, and check that nothing on it is broken.

        Just after a click the page may not have begun to move: wait for what the click brings where it matters.
        """
        expect(self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
        self.check()

    def check(self) -> None:
        """Fail where the page shows an exception or a traceback, or wants what its security policy forbids."""
        assert self._blocked == []
        broken = self.page.get_by_test_id("stException")
        assert broken.count() == 0, broken.first.inner_text()
        assert "Traceback" not in self.page.locator("body").inner_text()

    def see(self, text: str | re.Pattern[str], *, patience_ms: int = PATIENCE_MS) -> Locator:
        """Wait until the text can be seen in the page's main part, and return where."""
        # A table holds its cells a second time, hidden, for those who cannot see it.
        found = self.page.get_by_test_id("stMain").get_by_text(text).filter(visible=True).first
        expect(found).to_be_visible(timeout=patience_ms)
        self.check()
        return found

    def press(self, name: str) -> None:
        """Press the button of that name."""
        self.page.get_by_role("button", name=name).first.click()

    def upload(self, number: int, *files: tuple[str, bytes]) -> None:
        """Choose files in the page's upload field of that number."""
        chosen: list[Any] = [{"name": name, "mimeType": "image/jpeg", "buffer": data} for name, data in files]
        self.page.locator("input[type=file]").nth(number).set_input_files(chosen)
