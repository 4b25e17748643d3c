"""A trained network taken out of its study, to predict with here or in another framework."""

from tunescape.models.export import check_file, export_model
from tunescape.models.files import load_model, save_model
from tunescape.models.keras import as_keras
from tunescape.models.make import make_model
from tunescape.models.model import Model
from tunescape.models.onnx import as_onnx, write_onnx
from tunescape.models.retrain import model_of, trial_to_train
from tunescape.models.sklearn import as_sklearn
from tunescape.models.study_task import task_of
from tunescape.models.torch import as_torch

__all__ = [
    "Model",
    "as_keras",
    "as_onnx",
    "as_sklearn",
    "as_torch",
    "check_file",
    "export_model",
    "load_model",
    "make_model",
    "model_of",
    "save_model",
    "task_of",
    "trial_to_train",
    "write_onnx",
]
