"""Ask whether known vulnerabilities concern the locked packages: ``python -m scripts.audit [LOCK_FILE ...]``.

pip-audit asks the advisory service of the package index; install it with ``pip install pip-audit``. Its own answer is
"no known vulnerabilities" also where the service knows none of the packages, as behind a mirror: here, packages that
were not looked up are counted, and an audit that did not take place says so. Exit status: 0 where nothing was found or
nothing could be looked up, 1 for a vulnerability, 2 where pip-audit is missing.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-cluster.lock")
TIMEOUT_SECONDS = 600


class Audit(NamedTuple):
    """What the service answered about one lock file.

    Attributes:
        audited: how many packages it knows.
        skipped: how many it did not know or was not asked about.
        vulnerable: one line per vulnerability.
        problem: why nothing could be looked up, or empty.
    """

    audited: int
    skipped: int
    vulnerable: tuple[str, ...]
    problem: str


def read_answer(answer: str, messages: str) -> Audit:
    """Return what pip-audit found.

    Args:
        answer: its JSON; anything else means that it ended early.
        messages: what it wrote to stderr.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (messages.strip().splitlines() or ["pip-audit gave no answer."])[-1]
        return Audit(0, 0, (), last)
    audited = [package for package in packages if "skip_reason" not in package]
    lines = tuple(
        f"{package['name']} {package['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'none'}"
        for package in audited
        for found in package["vulns"]
    )
    problem = "" if audited else "The service knows none of the packages; a mirror of the index may have no advisories."
    return Audit(len(audited), len(packages) - len(audited), lines, problem)


def report(name: str, audit: Audit) -> str:
    """Return the result of an audit in words.

    Args:
        name: of the lock file.
        audit: of its packages.
    """
    if audit.problem:
        return f"{name}: NOT AUDITED. The advisory service could not be asked. {audit.problem}"
    skipped = f" {audit.skipped} could not be looked up." if audit.skipped else ""
    if not audit.vulnerable:
        return f"{name}: no known vulnerability in {audit.audited} packages.{skipped}"
    return "\n".join([f"{name}: {len(audit.vulnerable)} known vulnerabilities.{skipped}", *audit.vulnerable])


def audit(lock: Path) -> Audit:
    """Ask about the packages of a lock file."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    try:
        ended = subprocess.run(
            [*command, "--requirement", str(lock)],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Audit(0, 0, (), f"It did not answer within {TIMEOUT_SECONDS} seconds.")
    return read_answer(ended.stdout, ended.stderr)


def main(names: Sequence[str]) -> int:
    """Print the audit of each lock file, and return the exit status."""
    if importlib.util.find_spec("pip_audit") is None:
        print("pip-audit is missing. Run: pip install pip-audit", file=sys.stderr)
        return 2
    audits = {name: audit(CHECKOUT / name) for name in names}
    print("\n".join(report(name, found) for name, found in audits.items()))
    return int(any(found.vulnerable for found in audits.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or LOCKS))
