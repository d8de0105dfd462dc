"""The command line: every stage of a study without the browser. See ``python -m emotion_core --help``."""

import io
import os
import sys
from collections.abc import Sequence

from emotion_core.command_line import Unfinished, note, parser, show
from emotion_core.errors import EmotionError
from emotion_core.settings import open_workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 done, 1 an error with its sentence on stderr, 2 bad usage."""
    for stream in (sys.stdout, sys.stderr):
        # Names may hold any character; not every terminal or pipe is set up for that.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        result = options.action(open_workspace(options.workspace), options)
        show(result, as_json=options.json)
    except Unfinished as error:
        show(error.result, as_json=options.json)
        note(f"Error: {' '.join(str(error).split())}")
        return 1
    except BrokenPipeError:
        # Whoever read our output has seen enough; stdout must not be flushed again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (EmotionError, OSError) as error:
        note(f"Error: {' '.join(str(error).split())}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
