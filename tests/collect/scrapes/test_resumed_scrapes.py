"""Scrapes of a misbehaving site that are killed and resumed."""

from pathlib import Path

import pytest

from benchmarks.faulty_site import FaultySite
from benchmarks.scrape_faults import measure
from emotion_core.settings import Workspace

pytestmark = pytest.mark.slow


def test_a_scrape_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    """Every good picture is stored once, every bad one is named, and no stored picture is fetched again."""
    with FaultySite(pages=3, pictures=20, seed=1, latency=0.1) as site:
        report = measure(site, Workspace(tmp_path), kills=3, seed=1, longest=2.5)

        assert report.kills == 3
        assert report.holds, report
        assert report.result["added"] == len(site.good)
        assert report.result["duplicates"] == len(site.copies)
