"""What is installed: lock files that hold the requirements, the list of licenses, and the audit's words."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from scripts import audit, licenses
from scripts.licenses import CHECKOUT, names_in

LOCKS = {
    "requirements.lock": ("requirements.txt",),
    "requirements-cluster.lock": ("requirements.txt", "requirements-cluster.txt"),
}
PYTHONS = ("3.11", "3.12", "3.13")
# Their Fortran and OpenMP run-time libraries are under the GPL with an exception for programs that use them.
GCC_RUNTIME = {"numpy", "opencv-python-headless", "scikit-learn", "scipy"}
LINUX = {"sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix", "platform_system": "Linux"}


class Pin(NamedTuple):
    """One package of a lock file: the requirement before its hashes, and how many hashes it has."""

    requirement: Requirement
    hashes: int


def environment(python: str) -> dict[str, str]:
    """Return what markers are asked about, for Linux on x86-64."""
    return {**LINUX, "python_version": python, "python_full_version": f"{python}.9", "implementation_name": "cpython"}


def pins(lock: str) -> Iterator[Pin]:
    """Yield the packages of a lock file."""
    text = re.sub(r"^\s*#.*\n", "", (CHECKOUT / lock).read_text(encoding="utf8"), flags=re.MULTILINE)
    for entry in text.replace("\\\n", " ").splitlines():
        requirement, *hashes = entry.split("--hash=sha256:")
        assert all(re.fullmatch(r"[0-9a-f]{64}\s*", digest) for digest in hashes), entry
        yield Pin(Requirement(requirement), len(hashes))


def wanted(files: tuple[str, ...]) -> list[Requirement]:
    """Return the requirements of some files."""
    lines = [line.partition("#")[0].strip() for name in files for line in (CHECKOUT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def name_of(requirement: Requirement) -> str:
    """Return a requirement's package, in the form in which names are compared."""
    return names_in(requirement.name)[0]


def applies(marker: Marker | None, python: str) -> bool:
    """Return whether a requirement with this marker counts."""
    return marker is None or marker.evaluate(environment(python))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(lock: str) -> None:
    """Pip refuses a file that is not listed, and nothing is left open."""
    locked = list(pins(lock))
    assert len(locked) > 50
    for pin in locked:
        assert pin.hashes, pin
        assert re.fullmatch(r"==[\w.+!]+", str(pin.requirement.specifier)), pin
        assert pin.requirement.url is None


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_satisfies_the_requirements(lock: str, python: str) -> None:
    """Each requirement is there once per version of Python, within its bounds; run scripts/lock after a change."""
    locked = [pin.requirement for pin in pins(lock) if applies(pin.requirement.marker, python)]
    versions = {name_of(pin): str(pin.specifier).removeprefix("==") for pin in locked}
    assert len(versions) == len(locked)
    for requirement in wanted(LOCKS[lock]):
        if applies(requirement.marker, python):
            assert requirement.specifier.contains(versions[name_of(requirement)]), requirement


def test_both_locks_agree() -> None:
    """A node of a cluster and the app on one machine compute with the same versions."""
    app, cluster = ({str(pin.requirement) for pin in pins(lock)} for lock in LOCKS)
    assert app <= cluster


def test_only_an_optional_package_is_under_the_gpl() -> None:
    """The wheels of pillow-heif contain x265: nothing else does, the image leaves it out, and the app works without."""
    assert "pip uninstall --yes pillow-heif" in (CHECKOUT / "cluster" / "Dockerfile").read_text()
    rows = re.findall(r"^\| ([a-z0-9-]+) \| .*\bGPL-\d.*$", licenses.PAGE.read_text(), re.MULTILINE)
    assert set(rows) - GCC_RUNTIME == {"pillow-heif"}


def test_the_list_of_licenses_names_every_locked_package() -> None:
    """Each has a row with its license and what needs it; run python -m scripts.licenses after a change."""
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+) \| (\w+) \|$", licenses.PAGE.read_text(), re.MULTILINE)
    rows = [row for row in rows if row[0] != "package"]
    assert {name: reason for name, _, reason in rows} == licenses.locked_packages()
    assert [name for name, license_text, _ in rows if not license_text.strip()] == []


def test_licenses_are_read_from_installed_packages() -> None:
    """An expression, a classifier and a field each give the license; x265 is found in the wheel that has it."""
    assert licenses.license_of("pydantic") == "MIT"
    assert licenses.license_of("pyarrow") == "Apache-2.0"
    assert licenses.license_of("psutil") == "BSD-3-Clause"
    assert "libx265: GPL-2.0-or-later" in licenses.copyleft_libraries(distribution("pillow-heif"))


SAFE = {"name": "a", "version": "1", "vulns": []}
HOLE = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


def answer(*packages: dict[str, object]) -> str:
    """Return what pip-audit prints of these packages."""
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("text", "messages", "words"),
    [
        (answer(SAFE, UNKNOWN), "", "no known vulnerability in 1 packages. 1 could not be looked up."),
        (answer(SAFE, HOLE), "", "1 known vulnerabilities.\nb 2: PYSEC-1, fixed in 3"),
        (answer(UNKNOWN, UNKNOWN), "No known vulnerabilities found", "NOT AUDITED"),
        ("", "Traceback\nConnectionError: name not resolved\n", "NOT AUDITED"),
        ("", "", "NOT AUDITED"),
        ('["x"]', "", "NOT AUDITED"),
    ],
)
def test_an_audit_that_did_not_take_place_is_none(text: str, messages: str, words: str) -> None:
    """Where the service does not answer, or knows no package, the audit does not say that all is well."""
    assert words in audit.report("requirements.lock", audit.read_answer(text, messages))


@pytest.mark.parametrize(("text", "status"), [(answer(SAFE), 0), (answer(HOLE), 1), (answer(UNKNOWN), 0), ("", 0)])
def test_only_a_vulnerability_fails(text: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that cannot be reached does not stop a build."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr(audit, "audit", lambda lock: audit.read_answer(text, "no connection"))
    assert audit.main(["requirements.lock"]) == status


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that installs it is printed."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert audit.main(["requirements.lock"]) == 2
    assert "pip install pip-audit" in capsys.readouterr().err


def test_paths_of_locks_exist() -> None:
    """What the audit reads is there."""
    assert [name for name in audit.LOCKS if not Path(CHECKOUT / name).exists()] == []
