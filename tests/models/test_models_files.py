"""An .npz file keeps a model whole, holds no code, and says what is wrong with other files."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from trained_networks import NAMES, drawn, encoded_rows, words_frame

from tunescape import InputError
from tunescape.models import load_model, save_model


@pytest.fixture
def model(tasks):
    """A model with words, gaps and normalisation."""
    return drawn(tasks["words and gaps"], normalisation="batch", activation="leaky_relu", negative_slope=0.07)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_comes_back_as_it_was(tasks, name, tmp_path):
    model = drawn(tasks[name], normalisation="layer", dtype="float64", norm_epsilon=0.02)
    path = model.save(tmp_path / "best.npz")
    back = load_model(path)
    for ours, theirs in zip(model.layers, back.layers, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert (a is None and b is None) or (a.dtype == b.dtype and np.array_equal(a, b))
    for field in ("network", "classes", "task", "backend", "settings", "metrics", "history", "seed", "steps",
                  "learning_rate", "negative_slope", "norm_epsilon", "target_mean", "target_sd"):  # fmt: skip
        assert getattr(back, field) == getattr(model, field), field
    assert repr(back) == repr(model)
    if model.preprocessing.is_numeric:
        rows = encoded_rows(model)
        np.testing.assert_array_equal(back.predict(rows), model.predict(rows))


def test_words_and_gaps_are_read_the_same_after_loading(model, tmp_path):
    model.save(tmp_path / "best.npz")
    frame = words_frame()
    np.testing.assert_array_equal(load_model(tmp_path / "best.npz").predict_proba(frame), model.predict_proba(frame))


def test_metrics_that_are_not_finite_are_kept(tasks, tmp_path):
    model = replace(drawn(tasks["not scaled"]), metrics={"train_loss": float("nan"), "validation_loss": float("inf")})
    metrics = load_model(save_model(model, tmp_path / "x.npz")).metrics
    assert np.isnan(metrics["train_loss"])
    assert metrics["validation_loss"] == np.inf


def changed(path, to, **changes):
    """A copy of a model's file with other metadata."""
    with np.load(path) as file:
        arrays = dict(file)
    document = json.loads(arrays["metadata"].tobytes()) | changes
    arrays["metadata"] = np.frombuffer(json.dumps(document).encode(), dtype=np.uint8)
    np.savez(to, **arrays)


def test_other_files_are_refused_in_one_sentence(model, tmp_path):
    good = model.save(tmp_path / "good.npz")
    whole = good.read_bytes()
    files = {
        "empty.npz": b"", "text.npz": b"a,b\n1,2\n", "half.npz": whole[: len(whole) // 2], "tail.npz": whole[:-30],
        "damaged.npz": whole[:400] + b"\0" * 50 + whole[450:],
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    np.savez(tmp_path / "other.npz", x=np.arange(3))
    np.save(tmp_path / "array.npz", np.arange(3))
    (tmp_path / "array.npz.npy").rename(tmp_path / "array.npz")
    np.savez(tmp_path / "pickled.npz", metadata=np.array([{"format": "tunescape model"}], dtype=object))
    changed(good, tmp_path / "foreign.npz", format="something")
    changed(good, tmp_path / "widths.npz", classes=["only one"])
    changed(good, tmp_path / "network.npz", network={"widths": [2, 3], "speed": 3})
    for name in (*files, "other.npz", "array.npz", "pickled.npz", "foreign.npz", "widths.npz", "network.npz"):
        with pytest.raises(InputError) as said:
            load_model(tmp_path / name)
        assert "\n" not in str(said.value), name
        assert name == "widths.npz" or name in str(said.value), name


def test_what_is_missing_or_later_is_said(model, tmp_path):
    with pytest.raises(InputError, match="There is no model"):
        load_model(tmp_path / "nothing.npz")
    changed(model.save(tmp_path / "good.npz"), tmp_path / "later.npz", version=2)
    with pytest.raises(InputError, match="later tunescape"):
        load_model(tmp_path / "later.npz")


def test_the_file_holds_arrays_and_json_only(model, tmp_path):
    path = model.save(tmp_path / "best.npz")
    with np.load(path, allow_pickle=False) as file:
        assert {array.dtype.kind for array in (file[name] for name in file)} == {"f", "i", "u"}
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None


def test_a_file_that_cannot_be_written_leaves_nothing_behind(model, tmp_path):
    (tmp_path / "folder.npz").mkdir()
    for path, said in (("folder.npz", "folder"), ("no/such/a.npz", "no/such"), ("a.txt", ".npz")):
        with pytest.raises(InputError, match=said):
            model.save(tmp_path / path)
    with pytest.raises(InputError, match="export_model"):
        save_model(model, tmp_path / "a.onnx")
    assert [p.name for p in tmp_path.rglob("*")] == ["folder.npz"]


def test_writing_again_replaces_the_file_whole(model, tasks, tmp_path):
    path = model.save(tmp_path / "best.npz")
    drawn(tasks["regression"]).save(path)
    assert load_model(path).task == "diabetes"
    assert [p.name for p in tmp_path.iterdir()] == ["best.npz"]
