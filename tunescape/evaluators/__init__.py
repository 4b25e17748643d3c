"""How configurations become measurements, a batch at a time."""

from tunescape.evaluators.backends import Backends
from tunescape.evaluators.base import Evaluator, Progress
from tunescape.evaluators.conventions import FRAMEWORKS
from tunescape.evaluators.framework import Framework, FrameworkNetwork
from tunescape.evaluators.network_settings import SETTINGS, Setting, check_settings
from tunescape.evaluators.population import Population, TrainedNetwork
from tunescape.evaluators.specification import Specification, specify, without_conventions

__all__ = [
    "FRAMEWORKS",
    "SETTINGS",
    "Backends",
    "Evaluator",
    "Framework",
    "FrameworkNetwork",
    "Population",
    "Progress",
    "Setting",
    "Specification",
    "TrainedNetwork",
    "check_settings",
    "specify",
    "without_conventions",
]
