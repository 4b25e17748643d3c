"""The loop that joins study, sampler, evaluator and store, on this machine."""

from tunescape.runner.loop import Progress, run
from tunescape.runner.planning import plan, seed_of

__all__ = ["Progress", "plan", "run", "seed_of"]
