"""Learning curves as blobs."""

import struct

import numpy as np
import pytest

from tunescape.errors import InputError
from tunescape.stores.curves import decode_curve, encode_curve
from tunescape.study import Curve


def test_the_blob_is_what_the_docstring_says():
    blob = encode_curve(Curve(np.array([1, 300]), {"ä": np.array([0.5, np.nan], np.float32)}))
    head = struct.pack("<2sBBII", b"tc", 1, 0, 2, 1)
    body = struct.pack("<H2sqq", 2, "ä".encode(), 1, 300) + struct.pack("<ff", 0.5, float("nan"))
    assert blob == head + body


def test_long_smooth_curves_are_deflated_and_noise_is_not():
    steps = np.arange(5000)
    smooth = Curve(steps, {"loss": np.full(5000, 0.25, np.float32)})
    blob = encode_curve(smooth)
    assert len(blob) < 0.5 * 12 * 5000
    assert decode_curve(blob) == smooth
    rng = np.random.default_rng(0)
    noise = Curve(rng.integers(0, 2**60, 5000), {"loss": rng.standard_normal(5000).astype(np.float32)})
    assert len(encode_curve(noise)) == 12 + 2 + 4 + 12 * 5000
    assert decode_curve(encode_curve(noise)) == noise


def test_types_come_back_and_wide_numbers_are_narrowed():
    back = decode_curve(encode_curve(Curve([1, 2], {"loss": [0.1, 1e300]})))
    assert back.steps.dtype == np.int64
    assert back.values["loss"].dtype == np.float32
    assert back.values["loss"].tolist() == [np.float32(0.1), np.inf]
    back.values["loss"][0] = 1  # writable


def test_damage_and_newer_versions_are_said():
    blob = encode_curve(Curve(np.arange(3), {"loss": np.zeros(3, np.float32)}))
    for bad in (b"", blob[:5], blob[:-1], b"xx" + blob[2:], blob[:3] + b"\x01" + blob[4:]):
        with pytest.raises(InputError, match="damaged"):
            decode_curve(bad)
    with pytest.raises(InputError, match="Update tunescape"):
        decode_curve(blob[:2] + b"\x09" + blob[3:])
    with pytest.raises(InputError, match="one value for each"):
        encode_curve(Curve(np.arange(3), {"loss": np.zeros(2, np.float32)}))
    with pytest.raises(InputError, match="65536 bytes"):
        encode_curve(Curve(np.arange(1), {"x" * 70000: np.zeros(1, np.float32)}))
