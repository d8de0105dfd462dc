"""Activations in the browser: descent plays by itself, the keyboard moves the step, images have alt texts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.app_server import AppServer
from tests.browser.walker import Walker

pytestmark = pytest.mark.browser

Walk = Callable[[AppServer], Walker]


@pytest.fixture
def walker(fresh_server: AppServer, walk: Walk) -> Walker:
    """Return a walker on Activations, opened by its address in an empty workspace."""
    walker = walk(fresh_server)
    walker.open("activations")
    walker.arrive("Activations")
    return walker


def test_gradient_descent_plays_to_its_end_and_obeys_the_keyboard(walker: Walker) -> None:
    """Play takes the last steps alone and then offers to play again; arrow keys go back."""
    walker.page.get_by_role("radio", name="Gradient descent").click()
    walker.see(re.compile("^Step 0: "))
    thumb = walker.page.get_by_role("slider", name="Step")
    thumb.focus()
    thumb.press("End")
    walker.see(re.compile("^Step 60: "))
    for _ in range(3):
        thumb.press("ArrowLeft")
    walker.see(re.compile("^Step 57: "))
    walker.press("Play")
    walker.see(re.compile("^Step 60: "))
    expect(walker.page.get_by_role("button", name="Play")).to_be_visible()
    walker.settle()


def test_every_picture_of_a_convolution_has_words(walker: Walker) -> None:
    """Every image has a text for screen readers; the numbers are a table."""
    walker.page.get_by_role("radio", name="Convolution").click()
    walker.see("Input under the kernel")
    pictures = walker.page.get_by_test_id("stImage").locator("img")
    expect(pictures.nth(3)).to_be_visible()
    assert all(picture.get_attribute("alt") for picture in pictures.all())
    expect(walker.page.get_by_role("table")).to_have_count(3)
