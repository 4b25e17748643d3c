"""Trains a population of networks, one per SIMD lane: arrays in, learning curves out; knows no trials."""

from tunescape.engine.activations import ACTIVATIONS
from tunescape.engine.block import Block, make_block
from tunescape.engine.initialisers import INITIALISERS
from tunescape.engine.jit import available_cores
from tunescape.engine.lanes import LANES
from tunescape.engine.losses import LOSSES
from tunescape.engine.network import Data, Network
from tunescape.engine.optimisers import DEFAULTS, OPTIMISERS, SETTINGS
from tunescape.engine.outcome import DIVERGED, RAN, sentence
from tunescape.engine.population import Trained, divergence, train, train_blocks
from tunescape.engine.prediction import predict
from tunescape.engine.warm_up import warm_up

__all__ = [
    "ACTIVATIONS",
    "DEFAULTS",
    "DIVERGED",
    "INITIALISERS",
    "LANES",
    "LOSSES",
    "OPTIMISERS",
    "RAN",
    "SETTINGS",
    "Block",
    "Data",
    "Network",
    "Trained",
    "available_cores",
    "divergence",
    "make_block",
    "predict",
    "sentence",
    "train",
    "train_blocks",
    "warm_up",
]
