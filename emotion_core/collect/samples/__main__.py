"""Serve the sample gallery for another process: ``python -m emotion_core.collect.samples`` prints ``host:port``.

It ends when its standard input is closed, so it never outlives the process that started it.
"""

import sys

from emotion_core.collect.samples.server import SampleServer

if __name__ == "__main__":
    with SampleServer() as gallery:
        sys.stdout.write(f"{gallery.host_port}\n")
        sys.stdout.flush()
        sys.stdin.read()
