"""How kernels are compiled: once, in their entrance; and kept: whole, and only as long as no source changes."""

import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile

import tunescape
from tunescape.engine import compiler, warm_up
from tunescape.engine.code_cache import _OneFileEach
from tunescape.engine.jit import entrance, kernel
from tunescape.engine.layers import forward
from tunescape.engine.product import product
from tunescape.engine.working_off import work_off

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")


@kernel
def _square(x):
    return x * x


@kernel
def _length(x, y):
    return np.sqrt(_square(x) + _square(y))


def _fill(x, y, out):
    for i in range(len(out)):
        out[i] = _length(x[i], y[i])


def _product(*all_of_it):
    product(*all_of_it)


def compiled(function, pipeline):
    return numba.njit(pipeline_class=pipeline, no_cfunc_wrapper=True, _nrt=False, error_model="numpy")(function)


def test_the_engine_is_compiled_this_way_here():
    assert compiler.is_supported()
    assert not compiler.is_supported(((compiler, ("a part that a later Numba may have lost",)),))
    assert work_off._compiler.pipeline_class is compiler.EntranceCompiler
    assert forward._compiler.pipeline_class is compiler.KernelCompiler


def test_only_the_entrance_becomes_machine_code_and_its_kernels_are_in_it():
    fill = compiled(_fill, compiler.EntranceCompiler)
    x, y, out = np.array([3.0, 5.0]), np.array([4.0, 12.0]), np.zeros(2)
    fill(x, y, out)
    assert out.tolist() == [5.0, 13.0]
    (result,) = fill.overloads.values()
    code = result.library._final_module
    names = {function.name for function in code.functions if not function.is_declaration}
    assert names == {result.fndesc.llvm_func_name, result.fndesc.llvm_cpython_wrapper_name}
    (inner,) = _length.overloads.values()
    assert isinstance(inner.library, compiler.KernelLibrary)
    assert not result.library.codegen._engine.is_symbol_defined(inner.fndesc.llvm_func_name)


def test_as_numba_does_it_the_result_is_the_same():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 1000))
    ours, numbas = np.zeros(1000), np.zeros(1000)
    compiled(_fill, compiler.EntranceCompiler)(x, y, ours)
    numba.njit(_fill, error_model="numpy")(x, y, numbas)
    assert ours.tobytes() == numbas.tobytes()


def test_a_kernel_in_two_entrances_is_two_functions():
    """What is left of the product after inlining takes other arguments in each, and has no name outside."""
    warm_up("float64")
    alone = entrance(_product)
    i, ones, out = np.int64, np.ones(64), np.zeros(64)
    alone(i(1), i(1), i(1), ones, i(0), i(1), i(1), ones, i(0), i(1), i(1), ones, i(0), i(1), i(1),
          ones, i(0), i(1), i(1), i(0), out, i(0), i(1), i(1))  # fmt: skip
    assert out[0] == 2.0
    assert warm_up("float64") >= 0


SCRIPT = """
import sys
import numpy as np
from tunescape.engine.jit import entrance
from tunescape.engine.random_numbers import mix

@entrance
def fill(out, key):
    for i in range(len(out)):
        out[i] = mix(key, np.uint64(i))

out = np.zeros(3, sys.argv[1])
fill(out, np.uint64(1))
print(out.tolist(), sum(fill.stats.cache_hits.values()))
"""


def started(tmp_path, package, dtype="uint64"):
    script = tmp_path / "probe.py"
    script.write_text(SCRIPT)
    environment = {"PYTHONPATH": str(package), "NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PATH": ""}
    return subprocess.Popen([sys.executable, script, dtype], env=environment, stdout=subprocess.PIPE, text=True)


def said(process):
    words = process.communicate()[0]
    assert process.returncode == 0
    numbers, hits = words.rsplit(" ", 1)
    return numbers, int(hits)


def kept(tmp_path):
    return sorted(file.name for file in (tmp_path / "kept").rglob("*") if file.is_file())


def test_processes_that_start_at_once_with_nothing_kept_both_work_and_the_next_loads(tmp_path):
    package = Path(tunescape.__file__).parents[1]
    first = [started(tmp_path, package, dtype) for dtype in ("uint64", "uint64", "int64")]
    (one, hits), (two, _), _ = [said(process) for process in first]
    assert one == two
    assert hits == 0
    assert len(kept(tmp_path)) == 2, "one file for each type"
    assert said(started(tmp_path, package)) == (one, 1)


def test_what_was_kept_counts_no_more_when_a_kernel_in_another_file_changes(tmp_path):
    package = tmp_path / "changed"
    shutil.copytree(
        Path(tunescape.__file__).parent, package / "tunescape", ignore=shutil.ignore_patterns("__pycache__")
    )
    before = said(started(tmp_path, package))
    old = kept(tmp_path)
    numbers = package / "tunescape/engine/random_numbers.py"
    source = numbers.read_text()
    assert "0xBF58476D1CE4E5B9" in source
    numbers.write_text(source.replace("0xBF58476D1CE4E5B9", "0xBF58476D1CE4E5B7"))
    after = said(started(tmp_path, package))
    assert after[0] != before[0]
    assert after[1] == 0
    assert len(old) == len(kept(tmp_path)) == 1, "what no one can use any more is thrown away"
    assert old != kept(tmp_path)


def test_a_file_that_cannot_be_read_or_written_is_as_none(tmp_path):
    files = _OneFileEach(str(tmp_path), "base", "source")
    assert isinstance(files, IndexDataCacheFile)
    assert files.load("key") is None
    files.save("key", {"code": 1})
    assert files.load("key") == {"code": 1}
    assert files.load("another") is None
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"")
    assert files.load("key") is None
    _OneFileEach(str(tmp_path / "no folder"), "base", "source").save("key", 1)
    files.flush()
    assert not list(tmp_path.iterdir())
