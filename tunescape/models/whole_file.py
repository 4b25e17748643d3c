"""A file that appears whole or not at all: written beside its place, then moved there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tunescape.errors import InputError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield the path of a draft with the same ending; it takes the place of `path` when the block ends well.

    Args:
        path: The file to write.

    Raises:
        InputError: The file cannot be written there.
    """
    if path.is_dir():
        raise InputError(f"The model {str(path)!r} is a folder; name a file in it, as in {str(path / 'best.npz')!r}.")
    draft = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        try:
            yield draft
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written ({error.strerror or error}).") from None
