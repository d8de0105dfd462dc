"""A finding: one thing that is true of a run, with its evidence and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from emotion_core.jobs import Record

FindingCode = Literal[
    "not_trained",
    "nan",
    "leaking_split",
    "dead_output",
    "born_dead",
    "constant_output",
    "outside_range",
    "stuck",
    "batch_norm_lag",
    "threshold_off",
    "diverging",
    "learning_rate_too_high",
    "overfitting",
    "undertrained",
    "exploding_gradient",
    "vanishing_gradient",
    "dead_units",
    "saturated_units",
    "shortcut_suspected",
    "ok",
    "small_test_set",
]
Severity = Literal["error", "warning", "info"]

# From the most serious to the least: findings are listed in this order.
CODES: tuple[FindingCode, ...] = get_args(FindingCode)
SEVERITIES: dict[FindingCode, Severity] = {
    **dict.fromkeys(CODES, "warning"),
    **dict.fromkeys(CODES[: CODES.index("outside_range")], "error"),
    "undertrained": "info",
    "ok": "info",
    "small_test_set": "info",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is true of a run; all texts are for a user.

    Attributes:
        code: names the check that found it.
        epoch: after which epoch it was true, 0 for before the first step.
        sentence: what is the case.
        evidence: the numbers behind it.
        advice: what to do.
        layer: the layer that it is about, or None.
    """

    code: FindingCode
    epoch: int
    sentence: str
    evidence: str
    advice: str
    layer: str | None = None

    @property
    def severity(self) -> Severity:
        """Whether the network is useless (error), worse than it could be (warning), or neither (info)."""
        return SEVERITIES.get(self.code, "warning")

    def record(self) -> Record:
        """Return it as a record of the run, which warns of it."""
        return {"event": "warning", **asdict(self)}

    @classmethod
    def from_record(cls, record: Record) -> "Finding":
        """Return the warning in a record; texts that an earlier version did not write are empty."""
        texts = {name: str(record.get(name, "")) for name in ("code", "sentence", "evidence", "advice")}
        epoch = record.get("epoch")
        values: dict[str, Any] = {**texts, "epoch": epoch if isinstance(epoch, int) else 0}
        return cls(**values, layer=record.get("layer"))
