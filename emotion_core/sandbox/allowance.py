"""How much processor time and memory the reading of one file may take."""

from dataclasses import dataclass

SECONDS = 5.0
MEMORY_BYTES = 500_000_000
# Archives and tables that take longer are large: unpacking and reading go at 10 MB a second on a slow machine.
_BYTES_PER_SECOND = 10_000_000
# A process that computes nothing waits for something that never comes. Machines may be busy, so that seconds of
# processor time take many more on the clock.
_STALLED_AFTER = 12


@dataclass(frozen=True)
class Allowance:
    """What the reading of one file may take.

    Attributes:
        seconds: processor time.
        memory_bytes: memory of the process that reads it, with its program.
    """

    seconds: float = SECONDS
    memory_bytes: int = MEMORY_BYTES

    @property
    def clock_seconds(self) -> float:
        """Time on the clock after which a reader that is still at work is ended."""
        return self.seconds * _STALLED_AFTER

    @property
    def too_slow(self) -> str:
        """Sentence about a file that takes longer."""
        return f"The file takes too long to read. Expected at most {self.seconds:g} seconds of processor time."

    @property
    def stalled(self) -> str:
        """Sentence about a file whose reader does not come to an end."""
        return f"The file takes too long to read. Expected at most {self.clock_seconds:g} seconds."

    @property
    def too_large(self) -> str:
        """Sentence about a file that needs more memory."""
        return f"The file needs too much memory to read. Expected at most {self.memory_bytes // 1_000_000:,} MB."


def allowance_for(size_bytes: int) -> Allowance:
    """Return the allowance for archives and tables of a size, whose reading takes time in proportion to it.

    >>> allowance_for(408).seconds, allowance_for(200_000_000).seconds
    (5.0, 25.0)
    """
    return Allowance(SECONDS + size_bytes // _BYTES_PER_SECOND)
