"""The only file that chooses Numba's flags, the number of lanes, and where compiled kernels are kept.

Kernels are compiled without `fastmath`: no reassociation, no assumption about NaN, so that a
network's arithmetic is the same in every pack. They release the interpreter lock and are run by
ordinary Python threads, one block of lanes each; Numba's own parallel mode is not used (its cache
and parallel processes have known crashes).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import llvmlite.binding
import numba
from numba.core.caching import InTreeCacheLocator, UserProvidedCacheLocator, UserWideCacheLocator

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def _source_digest() -> str:
    """Digest of every file of the engine: a kernel inlines its neighbours, whose change must count."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


class _EngineUserProvided(UserProvidedCacheLocator):
    """Compiled kernels in the folder that NUMBA_CACHE_DIR names, where it does."""

    def get_source_stamp(self) -> str:
        return _source_digest()


class _EngineInTree(InTreeCacheLocator):
    """Compiled kernels beside the source, valid for one state of the whole engine."""

    def get_source_stamp(self) -> str:
        return _source_digest()


class _EngineUserWide(UserWideCacheLocator):
    """Compiled kernels in the user's cache folder, where the source's folder is read-only."""

    def get_source_stamp(self) -> str:
        return _source_digest()


_FLAGS: Any = {"nogil": True, "fastmath": False, "error_model": "numpy", "boundscheck": False}
_INNER: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function: Function) -> Function:
    """Compile a function that other kernels call, and only they.

    It gets no entrance from Python and is not kept by itself: both would be compiled for nothing.
    """
    inner: Function = numba.njit(**_FLAGS, **_INNER)(function)
    return inner


def entrance(function: Function) -> Function:
    """Compile a function that Python calls; the compiled code is kept between processes."""
    compiled: Any = numba.njit(**_FLAGS)(function)
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return compiled
    compiled.enable_caching()
    for locator in (_EngineUserProvided, _EngineInTree, _EngineUserWide):
        found = locator.from_function(function, function.__code__.co_filename)
        if found is not None:
            compiled._cache._impl._locator = found
            compiled._cache._cache_path = found.get_cache_path()
            break
    return compiled


@cache
def vector_bytes() -> int:
    """Width of the processor's vectors in bytes: 64 (AVX-512), 32 (AVX2) or 16."""
    features = llvmlite.binding.get_host_cpu_features()
    if features.get("avx512f"):
        return 64
    return 32 if features.get("avx2") else 16


@cache
def available_cores() -> int:
    """Number of processor cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
