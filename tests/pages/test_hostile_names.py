"""Names from elsewhere are shown on every page, and interpreted on none."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from emotion_core.collect.samples import photo_bytes
from emotion_core.formatting import csv_text
from emotion_core.training import RunConfig, Study
from pages.components.common.markdown import escape_markdown
from pages.components.common.run_charts import VIEW_KEY, VIEWS
from pages.components.predict import table
from pages.components.predict.batches import PredictionRow
from pages.components.predict.inputs import Upload

pytestmark = pytest.mark.slow

Visit = Callable[..., AppTest]
NAME = "![x](evil.example) :red[b] **c** $d$ :smile: :material/home: `e` <i>\u202e\x1b"
# Fields of Streamlit's messages that the browser draws as Markdown.
MARKDOWN_FIELDS = ("label", "help", "body", "text", "content", "caption")
PLAIN_KINDS = {"text", "code", "html", "imgs", "iframe"}


def markdown_of(at: AppTest) -> Iterator[str]:
    """Yield every text of a page that the browser draws as Markdown."""
    for element in (*at.main, *at.sidebar):
        if getattr(element, "type", "") in PLAIN_KINDS:
            continue
        proto: Any = getattr(element, "proto", None)
        parts = [proto, *(getattr(proto, kind, None) for kind in ("expandable", "popover", "tab", "dialog"))]
        parts += list(getattr(proto, "options", []))
        for part in parts:
            texts = [getattr(part, field, None) for field in MARKDOWN_FIELDS] if part is not None else []
            yield from (text for text in texts if isinstance(text, str))


def assert_is_text(at: AppTest) -> None:
    """Check that the name stands in no Markdown of the page other than escaped."""
    assert not at.exception
    assert [text for text in markdown_of(at) if "evil.example" in text or "\u202e" in text] == []


@pytest.fixture
def named(study: Study, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Return a study whose networks and title are named with markup."""
    monkeypatch.setattr(RunConfig, "network_label", property(lambda config: f"{NAME} {config.hidden_activation}"))
    monkeypatch.setattr(RunConfig, "leaks", property(lambda config: True))
    monkeypatch.setattr(Study, "title", property(lambda study: NAME))
    return study


def test_the_test_sees_what_is_not_escaped() -> None:
    """A label, a help text, a body, an option, a tab and an expander with the name are found."""

    def page(name: str) -> None:
        import streamlit as st

        st.markdown(name)
        st.button(name, help=name)
        st.expander(name)
        st.tabs([name])
        st.progress(0.5, name)
        st.pills("Pills", [name])
        st.toast(name)
        st.metric(name, 1)

    at = AppTest.from_function(page, kwargs={"name": "evil.example"}, default_timeout=60).run()
    assert len([text for text in markdown_of(at) if "evil.example" in text]) >= 8


def test_train_shows_names_as_text(named: Study, visit: Visit) -> None:
    """Cards and every view of Train name the networks."""
    at = visit("study/train")
    for view in list(VIEWS):
        at.segmented_control(key=VIEW_KEY).set_value(view).run()
        assert_is_text(at)
        assert any(escape_markdown(NAME) in text for text in markdown_of(at))


@pytest.mark.parametrize("page", ["study/compare", "study/configure", "use/predict"])
def test_other_pages_show_names_as_text(page: str, named: Study, visit: Visit) -> None:
    """Comparison, settings of a run, and prediction."""
    assert_is_text(visit(page, run=named.run_ids[0]))


def test_folders_of_an_import_are_shown_as_text(visit: Visit) -> None:
    """The classes of a data set are labels of fields."""
    out = io.BytesIO()
    name = NAME.replace("/", " ").replace("\x1b", "")
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"{name}/a.jpg", photo_bytes("happy", 1))
        archive.writestr("happy/b.jpg", photo_bytes("happy", 2))
    at = visit("data/collect")
    at.file_uploader(key="uploads").upload("photos.zip", out.getvalue())
    at.run()
    assert_is_text(at)
    assert any(escape_markdown(name) in text for text in markdown_of(at))


def test_predictions_are_downloaded_without_formulas() -> None:
    """A file's name and an error are texts in a spreadsheet, and numbers stay numbers."""

    class Nobody:
        classifiers: tuple[object, ...] = ()
        names: tuple[str, ...] = ()

    row = PredictionRow(Upload("k", "=1+1.jpg"), 0, "=1+1.jpg", error="-2+3;=4")
    record = table._record(row, Nobody())
    [title, cells] = csv.reader(io.StringIO(csv_text(list(record), [list(record.values())])))
    assert dict(zip(title, cells, strict=True))["name"] == "'=1+1.jpg"
    assert cells[-1] == "'-2+3;'=4"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\n=1", "a;=1", "a\n@b", "a; \t+1", "＝1"])
def test_no_text_of_a_table_is_a_formula(text: str) -> None:
    """Whatever separates the cells, none begins as a formula does; titles are guarded as values are."""
    [title, [cell]] = csv.reader(io.StringIO(csv_text([text], [[text]]), newline=""))
    assert title == [cell]
    assert cell.replace("'", "") == text
    for part in cell.replace("\t", ";").replace("\n", ";").replace("\r", ";").split(";"):
        assert not part.strip().startswith(("=", "+", "-", "@", "＝"))


def test_numbers_of_a_table_stay_numbers() -> None:
    """Only texts get a quote."""
    assert csv_text(["a"], [[-0.5], [3], [None], ["plain; text"], ["−.05"]]) == 'a\n-0.5\n3\n""\nplain; text\n−.05\n'


def test_tables_are_shown_as_they_are_saved() -> None:
    """Names are Markdown in a short table and guarded in a long one, which Streamlit's toolbar saves as it is shown."""

    def page() -> None:
        from pages.components.common.tables import MAX_READ_ROWS, show_table

        rows = [{"network": "=1+1", "AUC": -0.5, "p": 0.0002}]
        show_table(rows)
        show_table(rows * (MAX_READ_ROWS + 1))

    shown = AppTest.from_function(page, default_timeout=60).run()
    assert shown.table[0].value.to_dict("records") == [{"network": r"=1\+1", "AUC": r"−\.50", "p": r"\<\.001"}]
    assert shown.dataframe[0].value.to_dict("records")[0] == {"network": "'=1+1", "AUC": "−.50", "p": "<.001"}
