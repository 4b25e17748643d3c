"""Options that take some reading: --vary, --fix, --space, --cuts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunescape.errors import InputError
from tunescape.space import Parameter, SearchSpace, parse_fix, parse_vary, read_toml


def varied(
    file: Path | None, vary: Sequence[str], fix: Sequence[str]
) -> tuple[SearchSpace | None, dict[str, Parameter]]:
    """Read what varies: the space of a file, if any, and the hyperparameters given on the line.

    Raises:
        InputError: A word or the file cannot be read, or a name is given twice.
    """
    changes: dict[str, Parameter] = {}
    for name, parameter in [*(parse_vary(word) for word in vary), *(parse_fix(word) for word in fix)]:
        if name in changes:
            raise InputError(f"`{name}` is given twice by --vary or --fix; keep one of them.")
        changes[name] = parameter
    return (read_toml(file) if file else None), changes


def check_page(path: Path | None, what: str = "page") -> None:
    """Check, before any work is done, that a page or a picture can be written where it is wanted.

    Raises:
        InputError: Its folder does not exist, or the path is a folder.
    """
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"The {what} {str(path)!r} is a folder; name a file in it, as in {str(path / 'page.html')!r}.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"The {what} cannot be written: there is no folder {str(path.parent)!r}. Make it first.")


def parse_cuts(text: str | None) -> tuple[float, float] | None:
    """Read ``--cuts 0.5,0.8``; None where it is not given.

    Raises:
        InputError: The text is not two increasing numbers.
    """
    if text is None:
        return None
    try:
        low, high = (float(word) for word in text.split(","))
    except ValueError:
        raise InputError(f"--cuts must be two numbers such as 0.5,0.8. Got {text!r}.") from None
    if not low < high:
        raise InputError(f"--cuts must increase. Got {text!r}.")
    return low, high


def parse_numbers(option: str, text: str | None) -> tuple[float, ...] | None:
    """Read numbers with commas between them; None where the option is not given.

    Raises:
        InputError: A word is not a number.
    """
    if text is None:
        return None
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise InputError(f"{option} must be numbers with commas between them. Got {text!r}.") from None


def parse_size(text: str) -> tuple[int, int]:
    """Read ``--size 512x256``, or one number for both.

    Raises:
        InputError: The text is not one or two whole numbers.
    """
    words = text.lower().replace("×", "x").split("x")
    if len(words) not in (1, 2) or not all(word.strip().isdigit() for word in words):
        raise InputError(f"--size must be two whole numbers such as 512x512. Got {text!r}.")
    return int(words[0]), int(words[-1])
