"""A model written in the form that its file's ending asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tunescape.errors import InputError, did_you_mean
from tunescape.models.files import save_model
from tunescape.models.keras import as_keras
from tunescape.models.model import Model
from tunescape.models.onnx import write_onnx
from tunescape.models.sklearn import as_sklearn
from tunescape.models.torch import as_torch
from tunescape.models.whole_file import whole_file


def export_model(model: Model, path: str | Path, form: str | None = None) -> Path:
    """Write a model to a file; the file appears whole or not at all.

    ``.npz`` keeps everything (`load_model` reads it), ``.onnx`` is for ONNX runtimes, ``.joblib`` a
    scikit-learn pipeline (`joblib.load`), ``.keras`` a Keras model (`keras.saving.load_model`),
    ``.pt`` a PyTorch module (``torch.load(path, weights_only=False)``). None but the first needs
    tunescape to be read.

    Args:
        model: The model.
        path: The file.
        form: ``"npz"``, ``"onnx"``, ``"sklearn"``, ``"keras"`` or ``"torch"``; by default what the
            ending says.

    Returns:
        The path written.

    Raises:
        InputError: The ending is unknown or another form's, the form cannot express the model, or
            the file cannot be written.
        MissingExtraError: The form's library is not installed.
    """
    path = Path(path)
    WRITERS[check_file(path, form)](model, path)
    return path


def check_file(path: str | Path, form: str | None = None) -> str:
    """Check, before any network is trained, that a model can be written to a file.

    Args:
        path: The file.
        form: What the user asks for; None for what the ending says.

    Returns:
        The form in which it will be written.

    Raises:
        InputError: The form or the ending is unknown, they contradict each other, or there is no such folder.
    """
    path = Path(path)
    endings = {ending: name for name, own in ENDINGS.items() for ending in own}
    if form is not None and form not in ENDINGS:
        raise InputError(f"`form` must be one of {', '.join(ENDINGS)}. Got {form!r}.{did_you_mean(form, ENDINGS)}")
    told = endings.get(path.suffix.lower())
    if told is None:
        known = f"one of {', '.join(endings)}" if form is None else " or ".join(ENDINGS[form])
        raise InputError(f"The ending of a model's file must be {known}. Got {str(path)!r}.")
    if form is not None and told != form:
        raise InputError(
            f"The file of a {form} model must end in {' or '.join(ENDINGS[form])}. Got {str(path)!r}; "
            f"name it {path.with_suffix(ENDINGS[form][0]).name!r}."
        )
    if not path.absolute().parent.is_dir():
        raise InputError(f"The model cannot be written: there is no folder {str(path.parent)!r}. Make it first.")
    return told


def _sklearn(model: Model, path: Path) -> None:
    import joblib

    pipeline = as_sklearn(model)
    with whole_file(path) as draft:
        joblib.dump(pipeline, draft)


def _keras(model: Model, path: Path) -> None:
    made = as_keras(model)
    with whole_file(path) as draft:
        made.save(draft)


def _torch(model: Model, path: Path) -> None:
    module = as_torch(model)
    import torch

    with whole_file(path) as draft:
        torch.save(module, draft)


ENDINGS: dict[str, tuple[str, ...]] = {
    "npz": (".npz",), "onnx": (".onnx",), "sklearn": (".joblib",), "keras": (".keras",), "torch": (".pt", ".pth"),
}  # fmt: skip
"""Forms of a model's file, with the endings of each."""

WRITERS: dict[str, Callable[[Model, Path], object]] = {
    "npz": save_model, "onnx": write_onnx, "sklearn": _sklearn, "keras": _keras, "torch": _torch,
}  # fmt: skip
