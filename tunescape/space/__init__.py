"""What may vary: hyperparameters, conditions, search spaces, and the unit cube they map to."""

from tunescape.space.condition import Condition
from tunescape.space.encoding import (
    active_part,
    check_configuration,
    decode,
    encode,
    from_unit,
    to_unit,
)
from tunescape.space.grammar import parse_fix, parse_value, parse_vary
from tunescape.space.levels import levels, n_cells, n_levels
from tunescape.space.parameters import (
    Categorical,
    Constant,
    Float,
    Integer,
    Ordinal,
    Parameter,
    Value,
)
from tunescape.space.search_space import Configuration, SearchSpace, house_name
from tunescape.space.serial import differences, digest, from_dict, read_toml, to_dict

__all__ = [
    "Categorical",
    "Condition",
    "Configuration",
    "Constant",
    "Float",
    "Integer",
    "Ordinal",
    "Parameter",
    "SearchSpace",
    "Value",
    "active_part",
    "check_configuration",
    "decode",
    "differences",
    "digest",
    "encode",
    "from_dict",
    "from_unit",
    "house_name",
    "levels",
    "n_cells",
    "n_levels",
    "parse_fix",
    "parse_value",
    "parse_vary",
    "read_toml",
    "to_dict",
    "to_unit",
]
