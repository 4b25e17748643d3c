"""The data a network learns: built-in tasks, tables and arrays, their parts, preprocessing and default spaces."""

from tunescape.tasks.arrays import array_task
from tunescape.tasks.comparisons import COMPARISONS, Comparison, comparison
from tunescape.tasks.csv import csv_task
from tunescape.tasks.default_space import default_design, default_network, default_space
from tunescape.tasks.preprocessing import Preprocessing
from tunescape.tasks.registry import load_task, task_names
from tunescape.tasks.synthetic import FORMULAS
from tunescape.tasks.task import Design, Part, Task

__all__ = [
    "COMPARISONS",
    "FORMULAS",
    "Comparison",
    "Design",
    "Part",
    "Preprocessing",
    "Task",
    "array_task",
    "comparison",
    "csv_task",
    "default_design",
    "default_network",
    "default_space",
    "load_task",
    "task_names",
]
