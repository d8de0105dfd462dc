"""The command line runs every stage of a study without the browser. See ``python -m emotion_core --help``."""

import os
import sys
from collections.abc import Sequence

from emotion_core.command_line import Unfinished, note, parser, show
from emotion_core.disk_space import naming_full_disk
from emotion_core.errors import EmotionError
from emotion_core.permissions import PRIVATE_UMASK
from emotion_core.settings import open_workspace
from emotion_core.terminal import guard_streams


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status: 0 for success, 1 for an error (printed on stderr), 2 for bad usage."""
    guard_streams()
    options = parser().parse_args(arguments)
    # What the user chose the place of, such as a report, is made as other programs make it.
    if not {"file", "destination"} & vars(options).keys():
        os.umask(PRIVATE_UMASK)
    try:
        workspace = open_workspace(options.workspace)
        with naming_full_disk(workspace.root):
            result = options.action(workspace, options)
        show(result, as_json=options.json)
    except Unfinished as error:
        show(error.result, as_json=options.json)
        note(f"Error: {error}")
        return 1
    except BrokenPipeError:
        # The reader (`| head`) closed the pipe. Python flushes stdout once more at exit, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (EmotionError, OSError) as error:
        note(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
