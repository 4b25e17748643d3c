"""Holds the matrix library to one thread while networks are trained one per core."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_holders: list[Any] = []


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Hold BLAS to one thread until the last of all that hold it lets go.

    The limit belongs to the whole process: a run that ends must not take it from one still at work.
    """
    import scipy.linalg.cython_blas  # noqa: F401  (compiled kernels use its BLAS, which must be there to be held)
    from threadpoolctl import threadpool_limits

    with _lock:
        _holders.append(_holders[0] if _holders else threadpool_limits(limits=1, user_api="blas"))
    try:
        yield
    finally:
        with _lock:
            limits = _holders.pop()
            if not _holders:
                limits.restore_original_limits()
