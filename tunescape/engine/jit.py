"""The only file that chooses Numba's flags and the number of lanes.

Kernels are compiled without `fastmath`: no reassociation, no assumption about NaN, so that a
network's arithmetic is the same in every pack. They release the interpreter lock and are run by
ordinary Python threads, one block of lanes each; Numba's own parallel mode is not used (its cache
and parallel processes have known crashes), nor its counting of references: kernels allocate nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import llvmlite.binding
import numba

from tunescape.engine.code_cache import keep_code
from tunescape.engine.compiler import EntranceCompiler, KernelCompiler, is_supported

Function = TypeVar("Function", bound=Callable[..., Any])


_FLAGS: Any = {"nogil": True, "fastmath": False, "error_model": "numpy", "boundscheck": False, "_nrt": False,
               "no_cfunc_wrapper": True}  # fmt: skip
_KERNEL: Any = {**_FLAGS, "no_cpython_wrapper": True}
_ENTRANCE: Any = dict(_FLAGS)
if is_supported():
    _KERNEL["pipeline_class"] = KernelCompiler
    _ENTRANCE["pipeline_class"] = EntranceCompiler


def kernel(function: Function) -> Function:
    """Compile a function that other kernels call, and only they.

    It gets no entrance from Python and is not kept by itself: both would be compiled for nothing.
    """
    inner: Function = numba.njit(**_KERNEL)(function)
    return inner


def entrance(function: Function) -> Function:
    """Compile a function that Python calls; the compiled code is kept between processes."""
    compiled: Any = numba.njit(**_ENTRANCE)(function)
    if not numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        keep_code(compiled)
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


def is_compiled() -> bool:
    """Whether kernels are compiled, or run as Python (``NUMBA_DISABLE_JIT=1``)."""
    return not numba.config.DISABLE_JIT  # type: ignore[attr-defined]
