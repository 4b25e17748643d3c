"""How a nest of kernels is compiled: each is typed by itself, all are optimised once, in their entrance.

Numba makes of every function, also of one that only other functions call, optimised code and machine code, and
optimises it again in each caller. Here a kernel stays as it was written down for LLVM. The entrance links every
kernel of its nest once, as its private function, and optimises the whole. Nothing is changed in Numba itself; where
the parts of it that this rests on are missing, kernels are compiled as Numba does it, to the same effect.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import Any

import llvmlite.binding
from numba.core import codegen, compiler

OPTIMISATION = 2
"""LLVM's level: with 3 it takes a quarter longer, and the code is no faster."""

IDLE_PASSES = frozenset({
    "inline_closure_likes", "with_lifting", "inline_inlinables", "literal_unroll", "LiteralPropagation",
    "inline_overloads", "nopython_rewrites",
})  # fmt: skip
"""Passes of Numba for what no kernel has: closures, comprehensions, with blocks, arithmetic of whole arrays."""

_PARTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        getattr(codegen, "JITCodeLibrary", None),
        ("add_llvm_module", "_get_module_for_linking", "_optimize_final_module"),
    ),
    (getattr(codegen, "JITCPUCodegen", None), ("_module_pass_manager", "set_env")),
    (getattr(compiler, "Compiler", None), ("compile_extra", "define_pipelines")),
    (llvmlite.binding, ("create_pass_builder",)),
)
"""What the classes below take for granted in Numba and llvmlite; the last is the newer manager of LLVM's passes."""


def is_supported(parts: tuple[tuple[Any, tuple[str, ...]], ...] = _PARTS) -> bool:
    """Whether Numba and llvmlite have the parts that the classes below rest on."""
    return all(hasattr(owner, name) for owner, names in parts for name in names)


_Library: Any = getattr(codegen, "JITCodeLibrary", object)


class _NoMachineCode:
    """Stands for the code generator where Numba would put an environment into a kernel's machine code."""

    @staticmethod
    def set_env(name: str, environment: object) -> None:
        """Kernels have no machine code of their own, and read nothing from an environment."""


class KernelLibrary(_Library):
    """A kernel for LLVM, as written down: neither optimised nor made machine code."""

    _shared_module: Any

    @property
    def codegen(self) -> type[_NoMachineCode]:
        """What Numba asks to set environments."""
        return _NoMachineCode

    def add_llvm_module(self, module: Any) -> None:
        """Take code in, as it is."""
        module.data_layout = self._codegen._data_layout
        self._final_module.link_in(module)

    def finalize(self) -> None:
        """Nothing is added after this."""
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        """This kernel and all that it calls, for a caller that is none of ours."""
        if self._shared_module is None:
            self._shared_module = self._final_module.clone()
            _link_nest(self._shared_module, self._linking_libraries)
            _set_linkage(self._shared_module, set(), "linkonce_odr")
        return self._shared_module


class EntranceLibrary(_Library):
    """An entrance and all kernels below it: linked, optimised and made machine code as one."""

    _linking_libraries: list[Any]

    def add_llvm_module(self, module: Any) -> None:
        """Take code in, as it is."""
        module.data_layout = self._codegen._data_layout
        self._final_module.link_in(module)

    def finalize(self) -> None:
        """Link, optimise, make machine code.

        The kernels become private: what LLVM leaves of one after inlining may take other arguments than
        the same kernel in another entrance, and must not be found by its name.
        """
        functions = self._final_module.functions
        own = {f.name for f in functions if not f.is_declaration and f.linkage == llvmlite.binding.Linkage.external}
        _link_nest(self._final_module, self._linking_libraries)
        _set_linkage(self._final_module, own, "private")
        self._linking_libraries = []
        super().finalize()

    def _optimize_final_module(self) -> None:
        """Without the search for loops that could be vectors: kernels are written with vectors."""
        manager, builder = self._codegen._module_pass_manager(loop_vectorize=False, opt=OPTIMISATION)
        manager.run(self._final_module, builder)


def _set_linkage(module: Any, but: set[str], linkage: str) -> None:
    """Give all functions that a module defines a linkage, but those named."""
    for function in module.functions:
        if not function.is_declaration and function.name not in but:
            function.linkage = linkage


def _link_nest(module: Any, libraries: Iterable[Any]) -> None:
    """Link libraries, and those that kernels among them call, into a module, each once."""
    seen: set[Any] = set()
    waiting = list(libraries)
    while waiting:
        library = waiting.pop()
        if library in seen:
            continue
        seen.add(library)
        if isinstance(library, KernelLibrary):
            waiting.extend(library._linking_libraries)
            module.link_in(library._final_module, preserve=True)
        else:
            module.link_in(library._get_module_for_linking(), preserve=True)


class _QuickFlags(compiler.Flags):
    """Numba's flags; it looks up what it knows by them, tens of thousands of times, so they compare quickly."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(_QuickFlags)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _QuickFlags):
            return self is other or bool(self._values == other._values)
        return bool(super().__eq__(other))


class KernelCompiler(compiler.Compiler):
    """Numba's compiler, less the passes that kernels do not need, into a `KernelLibrary`."""

    library: Any = KernelLibrary

    def __init__(self, typing: Any, target: Any, library: Any, args: Any, kind: Any, flags: Any, names: Any) -> None:
        if library is None:
            library = self.library(target.codegen(), "tunescape")
            library.enable_object_caching()
        super().__init__(typing, target, library, args, kind, _QuickFlags(flags), names)

    def define_pipelines(self) -> list[Any]:
        """Numba's own, less `IDLE_PASSES`."""
        managers: list[Any] = super().define_pipelines()
        for manager in managers:
            manager.passes = [entry for entry in manager.passes if entry[0].name() not in IDLE_PASSES]
        return managers


class EntranceCompiler(KernelCompiler):
    """The same into an `EntranceLibrary`; the nest is compiled on the way."""

    library = EntranceLibrary

    def compile_extra(self, function: Any) -> Any:
        """Compile; millions of objects are made, which Python's search for cycles need not visit meanwhile."""
        collects = gc.isenabled()
        gc.disable()
        try:
            return super().compile_extra(function)
        finally:
            if collects:
                gc.enable()
