"""Which store a URL, a path or the word ``memory`` means."""

from __future__ import annotations

import os
import re

from tunescape.errors import InputError, did_you_mean
from tunescape.stores.base import Store
from tunescape.stores.memory import Memory

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//.*)", re.DOTALL)
_FORMS = "'memory', 'sqlite:///file.db' or the path of a file"


def open_store(url: str | os.PathLike[str] | Store, *, must_exist: bool = False) -> Store:
    """Open the store that a user names.

    A file is made when the first study is written, not before.

    Args:
        url: ``"memory"``, ``"sqlite:///file.db"``, the path of a file, or a store (which is returned).
        must_exist: For reading: the file must be there.

    Raises:
        InputError: The URL is of another kind, the file is not one of our databases, or it cannot be
            made or is absent; nothing is written then.
    """
    if isinstance(url, Store):
        return url
    if not isinstance(url, str | os.PathLike):
        raise InputError(f"A store must be {_FORMS}. Got {url!r}.")
    text = os.fspath(url)
    if text == "memory":
        return Memory()
    from tunescape.stores.sqlite import SQLite

    return SQLite(_path(text), must_exist=must_exist)


def _path(text: str) -> str:
    """The path that a URL names."""
    match = _SCHEME.fullmatch(text)
    if match is None:
        path = text
    else:
        scheme, rest = match.groups()
        kind = scheme.lower().split("+")[0]
        if kind in ("postgresql", "postgres"):
            raise InputError(f"A PostgreSQL store is not supported yet. Use {_FORMS}. Got {text!r}.")
        if kind != "sqlite":
            raise InputError(f"A store must be {_FORMS}. Got {text!r}.{did_you_mean(kind, ['sqlite'])}")
        if not rest.startswith("///"):
            raise InputError(f"A SQLite URL has three slashes, as in 'sqlite:///file.db'. Got {text!r}.")
        path = rest[3:]
    if not path.strip() or path == ":memory:" or "\0" in path:
        raise InputError(f"A store must be {_FORMS}. Got {text!r}.")
    return path
