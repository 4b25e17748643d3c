"""Search spaces as TOML and plain data: there and back, by hand, and told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from spaces import spaces

from tunescape.errors import InputError
from tunescape.space import (
    Categorical,
    Condition,
    Constant,
    Float,
    Integer,
    Ordinal,
    SearchSpace,
    differences,
    digest,
    from_dict,
    read_toml,
    to_dict,
)

BY_HAND = """
[learning_rate]
type = "float"          # float | integer | ordinal | categorical | constant
low = 1e-4
high = 1.0
scale = "log"           # linear (default) | log
levels = 6              # optional, for factorial designs; or the list itself
default = 1e-2          # optional
[optimiser]
type = "categorical"
choices = ["sgd", "adam"]
[batch_size]
type = "ordinal"        # ordered levels, numbers or words
choices = [16, 32, 64, 128]
[momentum]
type = "float"
low = 0.0
high = 0.99
when = { optimiser = ["sgd"] }
[layers]
type = "integer"
low = 1
high = 4
levels = [1, 2, 4]
[activation]
type = "constant"
value = "relu"
"""
SPACE = SearchSpace(
    {
        "learning_rate": Float(1e-4, 1, "log", levels=6, default=0.01),
        "optimiser": Categorical(["sgd", "adam"]),
        "batch_size": Ordinal([16, 32, 64, 128]),
        "momentum": Float(0, 0.99),
        "layers": Integer(1, 4, levels=[1, 2, 4]),
        "activation": Constant("relu"),
    },
    [Condition("momentum", when={"optimiser": "sgd"})],
)


def as_toml(space: SearchSpace) -> str:
    """The space as TOML; strings, numbers, truth values and lists are written as in JSON."""
    lines = []
    for name, table in to_dict(space).items():
        lines.append(f"[{json.dumps(name, ensure_ascii=False)}]")
        for key, value in table.items():
            if key == "when":
                pairs = (f"{json.dumps(k, ensure_ascii=False)} = {json.dumps(v)}" for k, v in value.items())
                lines.append(f"when = {{ {', '.join(pairs)} }}")
            else:
                lines.append(f"{key} = {json.dumps(value)}")
    return "\n".join(lines)


def test_the_file_of_the_manual_is_read(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(BY_HAND)
    assert read_toml(path) == SPACE
    assert read_toml(str(path)) == SPACE


@given(space=spaces())
def test_toml_round_trip(tmp_path_factory, space):
    path = tmp_path_factory.mktemp("toml") / "space.toml"
    path.write_text(as_toml(space), encoding="utf-8")
    again = read_toml(path)
    assert again == space
    assert list(again.parameters) == list(space.parameters)


@given(spaces())
def test_dictionary_round_trip_through_json(space):
    again = from_dict(json.loads(json.dumps(to_dict(space))))
    assert again == space
    assert to_dict(again) == to_dict(space)
    assert differences(space, again) == []
    assert digest(to_dict(space)) == digest(to_dict(again))


def test_other_spellings_and_single_values_are_taken():
    space = from_dict(
        {
            "optimizer": {"type": "categorical", "choices": ["sgd", "adam"]},
            "momentum": {"type": "float", "low": 0, "high": 1, "when": {"optimizer": "sgd"}},
        }
    )
    assert list(space.parameters) == ["optimiser", "momentum"]
    assert space.conditions == (Condition("momentum", when={"optimiser": ("sgd",)}),)


BAD = [
    ("x = 5", ["'x'", "must be a table", "[x]"]),
    ("[x]\nlow = 0\nhigh = 1", ["'x'", "`type`", "float, integer", "None"]),
    ('[x]\ntype = "flot"', ["'x'", "`type`", "'flot'", "Did you mean 'float'"]),
    ("[x]\ntype = [1]", ["'x'", "`type`", "[1]"]),
    ('[x]\ntype = "float"\nlow = 0', ["'x'", "needs `high`"]),
    ('[x]\ntype = "categorical"', ["'x'", "needs `choices`"]),
    ('[x]\ntype = "float"\nlow = 0\nhigh = 1\nlevel = 3', ["'x'", "'level'", "Did you mean 'levels'"]),
    ('[x]\ntype = "float"\nlow = 0\nhigh = 1\nchoices = [3]', ["'x'", "has no 'choices'"]),
    ('[x]\ntype = "float"\nlow = "0"\nhigh = 1', ["'x'", "`low`", "'0'"]),
    ('[x]\ntype = "float"\nlow = 0\nhigh = inf', ["'x'", "`high`", "finite"]),
    ('[x]\ntype = "float"\nlow = 0\nhigh = 1\nscale = "log"', ["'x'", "`low`", "linear"]),
    ('[x]\ntype = "float"\nlow = 2000-01-01\nhigh = 1', ["'x'", "`low`", "number"]),
    ('[x]\ntype = "categorical"\nchoices = [["a"]]', ["'x'", "`choices`", "['a']"]),
    ('[x]\ntype = "float"\nlow = 0\nhigh = 1\nwhen = "sgd"', ["'x'", "`when`", "'sgd'"]),
    ('[x]\ntype = "float"\nlow = 0\nhigh = 1\nwhen = {}', ["'x'", "`when`"]),
    ('[x]\ntype = "float"\nlow = 0\nhigh = 1\nwhen = {y = 1}', ["'y'", "not a hyperparameter"]),
    (
        '[optimiser]\ntype = "constant"\nvalue = 1\n[optimizer]\ntype = "constant"\nvalue = 2',
        ["'optimiser'", "twice", "'optimizer'"],
    ),
    ("[x\n", ["TOML"]),
    ("\xff", ["TOML"]),
    ("", ["no hyperparameter"]),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=range(len(BAD)))
def test_a_bad_file_is_one_sentence_that_names_the_file_and_the_hyperparameter(tmp_path, text, words):
    path = tmp_path / "space.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        read_toml(path)
    assert "space.toml" in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="no search space file"):
        read_toml(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="not a readable"):
        read_toml(tmp_path)


def test_differences_in_words():
    rate = Float(1e-4, 1, "log", levels=5)
    changed = SPACE.replace(learning_rate=rate, layers=Integer(1, 8), width=Float(0, 1))
    said = differences(SPACE, changed)
    assert said == [
        "learning_rate has levels 5 instead of 6, default None instead of 0.01",
        "layers has high 8 instead of 4, levels None instead of [1, 2, 4]",
        "width is new",
    ]
    assert differences(changed, SPACE)[-1] == "width is missing now"
    assert differences(SPACE, SPACE) == []


def test_differences_see_kinds_choices_and_conditions():
    other = SearchSpace({**SPACE.parameters, "optimiser": Ordinal(["sgd", "adam", "rmsprop"])})
    said = "; ".join(differences(SPACE, other))
    assert "type 'ordinal' instead of 'categorical'" in said
    assert "choices ['sgd', 'adam', 'rmsprop'] instead of ['sgd', 'adam']" in said
    assert "momentum has when None instead of {'optimiser': ['sgd']}" in said


def test_the_digest_is_the_same_in_every_process_and_never_changes():
    program = (
        "from tunescape.space import *\n"
        "space = SearchSpace({'o': Categorical(['sgd', 'adam']), 'x': Float(1e-4, 1, 'log'),"
        " 'm': Float(0, .99)}, [Condition('m', when={'o': 'sgd'})])\n"
        "print(digest({'space': to_dict(space), 'settings': {'b': 1, 'a': [1, 2.5, None, True]}}))\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("0", "1", "random")
    }  # fmt: skip
    assert len(seen) == 1
    assert len(seen.pop()) == 6
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) == "c528ba"
    assert digest({"a": 1}) != digest({"a": 2})


def test_a_store_leaves_spellings_alone():
    space = SearchSpace(
        {"optimizer": Categorical(["sgd", "adam"]), "optimiser": Float(0, 1)},
        [Condition("optimiser", when={"optimizer": "sgd"})],
    )
    assert from_dict(to_dict(space), british=False) == space
