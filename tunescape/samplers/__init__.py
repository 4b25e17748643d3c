"""Which configurations next; one file per algorithm."""

from tunescape.samplers.base import Sampler
from tunescape.samplers.factorial import Factorial
from tunescape.samplers.random import Random
from tunescape.samplers.registry import SAMPLERS, named

__all__ = ["SAMPLERS", "Factorial", "Random", "Sampler", "named"]
