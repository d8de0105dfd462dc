"""Power failures: ``python -m benchmarks.power_loss [--repeats 50] [--kinds import,marks,...] [--project DIR]``.

A workspace lies on an ext4 image that is mounted through a loop device. At the instant at which an acknowledgement is
read (the progress of an import, the answer to marks or to a deletion, a new study, a finished run), the image is copied
as the block device has it, without the writes that the operating system still holds in memory. The copy is mounted,
which replays its journal as after a power failure, and everything that was acknowledged is looked for in it.

Needs root, because it mounts. ``--project`` measures another checkout of this project, for instance an older one.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.acknowledged import Trial, try_deletion, try_import, try_marks, try_runs, try_study
from benchmarks.failing_disk import Disk, end_processes

KINDS = ("import", "marks", "deletion", "study", "run")


@dataclass
class Tally:
    """What became of acknowledged things.

    Attributes:
        acknowledged: number of photos, marks, deletions, runs.
        lost: those that were not there, or not whole, after the power failure.
        failures: power failures.
        bad_failures: those with a loss.
        examples: sentences about the first losses.
    """

    acknowledged: int = 0
    lost: int = 0
    failures: int = 0
    bad_failures: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, acknowledged: int, losses: list[str]) -> None:
        """Count one power failure.

        Args:
            acknowledged: number of things that were acknowledged before it.
            losses: a sentence for each that was lost.
        """
        self.acknowledged += acknowledged
        self.lost += len(losses)
        self.failures += 1
        self.bad_failures += bool(losses)
        self.examples = [*self.examples, *losses][:3]


def measure(kind: str, trial: Trial, repeats: int) -> Tally:
    """Let the power fail again and again.

    Args:
        kind: one of ``KINDS``.
        trial: its tools.
        repeats: number of power failures.
    """
    tally = Tally()
    if kind == "run":
        for acknowledged, losses in try_runs(trial, repeats):
            tally.add(acknowledged, losses)
        return tally
    attempt = {"import": try_import, "marks": try_marks, "deletion": try_deletion, "study": try_study}[kind]
    for _ in range(repeats):
        tally.add(*attempt(trial))
        for folder in trial.disk.root.glob("ws-*"):
            shutil.rmtree(folder, ignore_errors=True)
    return tally


def main() -> int:
    """Print what was lost, and return 1 if anything was, 2 without the rights to mount."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--repeats", type=int, default=50, help="power failures of each kind")
    arguments.add_argument("--kinds", default=",".join(KINDS), help="what is acknowledged before them")
    arguments.add_argument("--seed", type=int, default=0, help="of the moments")
    arguments.add_argument("--project", type=Path, help="another checkout to measure")
    options = arguments.parse_args()
    if options.project is not None:
        rest = ["--repeats", str(options.repeats), "--kinds", options.kinds, "--seed", str(options.seed)]
        # The other checkout's program, with this one's trials.
        folders = (options.project.absolute(), Path(__file__).resolve().parents[1])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
        return subprocess.run([sys.executable, __file__, *rest], env=environment, cwd=options.project).returncode
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        print("This benchmark mounts a file system. Run it as root on Linux.", file=sys.stderr)
        return 2
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        try:
            disk = Disk(Path(folder))
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"No ext4 image can be mounted here: {error}", file=sys.stderr)
            return 2
        try:
            for kind in options.kinds.split(","):
                began = time.monotonic()
                tally = measure(kind, Trial(disk, scratch, random.Random(options.seed)), options.repeats)
                lost += tally.lost
                print(
                    f"{kind}: {tally.lost} of {tally.acknowledged} lost, in {tally.bad_failures} of {tally.failures} "
                    f"power failures; {time.monotonic() - began:.0f} s",
                    *tally.examples,
                    sep="\n  ",
                    flush=True,
                )
        finally:
            end_processes(disk.root)
            disk.close()
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
