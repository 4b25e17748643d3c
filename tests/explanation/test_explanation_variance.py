"""What every analysis of variance has in common: its findings, its verdict, and what it cannot do."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from explanation_studies import survey_study
from variance_studies import grid_table, mixed_space, nothing, random_table, table_of

from tunescape.explanation.shares import effects_of
from tunescape.explanation.variance import findings, variance_findings, verdict
from tunescape.explanation.variance_analysis import Effect, VarianceAnalysis
from tunescape.numerics import Share
from tunescape.space import Constant, Float, SearchSpace
from tunescape.study import Status

KEYS = ["fit", "importance", "interactions", "noise", "main_effects", "interaction_effects"]
LINE = SearchSpace({"x": Float(0, 1)})


def analyses():
    rng = np.random.default_rng(0)
    yield variance_findings(survey_study().table, {})
    yield variance_findings(random_table(rng, 100, nothing), {})
    yield variance_findings(random_table(rng, 60, lambda u: 3 * u[:, 0], replicates=2), {})
    yield variance_findings(grid_table(rng.standard_normal((4, 4, 4, 1))), {})


def test_shares_and_the_unexplained_add_up_to_one():
    for analysis in analyses():
        shares = [e.share for e in analysis.mains + analysis.pairs]
        assert min(shares) >= 0
        assert sum(shares) + analysis.unexplained == pytest.approx(1.0, abs=1e-9)
        assert all(0 <= e.low <= e.share <= e.high <= 1 for e in analysis.mains + analysis.pairs)
        if analysis.noise is not None:
            assert analysis.noise + analysis.higher_order == pytest.approx(analysis.unexplained, abs=1e-9)
            assert analysis.higher_order >= 0


def test_findings_come_in_order_and_agree_with_one_another():
    for analysis in analyses():
        made = findings(analysis)
        assert [f.key for f in made] == KEYS
        rows = made[1].table
        assert [r["share"] for r in rows] == sorted((r["share"] for r in rows), reverse=True)
        assert [r["parameter"] for r in rows] == [e["parameter"] for e in made[4].data["effects"]]
        assert len(made[5].data["pairs"]) <= 6
        json.dumps([[f.table, f.data] for f in made], allow_nan=False)


def test_answers_name_what_is_detectable_and_what_is_not():
    analysis = variance_findings(random_table(np.random.default_rng(1), 200, lambda u: 4 * u[:, 0]), {})
    importance = next(f for f in findings(analysis) if f.key == "importance")
    assert importance.answer.startswith("p0 ")
    assert "Nothing detectable in" in importance.answer
    assert "p1" in importance.answer.split("Nothing detectable in")[1]


EMPTY = {
    "too few": table_of(LINE, [({"x": i / 5}, i) for i in range(5)]),
    "0 usable": table_of(LINE, []),
    "same score": table_of(LINE, [({"x": i / 20}, 0.5) for i in range(20)]),
    "same configuration": table_of(LINE, [({"x": 0.5}, i) for i in range(20)]),
    "No hyperparameter varies": table_of(SearchSpace({"x": Constant(1)}), [({"x": 1}, i) for i in range(20)]),
    "different configurations": table_of(LINE, [({"x": (i % 3 + i // 9) / 4}, i) for i in range(20)]),
}


@pytest.mark.parametrize("reason", EMPTY)
def test_what_cannot_be_analysed_is_said(reason):
    analysis = variance_findings(EMPTY[reason], {})
    assert not analysis.applicable
    made = {f.key: f for f in findings(analysis)}
    assert list(made) == KEYS
    assert not any(f.applicable for f in made.values())
    assert reason in made["importance"].answer
    assert made["fit"].data["r2"] is None
    assert made["noise"].data["unexplained"] is None
    assert made["main_effects"].data["effects"] == []
    assert verdict(analysis, False) == "nothing detectable"
    assert verdict(analysis, True) == "partly explained"


def test_only_usable_rows_enter():
    rng = np.random.default_rng(2)
    table = random_table(rng, 60, lambda u: 3 * u[:, 0])
    wild = dataclasses.replace(table, values=np.where(np.arange(60) < 5, 1e9, table.values))
    status = wild.status.copy()
    status[:5] = list(Status).index(Status.DIVERGED)
    wild = dataclasses.replace(wild, status=status)
    assert variance_findings(wild, {}) == variance_findings(table.rows(np.arange(60) >= 5), {})


def test_one_hyperparameter_and_one_that_stands_still():
    rng = np.random.default_rng(3)
    space = SearchSpace({"x": Float(0, 1), "still": Float(0, 1)})
    rows = [({"x": float(x), "still": 0.5}, 3 * x + 0.1 * rng.standard_normal()) for x in rng.random(40)]
    analysis = variance_findings(table_of(space, rows), {})
    assert [e.parameters for e in analysis.mains] == [("x",)]
    assert analysis.mains[0].detectable
    assert any("still" in caveat for caveat in analysis.caveats)
    assert not next(f for f in findings(analysis) if f.key == "interactions").applicable


def test_shares_leave_room_for_noise():
    estimates = [Share(0.7, 0.6, 0.8), Share(0.5, 0.4, 0.6)]
    arguments = ([("a",), ("b",)], estimates, np.full(2, 0.01), np.full(2, 0.01))
    assert [e.share for e in effects_of(*arguments, 0.4)] == pytest.approx([0.35, 0.25])
    assert [e.share for e in effects_of(*arguments, 1.1)] == [0.0, 0.0]
    kept = effects_of([("a",), ("b",)], [Share(0.3, 0.2, 0.4), Share(-0.1, -0.2, 0.0)], *arguments[2:], 0.0)
    assert [e.share for e in kept] == [0.3, 0.0]  # what is detectable pays nothing for the others' luck


def judged(low, ceiling, p=0.01):
    mains = (Effect(("x",), 0.5, 0.4, 0.6, p),)
    return VarianceAnalysis("score", "smooth", mains=mains, low=low, noise_ceiling=ceiling)


@pytest.mark.parametrize(
    ("analysis", "driver", "expected"),
    [
        (judged(0.9, None, p=0.2), False, "nothing detectable"),
        (judged(0.1, None, p=0.2), True, "partly explained"),
        (judged(0.5, None), False, "explained"),
        (judged(0.49, None), False, "partly explained"),
        (judged(0.49, 0.6), False, "explained"),
        (judged(0.55, 0.7), False, "partly explained"),
        (judged(0.0, 0.0, p=0.2), True, "partly explained"),
    ],
)
def test_verdict_is_what_the_commands_page_says(analysis, driver, expected):
    assert verdict(analysis, driver) == expected


def test_mixed_space_has_every_kind():
    kinds = {e.kind for e in variance_findings(random_table(np.random.default_rng(4), 80, nothing), {}).main_effects}
    assert kinds == {"numeric", "ordinal", "categorical"}
    assert len(mixed_space().varying) == 6
