"""Search spaces: names, conditions, their order, and what replacing a hyperparameter takes with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from spaces import spaces

from tunescape.errors import InputError
from tunescape.space import Categorical, Condition, Constant, Float, Integer, Ordinal, SearchSpace, house_name

OPTIMISER = Categorical(["sgd", "adam", "rmsprop"])


def momentum_space() -> SearchSpace:
    return SearchSpace(
        {"momentum": Float(0, 0.99), "nesterov": Categorical([False, True]), "optimiser": OPTIMISER},
        [
            Condition("momentum", when={"optimiser": "sgd"}),
            Condition("nesterov", when={"momentum": [0.9]}),
        ],
    )


BAD = [
    (lambda: SearchSpace([("a", Float(0, 1))]), ["`parameters`", "map names"]),
    (lambda: SearchSpace({1: Float(0, 1)}), ["name", "1"]),
    (lambda: SearchSpace({" a": Float(0, 1)}), ["name", "' a'"]),
    (lambda: SearchSpace({"": Float(0, 1)}), ["name", "''"]),
    (lambda: SearchSpace({"a": (0, 1)}), ["'a'", "Float, Integer, Ordinal, Categorical", "(0, 1)"]),
    (
        lambda: SearchSpace({"a": Float(0, 1)}, [Condition("b", when={"a": 0.5})]),
        ["'b'", "not a hyperparameter"],
    ),
    (
        lambda: SearchSpace({"momentum": Float(0, 1), "optimiser": OPTIMISER}, [
            Condition("momentum", when={"optimizer": "sgd"})]),
        ["'optimizer'", "not a hyperparameter", "Did you mean 'optimiser'"],
    ),
    (
        lambda: SearchSpace({"a": Float(0, 1), "o": OPTIMISER}, [Condition("a", when={"o": "SGD"})]),
        ["'a'", "o='SGD'", "one of ['sgd', 'adam', 'rmsprop']"],
    ),
    (
        lambda: SearchSpace({"a": Float(0, 1), "n": Integer(1, 3)}, [Condition("a", when={"n": 5})]),
        ["n=5", "a whole number between 1 and 3"],
    ),
    (
        lambda: SearchSpace({"a": Float(0, 1), "n": Integer(1, 3)}, [Condition("a", when={"n": 1.5})]),
        ["n=1.5", "a whole number between 1 and 3"],
    ),
    (
        lambda: SearchSpace({"a": Float(0, 1), "k": Constant(3)}, [Condition("a", when={"k": 5})]),
        ["k=5", "fixed to 3"],
    ),
    (
        lambda: SearchSpace({"a": Float(0, 1), "o": OPTIMISER}, [
            Condition("a", when={"o": "sgd"}), Condition("a", when={"o": "adam"})]),
        ["'a'", "never hold together", "'o'"],
    ),
    (lambda: SearchSpace({"a": Float(0, 1)}, [{"a": 1}]), ["`conditions`", "Condition"]),
    (
        lambda: SearchSpace({"a": OPTIMISER, "b": OPTIMISER}, [
            Condition("a", when={"b": "sgd"}), Condition("b", when={"a": "sgd"})]),
        ["a, b", "circle"],
    ),
    (lambda: Condition("a", when={}), ["`when`", "'a'"]),
    (lambda: Condition("a", when="sgd"), ["`when`", "'sgd'"]),
    (lambda: Condition("a", when={"a": 1}), ["'a'", "itself"]),
    (lambda: Condition("a", when={"b": []}), ["'a'", "'b'", "at least one"]),
    (lambda: Condition("a", when={"b": None}), ["'a'", "'b'", "None"]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words"), BAD, ids=range(len(BAD)))
def test_bad_input_is_one_sentence_that_names_everything(make, words):
    with pytest.raises(InputError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_single_value_activates_like_a_list_of_one():
    assert Condition("m", when={"o": "sgd"}) == Condition("m", when={"o": ["sgd"]})
    assert Condition("m", when={"n": 3}).when == {"n": (3,)}


def test_activity_follows_the_conditions():
    space = momentum_space()
    assert space.order == ("optimiser", "momentum", "nesterov")
    assert space.is_active("optimiser", {})
    assert space.is_active("momentum", {"optimiser": "sgd"})
    assert not space.is_active("momentum", {"optimiser": "adam"})
    assert not space.is_active("nesterov", {"optimiser": "adam"})
    assert space.is_active("nesterov", {"optimiser": "sgd", "momentum": 0.9})


def test_several_conditions_on_one_hyperparameter_must_all_hold():
    space = SearchSpace(
        {"a": Float(0, 1), "o": OPTIMISER, "n": Ordinal([1, 2])},
        [
            Condition("a", when={"o": ["sgd", "adam"]}),
            Condition("a", when={"o": ["adam", "rmsprop"], "n": 2}),
        ],
    )
    assert space.conditions == (Condition("a", when={"o": "adam", "n": 2}),)
    assert space.is_active("a", {"o": "adam", "n": 2})
    assert not space.is_active("a", {"o": "sgd", "n": 2})
    assert not space.is_active("a", {"o": "adam", "n": 1})


@given(spaces())
def test_the_order_puts_parents_first(space):
    seen = set()
    for name in space.order:
        assert all(set(c.when) <= seen for c in space.conditions if c.parameter == name)
        seen.add(name)
    assert seen == set(space.parameters)
    assert list(space.varying) == [n for n, p in space.parameters.items() if not isinstance(p, Constant)]


def test_replace_keeps_conditions_and_order():
    space = momentum_space().replace(optimiser=Categorical(["adam", "sgd"]), depth=Integer(1, 3))
    assert list(space.parameters) == ["momentum", "nesterov", "optimiser", "depth"]
    assert space.conditions == momentum_space().conditions


def test_replace_takes_with_it_what_can_never_be_active():
    space = momentum_space().replace(optimiser=Constant("adam"))
    assert list(space.parameters) == ["optimiser"]
    assert space.conditions == ()
    kept = momentum_space().replace(momentum=Float(0, 0.5))
    assert list(kept.parameters) == ["momentum", "optimiser"]


def test_replace_refuses_a_given_hyperparameter_that_can_never_be_active():
    with pytest.raises(InputError, match=r"'momentum' takes part only when optimiser is one of \['sgd'\]"):
        momentum_space().replace(optimiser=Constant("adam"), momentum=Constant(0.9))


def test_the_space_cannot_be_changed_through_what_it_was_made_of():
    parameters = {"a": Float(0, 1)}
    space = SearchSpace(parameters)
    parameters["b"] = Float(0, 1)
    assert list(space.parameters) == ["a"]
    assert space == SearchSpace({"a": Float(0, 1)})


def test_house_names():
    assert [house_name(n) for n in ("optimizer", "initializer", "lr")] == ["optimiser", "initialiser", "lr"]


def test_a_notebook_shows_a_table_and_escapes_it():
    shown = SearchSpace({"a<b": Categorical(["<i>"])})._repr_html_()
    assert "a&lt;b" in shown
    assert "<i>" not in shown
