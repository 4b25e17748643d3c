"""A landscape's file: read back as it was, whole or not at all, and nothing else is taken for one."""

import json

import numpy as np
import pytest

from tunescape import Float, InputError, Integer, Ordinal
from tunescape.stores import load_landscape, save_landscape
from tunescape.stores.landscape_file import ARRAYS
from tunescape.study import LEARNED, Axis, empty_landscape


def made(x=None, y=None):
    x = x or Axis("learning_rate", Float(1e-3, 1e3, "log"), 6)
    y = y or Axis("units", Ordinal((4, 8, 16)), 5)
    settings = {"network": {"optimiser": "sgd"}, "seed": 0, "rows": 12, "precision": "float32"}
    return empty_landscape("prod", x, y, n_steps=30, constant_loss=0.25, settings=settings)


@pytest.mark.parametrize("y", [None, Axis("momentum", Float(0, 0.9), 4), Axis("batch_size", Integer(4, 64, "log"), 9)])
def test_a_landscape_is_read_back_as_it_was(tmp_path, y):
    one = made(y=y).after(2.5)
    one.outcome[0, 1], one.loss[0, 1], one.lasted[0, 1] = LEARNED, np.inf, 1e-6
    save_landscape(one, tmp_path / "m.npz")
    read = load_landscape(tmp_path / "m.npz")
    for name in ("task", "x", "y", "n_steps", "constant_loss", "settings", "seconds"):
        assert getattr(read, name) == getattr(one, name)
    for name in ARRAYS:
        assert getattr(read, name).dtype == getattr(one, name).dtype
        assert np.array_equal(getattr(read, name), getattr(one, name), equal_nan=True)
    assert [p.name for p in tmp_path.iterdir()] == ["m.npz"], "nothing is left of the writing"


def test_the_file_says_what_it_holds_without_us(tmp_path):
    save_landscape(made(), tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as file:
        assert set(file) == {"about", "x", "y", *ARRAYS}
        assert file["loss"].shape == (len(file["y"]), len(file["x"])) == (3, 6)
        assert json.loads(str(file["about"]))["axes"]["learning_rate"]["scale"] == "log"


def test_what_is_not_a_landscape_is_refused(tmp_path):
    with pytest.raises(InputError, match="no file"):
        load_landscape(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("hello")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    for name in ("text.npz", "other.npz"):
        with pytest.raises(InputError, match="does not hold the data of a map"):
            load_landscape(tmp_path / name)
    with pytest.raises(InputError, match="cannot be written"):
        save_landscape(made(), tmp_path / "no" / "m.npz")
