"""Hypothesis strategies: hyperparameters and search spaces of every kind."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tunescape import space as sp

NAMES = ["learning_rate", "units", "activation", "optimiser", "momentum", "depth"]

finite = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 6))
positive = st.floats(1e-8, 1e8, allow_nan=False)
words = st.text("abcdefgh_-é", min_size=1, max_size=6).filter(lambda w: w not in ("false",))
choice = st.one_of(words, st.integers(-1000, 1000), st.booleans())


@st.composite
def floats(draw: st.DrawFn) -> sp.Float:
    """A Float on either scale, with or without levels and default."""
    scale = draw(st.sampled_from(["linear", "log"]))
    number = positive if scale == "log" else finite
    ends = draw(st.lists(number, min_size=2, max_size=2, unique=True).map(sorted))
    if ends[1] - ends[0] <= 1e-6 * max(abs(ends[0]), abs(ends[1])):
        ends[1] = ends[0] + 0.5 * abs(ends[0]) + 1.0
    inside = st.floats(ends[0], ends[1])
    listed = st.lists(inside, min_size=1, max_size=5, unique=True).map(sorted)
    levels = draw(st.none() | st.integers(1, 9) | listed)
    return sp.Float(ends[0], ends[1], scale, levels, draw(st.none() | inside))


@st.composite
def integers(draw: st.DrawFn) -> sp.Integer:
    """An Integer on either scale, with or without levels and default."""
    scale = draw(st.sampled_from(["linear", "log"]))
    low = draw(st.integers(1 if scale == "log" else -500, 500))
    high = low + draw(st.integers(1, 400))
    inside = st.integers(low, high)
    listed = st.lists(inside, min_size=1, max_size=5, unique=True).map(sorted)
    levels = draw(st.none() | st.integers(1, min(9, high - low + 1)) | listed)
    return sp.Integer(low, high, scale, levels, draw(st.none() | inside))


def _different(values: list[Any]) -> bool:
    return len(set(values)) == len(values) == len({str(v) for v in values})


choices = st.lists(choice, min_size=1, max_size=6).filter(_different)
ordinals = choices.map(sp.Ordinal)
categoricals = choices.map(sp.Categorical)
constants = choice.map(sp.Constant)
varying = st.one_of(floats(), integers(), ordinals, categoricals)
parameters = varying | constants


@st.composite
def spaces(draw: st.DrawFn) -> sp.SearchSpace:
    """A search space of up to six hyperparameters, some under conditions on earlier ones."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
    chosen = {name: draw(parameters) for name in names}
    conditions = []
    for position, name in enumerate(names):
        parents = [n for n in names[:position] if isinstance(chosen[n], sp.Categorical | sp.Ordinal)]
        if parents and draw(st.booleans()):
            parent = draw(st.sampled_from(parents))
            allowed = draw(st.lists(st.sampled_from(chosen[parent].choices), min_size=1, unique=True))
            conditions.append(sp.Condition(name, when={parent: allowed}))
    shuffled = draw(st.permutations(names))  # a conditional may stand before what it depends on
    return sp.SearchSpace({name: chosen[name] for name in shuffled}, conditions)
