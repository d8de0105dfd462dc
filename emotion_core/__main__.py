"""The command line runs every stage of a study without the browser. See ``python -m emotion_core --help``."""

import io
import os
import sys
from collections.abc import Sequence

from emotion_core.command_line import Unfinished, note, parser, show
from emotion_core.errors import EmotionError
from emotion_core.permissions import PRIVATE_UMASK
from emotion_core.settings import open_workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 for success, 1 for an error (printed on stderr), 2 for bad usage."""
    for stream in (sys.stdout, sys.stderr):
        # File names may hold characters that the terminal's or pipe's own encoding cannot write.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = parser().parse_args(arguments)
    # What the user chose the place of, such as a report, is made as other programs make it.
    if not {"file", "destination"} & vars(options).keys():
        os.umask(PRIVATE_UMASK)
    try:
        result = options.action(open_workspace(options.workspace), options)
        show(result, as_json=options.json)
    except Unfinished as error:
        show(error.result, as_json=options.json)
        note(f"Error: {' '.join(str(error).split())}")
        return 1
    except BrokenPipeError:
        # The reader (`| head`) closed the pipe. Python flushes stdout once more at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (EmotionError, OSError) as error:
        note(f"Error: {' '.join(str(error).split())}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
