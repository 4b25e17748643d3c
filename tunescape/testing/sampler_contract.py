"""What every sampler must do, as tests to inherit: three lines test a new one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from tunescape.samplers import Sampler
from tunescape.space import Categorical, Condition, Constant, Float, Integer, Ordinal, SearchSpace, encode
from tunescape.study import Objective, Status, Study, Trial

SPACE = SearchSpace(
    {
        "learning_rate": Float(1e-4, 1.0, "log"),
        "units": Integer(2, 64, "log"),
        "batch_size": Ordinal((8, 16, 32)),
        "optimiser": Categorical(("sgd", "adam")),
        "momentum": Float(0.0, 0.9),
        "epochs": Constant(3),
    },
    (Condition("momentum", {"optimiser": ("sgd",)}),),
)
"""Every kind of hyperparameter, a condition and a constant."""

Configuration = dict[str, Any]


class SamplerContract:
    """Inherit and set `sampler`.

    Example:
        ``class TestRandom(SamplerContract): sampler = Random()``
    """

    sampler: Sampler
    space: SearchSpace = SPACE

    def study(self, *trials: Trial) -> Study:
        """A study of the contract's space with some trials."""
        return Study("contract", self.space, Objective("loss"), seed=1).with_trials(trials)

    def propose(self, study: Study, n: int) -> list[Configuration]:
        """Propose with the generator that a runner would derive."""
        return self.sampler.propose(study, n, np.random.default_rng([study.seed, len(study.trials)]))

    def history(self, values: list[float | None]) -> Study:
        """A study whose trials completed with the given values, or diverged where there is none."""
        points = self.propose(self.study(), len(values))
        return self.study(
            *(
                Trial(i, c, status=Status.DIVERGED if v is None else Status.COMPLETED, value=v)
                for i, (c, v) in enumerate(zip(points, values, strict=False))
            )
        )

    def test_proposals_lie_in_the_space_and_hold_what_is_active(self) -> None:
        """Values fit, conditions hold, constants are there."""
        proposed = self.propose(self.study(), 40)
        assert proposed
        encode(self.space, proposed)  # raises where a value does not fit
        for configuration in proposed:
            assert configuration["epochs"] == 3
            assert ("momentum" in configuration) == (configuration["optimiser"] == "sgd")

    def test_proposals_are_different_from_one_another(self) -> None:
        """A batch holds no configuration twice."""
        proposed = self.propose(self.study(), 40)
        assert len({tuple(sorted(c.items())) for c in proposed}) == len(proposed)

    def test_a_proposal_is_a_pure_function_of_the_history(self) -> None:
        """The same history gives the same proposals, and settings do not change."""
        study = self.history([float(i % 7) for i in range(12)])
        before = asdict(self.sampler)  # type: ignore[call-overload]
        assert self.propose(study, 9) == self.propose(study, 9)
        assert asdict(self.sampler) == before  # type: ignore[call-overload]

    def test_bad_histories_do_no_harm(self) -> None:
        """All equal, all failed, infinite and pending trials are survived."""
        histories: list[list[float | None]] = [[1.0] * 8, [None] * 8, [float("inf"), 1.0, 2.0], [3.0]]
        for values in histories:
            assert self.propose(self.history(values), 4)
        assert self.propose(self.study(Trial(0, self.propose(self.study(), 1)[0])), 4)

    def test_one_proposal_and_a_used_up_space(self) -> None:
        """One at a time works; a space of two configurations gives two, then none."""
        assert len(self.propose(self.study(), 1)) == 1
        tiny = Study("tiny", SearchSpace({"x": Categorical(("a", "b"))}), Objective("loss"))
        both = self.propose(tiny, 5)
        assert sorted(c["x"] for c in both) == ["a", "b"]
        assert self.propose(tiny.with_trials(Trial(i, c) for i, c in enumerate(both)), 5) == []
