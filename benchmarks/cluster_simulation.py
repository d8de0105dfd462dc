"""Simulated duration of a study on a cluster: ``python -m benchmarks.cluster_simulation [--costs FILE]``.

Nothing is trained. A run consists of epochs; their duration and a run's overhead come from measurements: the file that
``python -m benchmarks.scheduling --json FILE`` writes, or the options. Each node trains one run at a time. Nodes fail
at random; when the failure is noticed, the run continues on another node after its last complete epoch, and the failed
node returns later. Prints the medians of several repeats.
"""

import argparse
import random
import statistics
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simpy

from emotion_core.files import read_json

NODES, RUNS = (1, 4, 10, 30, 100), (12, 200, 1000)
HOUR = 3600.0


@dataclass(frozen=True)
class World:
    """Properties of runs and nodes; all times in seconds unless stated otherwise.

    Attributes:
        epochs: number of epochs of a run.
        epoch: median time of one epoch.
        spread: standard deviation of the logarithm of the epoch time among runs.
        before: time from a free slot to the first training step of the run that takes it.
        after: time from a run's last epoch to its slot being free.
        hours_between_losses: mean time between failures of one node, in hours.
        noticed: time until a failed node is given up.
        away: time until a failed node returns.
    """

    epochs: int
    epoch: float
    spread: float
    before: float
    after: float
    hours_between_losses: float
    noticed: float
    away: float


def main() -> None:
    """Simulate all sizes and print a table for the README."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--costs", type=Path, help="what benchmarks.scheduling wrote")
    options.add_argument("--before", type=float, default=2.9, help="seconds from a free place to the first step")
    options.add_argument("--after", type=float, default=0.5, help="seconds from the last epoch to a free place")
    options.add_argument("--epochs", type=int, default=45)
    options.add_argument("--epoch", type=float, default=1.3, help="seconds of an epoch")
    options.add_argument("--spread", type=float, default=0.1)
    options.add_argument("--hours-between-losses", type=float, default=24.0)
    options.add_argument("--noticed", type=float, default=30.0)
    options.add_argument("--away", type=float, default=300.0)
    options.add_argument("--repeats", type=int, default=5)
    asked = vars(options.parse_args())
    repeats = asked.pop("repeats")
    if costs := read_json(asked.pop("costs") or Path()):
        asked.update(before=costs["ray"]["before"], after=costs["ray"]["after"])
    world = World(**asked)
    print(f"Simulation. {world}\n")
    print("| nodes | " + " | ".join(f"{runs:,} runs" for runs in RUNS) + " | nodes lost | time of one node / nodes |")
    print("|---" * (len(RUNS) + 3) + "|")
    alone = _median_of(world, 1, RUNS[-1], repeats)[0]
    for nodes in NODES:
        medians = [_median_of(world, nodes, runs, repeats) for runs in RUNS]
        times = " | ".join(_in_words(seconds) for seconds, _ in medians)
        last, losses = medians[-1]
        print(f"| {nodes} | {times} | {losses:.0f} | {alone / nodes / last:.0%} |")


def _in_words(seconds: float) -> str:
    """Return a duration as text for the table."""
    return f"{seconds / HOUR:.1f} h" if seconds >= HOUR else f"{seconds / 60:.0f} min"


def _median_of(world: World, nodes: int, runs: int, repeats: int) -> tuple[float, float]:
    """Return the medians of the seconds until the last run has ended, and of the node failures until then."""
    results = [Cluster(world, nodes, runs, seed).play() for seed in range(repeats)]
    seconds, losses = zip(*results, strict=True)
    return statistics.median(seconds), statistics.median(losses)


class Cluster:
    """A cluster of nodes that train the runs of a queue.

    Args:
        world: properties of runs and nodes.
        nodes: number of nodes.
        runs: number of runs.
        seed: seed of all random events.
    """

    def __init__(self, world: World, nodes: int, runs: int, seed: int) -> None:
        self._world, self._random = world, random.Random(seed)
        self._clock = simpy.Environment()
        self._left, self._losses, self._all_done = runs, 0, self._clock.event()
        self._queue: Any = simpy.Store(self._clock)
        for _ in range(runs):
            # An entry is the number of epochs left to train.
            self._queue.put(world.epochs)
        for _ in range(nodes):
            node = self._clock.process(self._node())
            self._clock.process(self._misfortune(node))

    def play(self) -> tuple[float, int]:
        """Return the seconds until the last run has ended, and the node failures until then."""
        self._clock.run(self._all_done)
        return float(self._clock.now), self._losses

    def _node(self) -> Generator[Any, Any, None]:
        """Train one run after the other."""
        while True:
            request = self._queue.get()
            try:
                epochs = yield request
            except simpy.Interrupt:
                # The node was idle, so no run is affected.
                request.cancel()
                yield self._clock.timeout(self._world.away)
                continue
            yield from self._train(epochs)

    def _train(self, epochs: int) -> Generator[Any, Any, None]:
        pace = self._world.epoch * self._random.lognormvariate(0, self._world.spread)
        try:
            yield self._clock.timeout(self._world.before)
            while epochs:
                yield self._clock.timeout(pace)
                epochs -= 1
            yield self._clock.timeout(self._world.after)
        except simpy.Interrupt:
            self._clock.process(self._queue_again(epochs))
            yield self._clock.timeout(self._world.away)
            return
        self._left -= 1
        if not self._left:
            self._all_done.succeed()

    def _queue_again(self, epochs: int) -> Generator[Any, Any, None]:
        yield self._clock.timeout(self._world.noticed)
        yield self._queue.put(epochs)

    def _misfortune(self, node: Any) -> Generator[Any, Any, None]:
        """Let a node fail at random times, after each of which it is away for a while."""
        while True:
            hours = self._random.expovariate(1 / self._world.hours_between_losses)
            yield self._clock.timeout(hours * HOUR)
            self._losses += 1
            node.interrupt()
            yield self._clock.timeout(self._world.away)


if __name__ == "__main__":
    main()
