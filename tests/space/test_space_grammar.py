"""The grammar of --vary and --fix: every form, and malformed words of every kind."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from spaces import categoricals

from tunescape.errors import InputError
from tunescape.space import Categorical, Constant, Float, Integer, Ordinal, parse_fix, parse_value, parse_vary

FORMS = {
    "x=(0,1)": ("x", Float(0, 1)),
    "x=(-1.5,1e3)": ("x", Float(-1.5, 1000)),
    "x=log(1e-4,1)": ("x", Float(1e-4, 1, "log")),
    "n=int(1,5)": ("n", Integer(1, 5)),
    "n=int(1e0,1e3)": ("n", Integer(1, 1000)),
    "n=intlog(4,64)": ("n", Integer(4, 64, "log")),
    "b=16|32|64": ("b", Ordinal([16, 32, 64])),
    "b=small|large": ("b", Ordinal(["small", "large"])),
    "o=sgd,adam": ("o", Categorical(["sgd", "adam"])),
    "o=0.5,1,word": ("o", Categorical([0.5, 1, "word"])),
    "x=(0,1):6": ("x", Float(0, 1, levels=6)),
    "x=log(1e-4,1):5": ("x", Float(1e-4, 1, "log", levels=5)),
    "n=int(1,5):3": ("n", Integer(1, 5, levels=3)),
    "n=intlog(4,64):4": ("n", Integer(4, 64, "log", levels=4)),
    "x=(0,1):0|0.5|1": ("x", Float(0, 1, levels=[0, 0.5, 1])),
    "x=(0,1):0.5": ("x", Float(0, 1, levels=[0.5])),
    " learning_rate = log( 1e-4 , 1 ) : 6 ": ("learning_rate", Float(1e-4, 1, "log", levels=6)),
    "o= sgd , adam ": ("o", Categorical(["sgd", "adam"])),
    "optimizer=sgd,adam": ("optimiser", Categorical(["sgd", "adam"])),
    "initializer=he,glorot": ("initialiser", Categorical(["he", "glorot"])),
    "nesterov=true,false": ("nesterov", Categorical([True, False])),
    "o=adam": ("o", Constant("adam")),
}

MALFORMED = [
    "", "x", "=", "x=", "=(0,1)", "  =1", "x==", "x=()", "x=(0)", "x=(0,1", "x=0,1)", "x=(0,1,2)", "x=(,1)",
    "x=(0,)", "x=(a,b)", "x=(1,0)", "x=(1,1)", "x=(nan,1)", "x=(0,inf)", "x=(0,1):", "x=(0,1):0",
    "x=(0,1):-2", "x=(0,1):a", "x=(0,1):1.5", "x=(0,1):0|2", "x=(0,1):1|0", "x=(0,1):0||1", "x=(0,1):true",
    "x=(0,1)6",
    "x=log(0,1)", "x=log(-1,1)", "x=ln(1,2)", "x=LOG(1,2)", "x=log 1e-4,1)", "x=log[1e-4,1]", "x=[0,1]",
    "x={0,1}", "x=5=6",
    "n=int(1.5,5)", "n=int(1,5):9", "n=int(1,5):1.5|2", "n=intlog(0,5)", "n=int(5,1)", "n=int(true,5)",
    "o=sgd,", "o=,adam", "o=sgd,,adam", "o=sgd,sgd", "o=1,1.0", "o=1,true", "o=nan,adam", "o=inf,1", "o=,",
    "b=16|", "b=|16", "b=16||32", "b=16|16", "b=16|16.0", "b=|", "x=((0,1))", "x=(0,1)(0,1)", "o=a(b),c",
    "x=(0,1e999)", "x=(" + "9" * 400 + ",1)", "x=(0," + "9" * 5000 + ")",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMS)
def test_every_form(text):
    assert parse_vary(text) == FORMS[text]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_words_are_input_errors_that_repeat_the_word(text):
    with pytest.raises(InputError) as caught:
        parse_vary(text)
    assert repr(text) in str(caught.value)
    assert str(caught.value).startswith("--vary ")


@given(st.text("x=(0,1)logint:|.e-+5ab \t", max_size=20) | st.text(max_size=12))
@example("x=\x00")
def test_any_text_is_a_hyperparameter_or_an_input_error(text):
    try:
        name, parameter = parse_vary(text)
    except InputError:
        return
    assert name == name.strip() != ""
    assert isinstance(parameter, Float | Integer | Ordinal | Categorical | Constant)


@given(categoricals.filter(lambda c: len(c.choices) > 1))
def test_choices_written_out_are_read_back(parameter):
    text = ",".join(str(choice) for choice in parameter.choices)
    assert parse_vary(f"o={text}") == ("o", parameter)


WORDS = {"5": 5, "-3": -3, "1e-4": 1e-4, "0.5": 0.5, "true": True, "False": False, " relu ": "relu", "": ""}


@pytest.mark.parametrize(("word", "value"), WORDS.items())
def test_words_become_values(word, value):
    assert parse_value(word) == value
    assert type(parse_value(word)) is type(value)


def test_fix():
    assert parse_fix("optimizer=adam") == ("optimiser", Constant("adam"))
    assert parse_fix("units=16") == ("units", Constant(16))
    assert parse_fix("layers=(5, 10)") == ("layers", Constant("(5, 10)"))
    for text in ("", "units", "units=", "=5", "units=nan"):
        with pytest.raises(InputError, match="--fix"):
            parse_fix(text)
