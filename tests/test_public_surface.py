"""What each room shows at its door, and that it does not change unnoticed.

`golden/public_surface.txt` lists every public name with its signature. After a change that is meant:

    python tests/test_public_surface.py --write
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PACKAGE = Path(__file__).parents[1] / "tunescape"
GOLDEN = Path(__file__).parent / "golden" / "public_surface.txt"
NOT_NAMES = {"annotations", "TYPE_CHECKING"}


def doors() -> list[str]:
    """The front door and the doors of the rooms that exist."""
    rooms = sorted(p.parent.name for p in PACKAGE.glob("*/__init__.py"))
    front = ["tunescape"] if (PACKAGE / "__init__.py").read_text(encoding="utf-8").strip() else []
    return front + [f"tunescape.{room}" for room in rooms]


def visible(door: ModuleType) -> set[str]:
    """Our names that stand in a door's namespace; modules, private names and other libraries' aside."""
    return {
        name
        for name, thing in vars(door).items()
        if not name.startswith("_")
        and not isinstance(thing, ModuleType)
        and name not in NOT_NAMES
        and getattr(thing, "__module__", "tunescape").startswith("tunescape")
    }


def sort_key(name: str) -> tuple[int, list[Any]]:
    """The order of ruff's RUF022: CONSTANTS, Classes, functions; numbers by their value."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


@pytest.mark.parametrize("name", doors())
def test_all_is_sorted_and_complete(name: str) -> None:
    """`__all__` exists, is sorted, and is what one sees."""
    door = importlib.import_module(name)
    shown = getattr(door, "__all__", None)
    assert shown is not None, f"{name} has no __all__"
    assert list(shown) == sorted(shown, key=sort_key), f"{name}.__all__ is not sorted"
    outside = visible(door) - set(shown)
    assert not outside, f"{name} shows {sorted(outside)} outside __all__"
    missing = [n for n in shown if not hasattr(door, n)]
    assert not missing, f"{name}.__all__ lists {missing}, which are not there"


def public_things(name: str) -> Iterator[tuple[str, Any]]:
    """Public names of a door with what they stand for."""
    door = importlib.import_module(name)
    for shown in getattr(door, "__all__", ()):
        yield shown, getattr(door, shown)


@pytest.mark.parametrize("name", doors())
def test_everything_public_says_what_it_is(name: str) -> None:
    """The door, every public function and every public class has a docstring of its own."""
    assert (importlib.import_module(name).__doc__ or "").strip(), f"{name} has no docstring"
    for shown, thing in public_things(name):
        if inspect.isclass(thing) or inspect.isroutine(thing):
            text = (thing.__doc__ or "").strip()
            written = text and not text.startswith(f"{shown}(")  # dataclass writes its signature
            assert written, f"{name}.{shown} has no docstring"


class _Word:
    """An annotation that prints as it was written."""

    def __init__(self, annotation: Any) -> None:
        self.text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)

    def __repr__(self) -> str:
        return self.text


def described(name: str, thing: Any) -> str:
    """One line that says what a public name is: its signature, members, or type."""
    if isinstance(thing, ModuleType):
        return f"{name}: module"
    if inspect.isclass(thing) and issubclass(thing, enum.Enum):
        return f"{name}: {' | '.join(member.name for member in thing)}"
    if not inspect.isclass(thing) and not inspect.isroutine(thing):
        if type(thing).__module__ in ("typing", "types", "collections.abc"):
            return f"{name} = {re.sub(r'([a-z_]+[.])+', '', str(thing))}"
        return f"{name}: {type(thing).__name__}"
    try:
        signature = inspect.signature(thing)
    except ValueError:
        return f"{name}(...)"
    empty = inspect.Parameter.empty
    parameters = [
        p if p.annotation is empty else p.replace(annotation=_Word(p.annotation))
        for p in signature.parameters.values()
    ]
    returned = signature.return_annotation
    returned = empty if returned is empty or inspect.isclass(thing) else _Word(returned)
    text = str(signature.replace(parameters=parameters, return_annotation=returned))
    return re.sub(r" at 0x[0-9a-f]+", "", name + text)


def surface() -> str:
    """The whole public surface as text, one name a line."""
    lines = []
    for door in doors():
        lines.append(f"{door}")
        lines += [f"    {described(name, thing)}" for name, thing in public_things(door)]
    return "\n".join(lines) + "\n"


def test_the_surface_is_the_golden_one() -> None:
    """No public name or signature changes without the golden file changing with it."""
    remedy = "run `python tests/test_public_surface.py --write` and look at the difference"
    assert GOLDEN.exists(), f"{GOLDEN.name} is not there; {remedy}"
    old, new = GOLDEN.read_text(encoding="utf-8").splitlines(), surface().splitlines()
    gone = [f"- {line}" for line in old if line not in new]
    come = [f"+ {line}" for line in new if line not in old]
    assert old == new, "\n".join([f"the public surface changed; if it is meant, {remedy}:", *gone, *come])


if __name__ == "__main__":
    if "--write" in sys.argv:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(surface(), encoding="utf-8")
    else:
        print(surface(), end="")
