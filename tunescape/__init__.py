"""tunescape surveys, explains and optimises the hyperparameter space of neural networks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tunescape.errors import InputError
    from tunescape.explanation import Explanation, Finding
    from tunescape.integrations import PopulationClassifier, PopulationRegressor
    from tunescape.mapping import landscape
    from tunescape.models import load_model
    from tunescape.space import Categorical, Condition, Constant, Float, Integer, Ordinal, SearchSpace
    from tunescape.stores import open_store
    from tunescape.study import Budget, Objective, Status, Study, Trial
    from tunescape.training import model, train
    from tunescape.verbs import (
        explain,
        import_study,
        importance,
        interaction,
        main_effect,
        next_space,
        report,
        run,
        survey,
    )

_HOME = {
    **dict.fromkeys(("Categorical", "Condition", "Constant", "Float", "Integer", "Ordinal", "SearchSpace"), "space"),
    **dict.fromkeys(("Budget", "Objective", "Status", "Study", "Trial"), "study"),
    **dict.fromkeys(("Explanation", "Finding"), "explanation"),
    **dict.fromkeys(("PopulationClassifier", "PopulationRegressor"), "integrations"),
    **dict.fromkeys(("model", "train"), "training"),
    **dict.fromkeys(
        (
            "explain",
            "import_study",
            "importance",
            "interaction",
            "main_effect",
            "next_space",
            "report",
            "run",
            "survey",
        ),
        "verbs",
    ),
    "InputError": "errors",
    "landscape": "mapping",
    "load_model": "models",
    "open_store": "stores",
}

__all__ = [
    "Budget",
    "Categorical",
    "Condition",
    "Constant",
    "Explanation",
    "Finding",
    "Float",
    "InputError",
    "Integer",
    "Objective",
    "Ordinal",
    "PopulationClassifier",
    "PopulationRegressor",
    "SearchSpace",
    "Status",
    "Study",
    "Trial",
    "explain",
    "import_study",
    "importance",
    "interaction",
    "landscape",
    "load_model",
    "main_effect",
    "model",
    "next_space",
    "open_store",
    "report",
    "run",
    "survey",
    "train",
]


def __getattr__(name: str) -> Any:
    """Load a name of the front door, or a room, when it is first used, so that importing costs little."""
    if name in _HOME:
        return getattr(import_module(f"tunescape.{_HOME[name]}"), name)
    if not name.startswith("_"):
        try:
            return import_module(f"tunescape.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"tunescape.{name}":
                raise
    raise AttributeError(f"module 'tunescape' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
