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
from numba.core.caching import InTreeCacheLocator, UserWideCacheLocator

Function = TypeVar("Function", bound=Callable[..., Any])


@cache
def _source_digest() -> str:
    """Digest of every file of the engine: a kernel inlines its neighbours, whose change must count."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


class _EngineInTree(InTreeCacheLocator):
    """Compiled kernels beside the source, valid for one state of the whole engine."""

    def get_source_stamp(self) -> str:
        return _source_digest()


class _EngineUserWide(UserWideCacheLocator):
    """Compiled kernels in the user's cache folder, where the source's folder is read-only."""

    def get_source_stamp(self) -> str:
        return _source_digest()


def kernel(function: Function) -> Function:
    """Compile a function with the engine's flags; the compiled code is kept between processes."""
    compiled = numba.njit(nogil=True, fastmath=False, error_model="numpy", boundscheck=False)(function)
    if numba.config.DISABLE_JIT:
        return compiled
    compiled.enable_caching()
    file = function.__code__.co_filename
    for locator in (_EngineInTree, _EngineUserWide):
        found = locator.from_function(function, file)
        if found is not None and not numba.config.CACHE_DIR:
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
