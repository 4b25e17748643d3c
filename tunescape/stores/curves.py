"""Learning curves as compact typed blobs, and back.

A blob is a head of 12 bytes, then a body. Head: the letters ``tc``, the version (one byte), flags
(one byte; bit 0: the body is deflated), the number of points and the number of curves (4 bytes
each). Body: the curves' names (2 bytes of length, then UTF-8, each), the steps as int64, then every
curve as float32. All numbers are little-endian.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from tunescape.errors import InputError
from tunescape.study import Curve

VERSION = 1
_HEAD = struct.Struct("<2sBBII")
_MAGIC = b"tc"
_DEFLATED = 1
_WORTH_A_TRY = 4096
"""Bodies below this many bytes are not deflated: the time is worth more than the bytes."""


def encode_curve(curve: Curve) -> bytes:
    """Write learning curves as a blob.

    Raises:
        InputError: A curve has another length than the steps, or a name is too long.
    """
    steps = np.asarray(curve.steps)
    parts = [_name(name) for name in curve.values]
    parts.append(steps.astype("<i8").tobytes())
    for name, values in curve.values.items():
        values = np.asarray(values)
        if steps.ndim != 1 or values.shape != steps.shape:
            raise InputError(
                f"Learning curve {name!r} must have one value for each of its steps. "
                f"Got {values.shape} values and {steps.shape} steps."
            )
        with np.errstate(over="ignore"):  # beyond float32 is infinite
            parts.append(values.astype("<f4").tobytes())
    body, flags = b"".join(parts), 0
    if len(body) >= _WORTH_A_TRY:
        deflated = zlib.compress(body, 1)
        if len(deflated) < 0.8 * len(body):
            body, flags = deflated, _DEFLATED
    return _HEAD.pack(_MAGIC, VERSION, flags, steps.size, len(curve.values)) + body


def _name(name: str) -> bytes:
    """A name with its length before it."""
    text = str(name).encode("utf-8")
    if len(text) > 0xFFFF:
        raise InputError(f"The name of a learning curve must have less than 65536 bytes. Got {len(text)}.")
    return struct.pack("<H", len(text)) + text


def decode_curve(blob: bytes) -> Curve:
    """Read learning curves from a blob.

    Raises:
        InputError: The blob is damaged, or was written by a newer version.
    """
    try:
        return _decode(blob)
    except (struct.error, zlib.error, ValueError, UnicodeDecodeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"A learning curve in the store is damaged ({error}).") from None


def _decode(blob: bytes) -> Curve:
    magic, version, flags, points, n_curves = _HEAD.unpack_from(blob)
    if magic != _MAGIC:
        raise ValueError("it does not start as one")
    if version > VERSION:
        raise InputError(
            f"The store holds learning curves of version {version}, and this tunescape reads up to "
            f"{VERSION}. Update tunescape."
        )
    body = blob[_HEAD.size :]
    if flags & _DEFLATED:
        body = zlib.decompress(body)
    names, at = [], 0
    for _ in range(n_curves):
        (length,) = struct.unpack_from("<H", body, at)
        names.append(body[at + 2 : at + 2 + length].decode("utf-8"))
        at += 2 + length
    steps = np.frombuffer(body, "<i8", points, at).astype(np.int64)
    at += 8 * points
    values = np.frombuffer(body, "<f4", points * n_curves, at).astype(np.float32).reshape(n_curves, points)
    return Curve(steps, dict(zip(names, values)))
