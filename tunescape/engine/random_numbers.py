"""Counter-based random numbers: a number depends on (seed, stream, step, index) and nothing else.

So a network draws the same weights, the same order of rows and the same dropout masks whether it
is trained alone, in any lane of any pack, on any number of threads, or stopped and resumed.

Scalars are mixed by SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195); dropout,
which needs one number per unit and sample, uses a 32-bit multiply-xorshift hash per lane, keyed
with 64 bits of SplitMix64 per (seed, step, layer).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tunescape.engine.jit import entrance, is_compiled, kernel
from tunescape.engine.lanes import load_words, shift_right, spread_words

WEIGHTS, ROWS, DROPOUT, BIASES = 1, 2, 3, 4
"""Streams: what a random number is for."""

MANY = 2**17
"""Numbers from which a compiled loop draws them; its compilation takes longer than fewer do."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)


@kernel
def mix(key, counter):
    """SplitMix64 of a 64-bit key and counter: 64 well-mixed bits."""
    z = key + (counter + np.uint64(1)) * _GOLDEN
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


def mix_array(key: NDArray[np.uint64] | np.uint64, counter: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """`mix` on NumPy arrays (broadcast)."""
    with np.errstate(over="ignore"):
        z = np.asarray(key, np.uint64) + (counter.astype(np.uint64) + np.uint64(1)) * _GOLDEN
        z = (z ^ (z >> _S30)) * _MIX_1
        z = (z ^ (z >> _S27)) * _MIX_2
        return z ^ (z >> _S31)


def uniform(seeds: NDArray[np.int64], stream: int, layer: int, n: int) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1) with 53 bits.

    Args:
        seeds: One per network, shape (n_networks,).
        stream: What they are for.
        layer: Which layer.
        n: How many per network.

    Returns:
        Shape (n_networks, n).
    """
    key = mix_array(seeds.astype(np.uint64), np.array([stream * 1024 + layer], np.uint64))
    if len(seeds) * n >= MANY and is_compiled():
        found = np.empty((len(seeds), n))
        _fill_uniform(key, found)
        return found
    bits = mix_array(key[:, None], np.arange(n, dtype=np.uint64)[None, :])
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


@entrance
def _fill_uniform(keys, out):
    """`uniform` for keys that are mixed already, (n_networks,), into (n_networks, n)."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.float64(mix(keys[i], np.uint64(j)) >> np.uint64(11)) * 1.1102230246251565e-16  # 2^-53


@kernel
def shuffle_lanes(rows, n_rows, due, keys, seeds, epoch):
    """Fisher-Yates shuffle of the rows of some lanes, in place; depends on seed and epoch of a lane only.

    Args:
        rows: Row numbers, flat (n_max * n_lanes,), uint32; a lane's first n_rows are shuffled.
        n_rows: Rows of each lane, (n_lanes,).
        due: Which lanes to shuffle, (n_lanes,), not 0 where due.
        keys: Overwritten, (n_lanes,), uint64.
        seeds: The networks' seeds, (n_lanes,), uint64.
        epoch: Pass over the data of each lane, (n_lanes,).
    """
    n_lanes, most = len(seeds), 0
    for lane in range(n_lanes):
        if due[lane]:
            keys[lane] = mix(mix(seeds[lane], np.uint64(ROWS * 1024)), np.uint64(epoch[lane]))
            most = n_rows[lane] if n_rows[lane] > most else most
    for i in range(most - 1, 0, -1):
        for lane in range(n_lanes):
            if due[lane] and i < n_rows[lane]:
                word = mix(keys[lane], np.uint64(i)) >> _S32
                j = np.int64((word * np.uint64(i + 1)) >> _S32)  # Lemire's multiply-shift to 0 .. i
                a, b = i * n_lanes + lane, j * n_lanes + lane
                rows[a], rows[b] = rows[b], rows[a]


@entrance
def shuffle_rows(rows, seed, epoch):
    """`shuffle_lanes` for one network, (n_rows,)."""
    key = mix(mix(seed, np.uint64(ROWS * 1024)), epoch)
    for i in range(len(rows) - 1, 0, -1):
        j = np.int64(((mix(key, np.uint64(i)) >> _S32) * np.uint64(i + 1)) >> _S32)
        rows[i], rows[j] = rows[j], rows[i]


@kernel
def dropout_keys(keys, seeds, n_lanes, n_layers, step):
    """Fill two 32-bit keys per (layer, lane) for the dropout masks of each lane's step, (n_lanes,)."""
    for lane in range(n_lanes):
        for layer in range(n_layers):
            bits = mix(mix(seeds[lane], np.uint64(DROPOUT * 1024 + layer)), np.uint64(step[lane]))
            keys[(2 * layer) * n_lanes + lane] = np.uint32(bits >> _S32)
            keys[(2 * layer + 1) * n_lanes + lane] = np.uint32(bits & np.uint64(0xFFFFFFFF))


@kernel
def dropout_words(keys, layer, index, like):
    """One 32-bit random word per lane for unit-and-sample `index` of a layer (``lowbias32`` rounds)."""
    first, second = load_words(keys, 2 * layer, like), load_words(keys, 2 * layer + 1, like)
    x = first + spread_words(first, index * 0x9E3779B1)
    x = (x ^ shift_right(x, 16)) * spread_words(x, 0x7FEB352D)
    x = (x ^ second ^ shift_right(x, 15)) * spread_words(x, 0x846CA68B)
    return x ^ shift_right(x, 16)
