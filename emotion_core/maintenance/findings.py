"""What a check of a workspace finds, and what a repair does about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emotion_core.settings import Workspace


@dataclass(frozen=True)
class Problem:
    """Something in a workspace that is not as it was written, or that nothing needs any more.

    Attributes:
        path: file or folder, relative to the workspace, with slashes.
        kind: what it belongs to, for instance ``photo``, ``catalog`` or ``leftover``.
        what: a sentence: what is wrong and what helps, or what the repair did.
    """

    path: str
    kind: str
    what: str


@dataclass(frozen=True)
class CheckFinding:
    """A problem with the way to repair it.

    Attributes:
        problem: what is wrong.
        repair: mends it and returns a sentence that says how; None where nothing can.
    """

    problem: Problem
    repair: Callable[[], str] | None = None


Findings = Iterator[CheckFinding]


@dataclass
class WorkspaceReport:
    """The result of a check.

    Attributes:
        problems: what is wrong and was not repaired.
        repaired: what was repaired; ``what`` says how.
        checked: how many things of each kind were looked at.
    """

    problems: list[Problem] = field(default_factory=list)
    repaired: list[Problem] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the report in the form of the command line and of job records."""
        return {
            "problems": [vars(problem) for problem in self.problems],
            "repaired": [vars(problem) for problem in self.repaired],
            "checked": self.checked,
        }


def finding(
    workspace: Workspace, path: Path, kind: str, what: str, repair: Callable[[], str] | None = None
) -> CheckFinding:
    """Return a finding about a file or folder of a workspace.

    Args:
        workspace: that the path is in.
        path: absolute path.
        kind: what it belongs to.
        what: what is wrong and what helps, as a sentence.
        repair: mends it and returns a sentence that says how; None where nothing can.
    """
    return CheckFinding(Problem(path.relative_to(workspace.root).as_posix(), kind, what), repair)
