"""The data a network learns: built-in tasks and csv files, their parts and default search spaces."""

from tunescape.tasks.csv import csv_task
from tunescape.tasks.default_space import default_design, default_network, default_space
from tunescape.tasks.registry import load_task, task_names
from tunescape.tasks.task import Design, Part, Task

__all__ = [
    "Design",
    "Part",
    "Task",
    "csv_task",
    "default_design",
    "default_network",
    "default_space",
    "load_task",
    "task_names",
]
