"""How configurations become measurements, a batch at a time."""

from tunescape.evaluators.base import Evaluator, Progress
from tunescape.evaluators.network_settings import SETTINGS, Setting
from tunescape.evaluators.population import Population

__all__ = ["SETTINGS", "Evaluator", "Population", "Progress", "Setting"]
