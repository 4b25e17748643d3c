"""What users type: one file per command; parses, calls, prints."""

from __future__ import annotations

import os
import sys
from importlib import import_module

__all__ = ["main"]

_COMMANDS = ("survey", "map", "explain", "export", "model", "studies")


def main() -> None:
    """Run the command line: 0 done, 1 the work failed, 2 the input was wrong, 130 interrupted."""
    from tunescape.cli.app import app, say
    from tunescape.errors import InputError, MissingExtraError

    for command in _COMMANDS:  # each file adds its command, in the order in which --help lists them
        import_module(f"tunescape.cli.{command}")
    try:
        app()
    except InputError as error:
        say(f"tunescape: {error}")
        sys.exit(2)
    except (MissingExtraError, OSError, MemoryError) as error:
        if isinstance(error, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        say(f"tunescape: {error or type(error).__name__}")
        sys.exit(1)
    except KeyboardInterrupt:
        say("Interrupted.")
        sys.exit(130)
