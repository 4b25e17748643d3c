"""Where compiled kernels are kept between processes: one file for each entrance and types, valid for one source.

Numba's own cache looks at the one file that an entrance stands in, and would keep it when a kernel in another file
has changed; and its index and numbered files can be mixed up by processes that compile at once. Here the name of a
file says all that its content depends on, and a file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import inspect
import pickle
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import IndexDataCacheFile


@cache
def _source_digest(file: str) -> str:
    """Digest of a file and of every file of the engine: a kernel inlines its neighbours, whose change must count."""
    files = sorted({*Path(__file__).parent.glob("*.py"), Path(file)})
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()


class _OneFileEach(IndexDataCacheFile):
    """Compiled code by its key: signature, processor, bytecode."""

    def __init__(self, folder: str, base: str, source: str) -> None:
        super().__init__(folder, base, source)
        self._valid = f"{base}.{hashlib.sha256((numba.__version__ + source).encode()).hexdigest()[:16]}."
        self._folder, self._base = Path(folder), base

    def _name(self, key: Any) -> str:
        return f"{self._valid}{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"

    def load(self, key: Any) -> Any:
        """What was kept, or None; a file that cannot be read is as none."""
        try:
            return self._load_data(self._name(key))
        except (OSError, EOFError, pickle.UnpicklingError):
            return None

    def save(self, key: Any, data: Any) -> None:
        """Keep compiled code and throw away that of earlier sources; where nothing can be written it is not kept."""
        with suppress(OSError):
            self._save_data(self._name(key), data)
            self._discard(lambda name: not name.startswith(self._valid))

    def flush(self) -> None:
        """Throw all away."""
        self._discard(lambda name: True)

    def _discard(self, chosen: Callable[[str], bool]) -> None:
        for file in self._folder.glob(f"{self._base}.*"):
            if chosen(file.name):
                file.unlink(missing_ok=True)


def keep_code(dispatcher: Any) -> None:
    """Keep the code of a compiled function where Numba would: in NUMBA_CACHE_DIR, beside the source, or with the user.

    Args:
        dispatcher: What `numba.njit` returned.
    """
    dispatcher.enable_caching()
    numbas = dispatcher._cache
    source = _source_digest(inspect.getfile(dispatcher.py_func))
    numbas._cache_file = _OneFileEach(numbas.cache_path, numbas._impl.filename_base, source)
