"""The loop that joins study, sampler, evaluator and store, on this machine."""

from tunescape.runner.planning import plan, seed_of
from tunescape.runner.loop import Progress, run

__all__ = ["Progress", "plan", "run", "seed_of"]
