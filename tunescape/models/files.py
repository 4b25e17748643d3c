"""A model in one .npz file: arrays as they are, everything else as JSON beside them; no pickle."""

from __future__ import annotations

import dataclasses
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunescape.engine import Layer, Network
from tunescape.errors import InputError
from tunescape.models.model import Model
from tunescape.models.whole_file import whole_file
from tunescape.study import Curve
from tunescape.tasks import Preprocessing

FORMAT = "tunescape model"
VERSION = 1
"""Version of the files that are written; files of later versions are refused."""

DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading something else than a model may raise."""

_PLAIN = ("task", "backend", "settings", "metrics", "seed", "steps", "learning_rate", "negative_slope", "norm_epsilon",
          "target_mean", "target_sd")  # fmt: skip


def save_model(model: Model, path: str | os.PathLike[str]) -> Path:
    """Write a model to an ``.npz`` file; the file appears whole or not at all.

    Args:
        model: The model.
        path: The file; `load_model` reads it back.

    Returns:
        The path written.

    Raises:
        InputError: The ending is another, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise InputError(f"A saved model must end in .npz. Got {str(path)!r}; for other forms use export_model.")
    document = {
        "format": FORMAT,
        "version": VERSION,
        "network": dataclasses.asdict(model.network),
        "preprocessing": model.preprocessing.to_dict(),
        "classes": list(model.classes),
        "curves": list(model.history.values),
        **{name: getattr(model, name) for name in _PLAIN},
    }
    metadata = json.dumps(document, ensure_ascii=False).encode()
    arrays = {"metadata": np.frombuffer(metadata, dtype=np.uint8), **_arrays(model)}
    with whole_file(path) as draft, draft.open("xb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return path


def load_model(path: str | os.PathLike[str]) -> Model:
    """Read a model that `save_model` or `Model.save` wrote.

    Args:
        path: An ``.npz`` file.

    Raises:
        InputError: There is no such file, it is something else, damaged, or of a later version.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no model {str(path)!r}; name a file that Model.save wrote.")
    try:
        with np.load(path, allow_pickle=False) as file:
            document = _document(file)
            if document is None:
                raise InputError(f"{str(path)!r} is not a model; name an .npz file that Model.save wrote.")
            if document["version"] > VERSION:
                raise InputError(
                    f"{str(path)!r} was written by a later tunescape (format {document['version']}, this one reads "
                    f"up to {VERSION}); install that, or save the model again with this one."
                )
            return _model(document, file)
    except InputError:
        raise
    except DAMAGE as error:
        damage = "" if "pickle" in str(error) else f" ({error})"
        raise InputError(
            f"{str(path)!r} cannot be read as a model{damage}; name an .npz file that Model.save wrote."
        ) from None


def _arrays(model: Model) -> dict[str, NDArray]:
    """Everything that is numbers: the weights and the learning curves."""
    arrays = {
        f"layer_{k}_{name}": array
        for k, layer in enumerate(model.layers)
        for name, array in layer._asdict().items()
        if array is not None
    }
    arrays["history_steps"] = model.history.steps
    arrays |= {f"history_{k}": values for k, values in enumerate(model.history.values.values())}
    return arrays


def _document(file: Any) -> dict[str, Any] | None:
    """The JSON part of a file, or None where it is not a model's."""
    if not isinstance(file, Mapping) or "metadata" not in file or file["metadata"].dtype != np.uint8:
        return None
    document = json.loads(file["metadata"].tobytes())
    return document if isinstance(document, dict) and document.get("format") == FORMAT else None


def _model(document: Mapping[str, Any], file: Mapping[str, NDArray]) -> Model:
    network = Network(**document["network"])
    layers = tuple(_layer(file, k) for k in range(network.n_layers))
    curves = {name: file[f"history_{k}"] for k, name in enumerate(document["curves"])}
    return Model(
        network=network,
        layers=layers,
        preprocessing=Preprocessing.from_dict(document["preprocessing"]),
        classes=tuple(document["classes"]),
        history=Curve(file["history_steps"], curves),
        **{name: document[name] for name in _PLAIN},
    )


def _layer(file: Mapping[str, NDArray], k: int) -> Layer:
    arrays: list[Any] = [file.get(f"layer_{k}_{name}") for name in Layer._fields]
    return Layer(*arrays)
