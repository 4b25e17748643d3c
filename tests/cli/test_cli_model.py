"""`tunescape model`: a study's network in a file, and what it says where that cannot be."""

from __future__ import annotations

import numpy as np
import pytest
from command_line import tunescape

SURVEY = ("survey", "wine", "--trials", "6", "--replicates", "1", "--study", "wine", "--vary", "steps=40|80")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a store that holds one small study."""
    made = tmp_path_factory.mktemp("model")
    done = tunescape(*SURVEY, cwd=made)
    assert done.code == 0, done.err
    return made


def test_the_best_network_is_written_and_described(folder):
    from tunescape.models import load_model

    done = tunescape("model", "wine", "-o", "best.npz", cwd=folder)
    assert done.code == 0, done.err
    model = load_model(folder / "best.npz")
    assert done.out == f"{model}\nModel: best.npz.\n"
    assert set(model.predict(np.zeros((3, 13)))) <= {"class_0", "class_1", "class_2"}


def test_one_trial_of_a_store_with_json_and_scikit_learns_own_object(folder):
    import joblib

    words = ("model", "tunescape.db", "--trial", "3", "-o", "three.npz", "--json")
    done = tunescape(*words, cwd=folder)
    assert done.code == 0, done.err
    assert done.json["study"] == "wine"
    assert done.json["form"] == "npz"
    relu = tunescape("survey", "wine", "--trials", "6", "--replicates", "1", "--study", "relu", "--fix",
                     "activation=relu", "--vary", "steps=40|80", cwd=folder)  # fmt: skip
    assert relu.code == 0, relu.err
    done = tunescape("model", "relu", "--as", "sklearn", "-o", "relu.joblib", cwd=folder)
    assert done.code == 0, done.err
    assert list(joblib.load(folder / "relu.joblib").classes_) == ["class_0", "class_1", "class_2"]


@pytest.mark.parametrize(("words", "said"), [
    (("nothing", "-o", "a.npz"), "nothing"),
    (("wine", "-o", "a.txt"), "ending"),
    (("wine", "-o", "a.npz", "--as", "keras"), "a.keras"),
    (("wine", "-o", "a.npz", "--as", "theano"), "one of npz"),
    (("wine", "-o", "no/such/a.npz"), "no/such"),
    (("wine", "-o", "a.npz", "--trial", "99"), "0 to 5"),
    (("wine", "-o", "a.npz", "--study", "wine"), "--study"),
    (("wine", "-o", "a.npz", "--store", "sqlite:///none.db"), "none.db"),
])  # fmt: skip
def test_bad_input_is_one_sentence_and_writes_nothing(folder, words, said):
    before = sorted(p.name for p in folder.iterdir())
    done = tunescape("model", *words, cwd=folder)
    assert done.code == 2, (done.out, done.err)
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert done.out == ""
    assert sorted(p.name for p in folder.iterdir()) == before
