"""Every room imports only rooms on lower floors, and heavy libraries only where and when they are used.

The floors below are the architecture; `docs/laws.md` says why.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tunescape"

FLOORS: list[set[str]] = [
    {"errors"},
    {"numerics", "engine"},
    {"space", "surrogates"},
    {"study"},
    {"stores", "importers", "exporters", "samplers", "schedulers", "evaluators", "tasks", "baselines"},
    {"runner", "explanation"},
    {"reports"},
    {"models"},
    {"integrations"},
    {"front door"},
    {"cli", "testing"},
]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

ONLY_IN = {  # third parties that not every room may know
    "numba": {"numerics", "engine"},
    "llvmlite": {"numerics", "engine"},
    "sqlalchemy": {"stores"},
    "plotly": {"reports"},
    "PIL": {"reports"},
    "rich": {"reports", "cli"},
    "typer": {"cli"},
    "click": {"cli"},
}
HEAVY = ("pandas", "sklearn", "scipy.stats", "statsmodels", "plotly", "sqlalchemy", "numba")

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(module: Path) -> str:
    """The room a file belongs to: its folder, or for the files at the top what they belong to."""
    parts = module.relative_to(PACKAGE).parts
    if len(parts) > 1:
        return parts[0]
    return {"errors": "errors", "__main__": "cli"}.get(module.stem, "front door")


def imports_of(module: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, function bodies and TYPE_CHECKING blocks included."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, "." * node.level + f"{node.module or ''}.{alias.name}"


def imported_room(name: str) -> str | None:
    """The room that an import reaches into, or None where it leaves the package."""
    parts = name.split(".")
    if parts[0] != "tunescape":
        return None
    below = parts[1] if len(parts) > 1 else ""
    return below if below in FLOOR_OF or (below and (PACKAGE / below).is_dir()) else "front door"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_imports_go_down(module: Path) -> None:
    """A file imports its own room and rooms on lower floors, by absolute names."""
    room, place = room_of(module), module.relative_to(PACKAGE.parent)
    for line, name in imports_of(module):
        assert not name.startswith("."), f"{place}:{line} imports {name!r}: imports are absolute"
        other = imported_room(name)
        if other not in (None, room):
            assert other in FLOOR_OF, f"{place}:{line} imports {other!r}, a room without a floor"
            assert FLOOR_OF[other] < FLOOR_OF[room], (
                f"{place}:{line} ({room}, floor {FLOOR_OF[room]}) imports {other} (floor {FLOOR_OF[other]}): "
                "a room imports only rooms on a lower floor"
            )
        rooms = ONLY_IN.get(name.split(".")[0])
        assert rooms is None or room in rooms, (
            f"{place}:{line} ({room}, floor {FLOOR_OF[room]}) imports {name}: "
            f"only {' and '.join(sorted(rooms or ()))} may"
        )


def test_every_room_has_a_floor() -> None:
    """Each folder of modules stands on one floor and is a package with a door."""
    rooms = {m.relative_to(PACKAGE).parts[0] for m in MODULES if len(m.relative_to(PACKAGE).parts) > 1}
    assert rooms <= FLOOR_OF.keys(), f"rooms without a floor: {sorted(rooms - FLOOR_OF.keys())}"
    for room in rooms:
        assert (PACKAGE / room / "__init__.py").exists(), f"room {room} has no __init__.py"


def test_a_climbing_import_is_seen(tmp_path: Path) -> None:
    """The reader of imports sees what hides in functions, type-checking blocks and relative forms."""
    module = tmp_path / "module.py"
    module.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from tunescape.runner import run\n"
        "def f():\n    import tunescape.stores.sql as s\n    from . import x\n"
        "    from tunescape import survey\n"
    )
    found = dict(imports_of(module))
    assert [imported_room(found[line]) for line in (3, 5, 7)] == ["runner", "stores", "front door"]
    assert found[6].startswith(".")


def _python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_front_door_loads_no_heavy_library() -> None:
    """`import tunescape` leaves the heavy libraries for the verb that uses them."""
    loaded = json.loads(_python("import json, sys, tunescape; print(json.dumps(sorted(sys.modules)))"))
    heavy = [name for name in HEAVY if name in loaded]
    assert not heavy, f"import tunescape loads {', '.join(heavy)}; import them inside functions"


def processor_seconds(*command: str) -> float:
    """Processor time of a command, the best of five; other programs' use of the machine does not count."""
    seconds = []
    for _ in range(5):
        before = os.times()
        subprocess.run(command, capture_output=True, check=True)
        after = os.times()
        seconds.append(sum(after[2:4]) - sum(before[2:4]))  # of children: user and system
    return min(seconds)


def test_import_takes_less_than_a_second() -> None:
    """Importing the package, the interpreter's own start included, takes less than a second."""
    seconds = processor_seconds(sys.executable, "-c", "import tunescape")
    assert seconds < 1.0, f"import tunescape took {seconds:.2f} s"


def test_help_takes_less_than_half_a_second() -> None:
    """`tunescape --help` answers in less than half a second."""
    program = shutil.which("tunescape", path=os.pathsep.join([str(Path(sys.executable).parent), os.defpath]))
    if program is None or not (PACKAGE / "cli" / "__init__.py").exists():
        pytest.skip("the command line is not there")
    seconds = processor_seconds(program, "--help")
    assert seconds < 0.5, f"tunescape --help took {seconds:.2f} s"
