"""Feed damaged files to every reader: ``python -m benchmarks.fuzzing --inputs 100000 --seed 7 [--seconds 60]``.

Each input is a sound file with a few random changes. It is read as the app reads it, most of them in a reader process,
and the routes of a running server get such requests, too (``--no-server`` leaves them out). The table counts, for all
kinds of files, what must never be: an error that no reader expects, more than 5 seconds or 500 MB, a crash, and what
escapes: a file outside the temporary folder, a connection, a program, another file that is read. A line for each input
that failed names the seed that repeats it. Without a seed, it is the day's, so that every day tries other files.
"""

import argparse
import datetime
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial

from benchmarks.fuzz_files import changed, seeds, server_seeds
from benchmarks.fuzz_readers import Readers, serving
from benchmarks.fuzz_watch import Watch
from emotion_core.errors import EmotionError

OUTCOMES = {
    "reader failed": "uncaught",
    "crash": "crashed",
    "was ended": "crashed",
    "takes too long": "over 5 s",
    "too much memory": "over 500 MB",
}
ESCAPED = "escaped"
MAX_SECONDS, MAX_SERVER_MB = 5.0, 500
_LOOKS = 50
Read = Callable[[str, bytes], None]


def seed_of_the_day() -> int:
    """Return the number of the day, for instance 20261130."""
    return int(f"{datetime.datetime.now(datetime.UTC):%Y%m%d}")


def outcome_of(read_once: Callable[[], None]) -> tuple[str, str]:
    """Return how one reading ended, in one word or two, and the message.

    Args:
        read_once: reads a file.
    """
    begun = time.process_time()
    try:
        read_once()
    except EmotionError as error:
        message = str(error)
        return next((name for text, name in OUTCOMES.items() if text in message), "refused"), message
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return ESCAPED if ESCAPED in message else "uncaught", message
    # What is read in this process has the limits of the readers.
    seconds = time.process_time() - begun
    return ("over 5 s", f"{seconds:.1f} s") if seconds > MAX_SECONDS else ("read", "")


def fuzz(
    count: int,
    seed: int,
    seconds: float,
    report: Callable[[str], None] = print,
    *,
    first: int = 0,
    with_server: bool = False,
) -> Counter[str]:
    """Read changed files of all kinds in turn, and return how often each outcome came.

    Args:
        count: number of inputs.
        seed: start of the random changes.
        seconds: when to stop, even before ``count``.
        report: called with a line about each failure.
        first: number of the first input.
        with_server: whether requests are sent to a server, too.
    """
    totals, ends, escapes = Counter[str](), time.monotonic() + seconds, list[str]()
    with Watch().opened() as watch, ExitStack() as stack:
        readers = stack.enter_context(closing(Readers(watch)))
        kinds: dict[str, tuple[Read, str, bytes]] = {
            kind: (readers.read, name, data) for kind, (name, data) in seeds(watch.port).items()
        }
        if with_server:
            server = stack.enter_context(serving(watch, watch.folder))
            kinds |= {kind: (server.read, name, data) for kind, (name, data) in server_seeds().items()}
        names = list(kinds)
        watch.begin()
        for number in range(first, first + count):
            if time.monotonic() > ends:
                break
            kind = names[number % len(names)]
            read, name, sound = kinds[kind]
            data = changed(sound, random.Random(f"{seed}-{number}"))
            outcome, message = outcome_of(partial(read, name, data))
            if outcome == ESCAPED or outcome in OUTCOMES.values():
                option = " --no-server" if not with_server else ""
                report(f"{outcome}: {kind}, --seed {seed} --only {number}{option}: {message}")
            totals[outcome] += 1
            if (number - first) % _LOOKS == 0 or number == first + count - 1:
                # Looked at often, so that the report names the inputs in question.
                noted = watch.escapes()
                for escape in noted[len(escapes) :]:
                    report(f"{ESCAPED}: --seed {seed}, up to input {number}: {escape}")
                escapes = noted if len(noted) > len(escapes) else escapes
        totals[ESCAPED] += len(escapes)
        if with_server:
            report(f"the server took at most {server.largest_mb:.0f} MB")
            totals["over 500 MB"] += server.largest_mb > MAX_SERVER_MB
    return totals


def main() -> int:
    """Run the command; the exit code is 1 if anything happened that must never be."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=seed_of_the_day())
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input, to share them")
    parser.add_argument("--only", type=int, help="number of one input")
    parser.add_argument("--no-server", action="store_true")
    options = parser.parse_args()
    logging.disable()
    begun = time.monotonic()
    first, count = (options.first, options.inputs) if options.only is None else (options.only, 1)
    seconds = options.seconds if options.inputs == 10**9 else float("inf")
    totals = fuzz(count, options.seed, seconds, first=first, with_server=not options.no_server)
    number, took = totals.total() - totals[ESCAPED], time.monotonic() - begun
    print(f"{number:,} inputs of seed {options.seed} in {took:.0f} s: {dict(totals)}")
    return int(any(totals[name] for name in (*OUTCOMES.values(), ESCAPED)))


if __name__ == "__main__":
    sys.exit(main())
