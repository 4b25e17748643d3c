"""Trains a population of networks, one per SIMD lane: arrays in, learning curves out; knows no trials."""

from tunescape.engine.activations import ACTIVATIONS
from tunescape.engine.batches import batches, row_weights
from tunescape.engine.early_stopping import EarlyStopping, begin_waiting, look
from tunescape.engine.initialisers import INITIALISERS
from tunescape.engine.jit import available_cores
from tunescape.engine.jobs import Jobs
from tunescape.engine.lanes import LANES
from tunescape.engine.learning_rate import SCHEDULES
from tunescape.engine.losses import LOSSES
from tunescape.engine.network import CHOICES, Data, Layer, Network, as_matrix
from tunescape.engine.optimisers import DEFAULTS, OPTIMISERS, PLACEMENTS, SETTINGS
from tunescape.engine.outcome import DIVERGED, RAN, sentence
from tunescape.engine.population import REGIMES, flop_of, train, train_jobs
from tunescape.engine.population_state import PopulationState, load_state
from tunescape.engine.prediction import activation, measure, predict, raw_outputs
from tunescape.engine.starting import initial_layers
from tunescape.engine.trained import Trained, divergence
from tunescape.engine.warm_up import warm_up
from tunescape.engine.wide import is_wide

__all__ = [
    "ACTIVATIONS",
    "CHOICES",
    "DEFAULTS",
    "DIVERGED",
    "INITIALISERS",
    "LANES",
    "LOSSES",
    "OPTIMISERS",
    "PLACEMENTS",
    "RAN",
    "REGIMES",
    "SCHEDULES",
    "SETTINGS",
    "Data",
    "EarlyStopping",
    "Jobs",
    "Layer",
    "Network",
    "PopulationState",
    "Trained",
    "activation",
    "as_matrix",
    "available_cores",
    "batches",
    "begin_waiting",
    "divergence",
    "flop_of",
    "initial_layers",
    "is_wide",
    "load_state",
    "look",
    "measure",
    "predict",
    "raw_outputs",
    "row_weights",
    "sentence",
    "train",
    "train_jobs",
    "warm_up",
]
