"""A landscape as one .npz file: written whole or not at all, read back as it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from tunescape.errors import InputError
from tunescape.space import SearchSpace, from_dict, to_dict
from tunescape.study import Axis, Landscape

FORMAT = "tunescape landscape 1"
ARRAYS = ("outcome", "loss", "mean_loss", "lasted", "stopped_at")


def save_landscape(landscape: Landscape, path: str | Path) -> Path:
    """Write a landscape to a file, all of it or nothing.

    The file holds the arrays of `Landscape` by their names, the values of both axes as ``x`` and ``y``,
    and everything else as JSON in ``about``.

    Args:
        landscape: Finished or not.
        path: The file; it is replaced where it exists.

    Returns:
        The path of the file.

    Raises:
        InputError: The file cannot be written.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    arrays = {name: getattr(landscape, name) for name in ARRAYS}
    about = json.dumps(_about(landscape), indent=1)
    try:
        with part.open("wb") as file:
            np.savez(file, about=np.array(about), x=landscape.x.values, y=landscape.y.values, **arrays)
        part.replace(target)
    except OSError as error:
        raise InputError(
            f"The data of the map cannot be written to {str(target)!r}: {error.strerror}. Choose another file."
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return target


def _about(landscape: Landscape) -> dict[str, Any]:
    """Everything but the arrays, as plain data."""
    space = SearchSpace({axis.name: axis.parameter for axis in (landscape.x, landscape.y)})
    return {
        "format": FORMAT,
        "task": landscape.task,
        "axes": to_dict(space),
        "size": [landscape.x.wanted, landscape.y.wanted],
        "n_steps": landscape.n_steps,
        "constant_loss": landscape.constant_loss,
        "settings": dict(landscape.settings),
        "seconds": landscape.seconds,
    }


def load_landscape(path: str | Path) -> Landscape:
    """Read a landscape that `save_landscape` wrote.

    Raises:
        InputError: There is no such file, or it is not one of a landscape.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {name: file[name] for name in ARRAYS}
    except FileNotFoundError:
        raise InputError(f"There is no file {str(path)!r}.") from None
    except (KeyError, ValueError, OSError, EOFError, BadZipFile) as error:
        raise InputError(f"{str(path)!r} does not hold the data of a map; choose another file.") from error
    if about.get("format") != FORMAT:
        raise InputError(
            f"{str(path)!r} was written by another version (format {about.get('format')!r}); make it anew."
        )
    return _landscape(about, arrays)


def _landscape(about: Mapping[str, Any], arrays: Mapping[str, Any]) -> Landscape:
    parameters = from_dict(about["axes"], british=False).parameters
    x, y = (Axis(name, p, n) for (name, p), n in zip(parameters.items(), about["size"], strict=True))  # type: ignore[arg-type]
    rest = {name: about[name] for name in ("task", "n_steps", "constant_loss", "settings", "seconds")}
    return Landscape(x=x, y=y, **rest, **arrays)
