"""The main walk: guided study, comparison, and a prediction for a photo that no network has seen."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Locator, expect

from emotion_core.collect.samples import PAGES, PHOTOS_PER_PAGE, photo_bytes
from tests.browser.app_server import AppServer
from tests.browser.walker import HOME_HEADING, STUDY_PATIENCE_MS, WINDOW, Walker

pytestmark = pytest.mark.browser

MAX_SERVER_MB = 450  # of which OpenCV, which looks for faces, takes 40
# Beyond the end of the gallery, so that no network has seen this photo.
NEW_PHOTO = ("newcomer.jpg", photo_bytes("sad", PAGES * PHOTOS_PER_PAGE + 260))
ANSWER = re.compile(r"^(looks (happy|sad)|neither clearly|not sure)$")

Walk = Callable[[AppServer], Walker]


@dataclass(frozen=True)
class Walked:
    """What the browser showed from the button on Home to the comparison.

    Attributes:
        metrics_before: the three figures on Home, before the study.
        scraped: progress text of the scrape.
        trained: progress text of the first network.
        address: of the page that opened by itself.
        server: the server of the walk.
    """

    metrics_before: list[str]
    scraped: str
    trained: str
    address: str
    server: AppServer


@pytest.fixture(scope="module")
def walked(browser: Browser, server: AppServer) -> Iterator[Walked]:
    """Run the guided study once, from Home, and keep what was shown on the way."""
    context = browser.new_context(viewport=WINDOW)
    walker = Walker(context.new_page(), server.url)
    walker.open("")
    walker.arrive("Home")
    metrics = _metrics(walker)
    walker.press("Run the guided study")
    scraped = walker.see(re.compile(r"\d+ of 480 photos · \d+ added")).inner_text()
    trained = walker.see(re.compile(r"epoch \d+ of 45"), patience_ms=STUDY_PATIENCE_MS).inner_text()
    walker.arrive("Compare", patience_ms=STUDY_PATIENCE_MS)
    yield Walked(metrics, scraped, trained, walker.page.url, server)
    context.close()


def _metrics(walker: Walker) -> list[str]:
    figures = walker.page.get_by_test_id("stMetricValue")
    expect(figures).to_have_count(3)
    return figures.all_inner_texts()


def _compare(walked: Walked, walk: Walk) -> Walker:
    walker = walk(walked.server)
    walker.page.goto(walked.address)
    walker.arrive("Compare")
    expect(walker.page.locator(".js-plotly-plot").first).to_be_visible()
    return walker


def _answers(walker: Walker) -> Locator:
    """Return the headlines of the predictions; the starter's card has the same words in a table."""
    return walker.page.get_by_test_id("stHtml").get_by_text(ANSWER)


def _predict(walked: Walked, walk: Walk) -> Walker:
    walker = _compare(walked, walk)
    walker.click_link("Predict")
    walker.arrive("Predict")
    walker.upload(0, NEW_PHOTO)
    expect(_answers(walker).first).to_be_visible()
    return walker


def test_home_starts_empty_and_shows_the_progress_of_the_study(walked: Walked) -> None:
    """Home starts without photos, and counts the scraped ones, then the epochs of each network."""
    assert walked.metrics_before == ["0", "0", "none yet"]
    assert "480 photos" in walked.scraped
    assert "of 45" in walked.trained


def test_the_comparison_opens_by_itself_with_its_study_in_the_address(walked: Walked) -> None:
    """When the networks are trained, Compare opens, with an address that can be bookmarked."""
    assert re.search(r"/compare\?study=[0-9a-z-]+$", walked.address)


def test_the_comparison_shows_three_roc_curves_and_a_champion(walked: Walked, walk: Walk) -> None:
    """One chart holds the three curves with their AUCs and the strongest shortcut; a champion is named."""
    walker = _compare(walked, walk)
    legend = walker.page.locator(".js-plotly-plot").filter(has_text="guessing").locator(".legendtext")
    curves = legend.filter(has_text="AUC").filter(has_not_text="guessing")
    expect(curves.filter(has_not_text="alone")).to_have_count(3)
    expect(curves.filter(has_text="alone")).to_have_count(1)
    texts = " ".join(legend.all_text_contents())
    assert all(name in texts for name in ("relu", "tanh", "sigmoid"))
    trophy = walker.page.get_by_test_id("stAlert").filter(has_text="validation AUC").first
    assert re.search(r"champion.*(relu|tanh|sigmoid)|(relu|tanh|sigmoid).*champion", trophy.inner_text(), re.S | re.I)


def test_home_afterwards_counts_the_study_and_leads_back_to_it(walked: Walked, walk: Walk) -> None:
    """A later visit to Home finds photos, study, champion and a link to the comparison."""
    walker = walk(walked.server)
    walker.open("")
    walker.arrive("Home")
    photos, studies, champion = _metrics(walker)
    assert int(photos) > 400
    assert studies == "1"
    assert champion in ("relu", "tanh", "sigmoid")
    walker.press("Open the comparison")
    walker.arrive("Compare")


def test_a_new_photo_gets_a_prediction_with_probability_and_threshold(walked: Walked, walk: Walk) -> None:
    """From the comparison through the sidebar to Predict: the starter classifies a photo, the champion beside it."""
    walker = _predict(walked, walk)
    walker.see(re.compile(r"^P\(sad\) = [01]\.\d{3}, P\(neither\) = [01]\.\d{3}$"))
    walker.see(re.compile(r'^"Sad" if P\(sad\) ≥ \d\.\d{3}'))
    expect(_answers(walker)).to_have_count(2)
    walker.see(re.compile("learned from drawn faces"))
    walker.see(NEW_PHOTO[0])


def test_all_networks_of_the_study_predict_side_by_side(walked: Walked, walk: Walk) -> None:
    """The three networks give three predictions for the same photo, beside the starter's."""
    walker = _predict(walked, walk)
    walker.page.get_by_text("Compare all networks of this study").click()
    expect(_answers(walker)).to_have_count(4)
    walker.settle()
    for name in ("relu", "tanh", "sigmoid"):
        walker.see(re.compile(rf"^{name} · depth 3"))


def test_every_page_is_whole_after_the_study(walked: Walked, walk: Walk) -> None:
    """Each page, opened by its link, shows its heading and no error."""
    walker = walk(walked.server)
    walker.open("")
    walker.arrive("Home")
    for name in ("Collect", "Review", "Configure", "Train", "Compare", "Predict", "Home"):
        walker.click_link(name)
        walker.arrive(name)
    assert walker.page.get_by_role("heading", level=1).inner_text().startswith(HOME_HEADING)


def _see_drawn(image: Locator) -> None:
    """Wait until a picture is loaded; one that was refused has no width."""
    expect(image).to_have_js_property("complete", True)
    expect(image).not_to_have_js_property("naturalWidth", 0)


def test_nothing_the_app_shows_is_forbidden_by_its_own_policy(walked: Walked, walk: Walk) -> None:
    """Thumbnails, charts, the download of a chart and an uploaded photo work; a foreign picture is refused."""
    walker = _compare(walked, walk)
    refused: list[str] = []
    walker.page.on("console", lambda entry: refused.append(entry.text) if "Security Policy" in entry.text else None)
    chart = walker.page.locator(".js-plotly-plot").first
    chart.hover()
    with walker.page.expect_download() as download:
        chart.locator("[data-title*=ownload]").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    for name in ("Home", "Collect", "Review"):
        walker.click_link(name)
    thumbnail = walker.page.get_by_role("option").first.get_by_role("img")
    _see_drawn(thumbnail)
    walker.click_link("Predict")
    walker.upload(0, NEW_PHOTO)
    expect(_answers(walker).first).to_be_visible()
    uploaded = walker.page.get_by_test_id("stHtml").locator("img")
    expect(uploaded.first).to_be_visible()
    for image in uploaded.all():
        _see_drawn(image)
    assert refused == []
    walker.page.evaluate("new Image().src = 'http://192.0.2.1/x.png'")
    walker.page.wait_for_timeout(500)
    assert "192.0.2.1" in "".join(refused)


def test_the_web_server_stays_small_and_without_tensorflow(walked: Walked, walk: Walk) -> None:
    """After a study and predictions the server uses less than 450 MB and has not loaded TensorFlow."""
    _predict(walked, walk)
    assert walked.server.process is not None
    process = psutil.Process(walked.server.process.pid)
    assert process.memory_info().rss / 1e6 < MAX_SERVER_MB
    assert "Traceback" not in walked.server.log()
    if sys.platform == "linux":
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        assert "litert" in loaded
        assert "tensorflow" not in loaded
