"""The one exception that means: what the user gave cannot be used, and here is the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """The user's input is wrong; the message names the argument, the rule, the value and the remedy.

    The command line prints the message as one sentence and exits with code 2.
    """


class MissingExtraError(ImportError):
    """An optional part is not installed; the message is one sentence with the install command."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest of the known names, or an empty string."""
    close = get_close_matches(str(name), list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""
