"""A contender in a process of its own: its threads and its memory are nobody else's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
"""Processor cores that this process may use."""
ENVIRONMENT = {
    "keras_fit": {"KERAS_BACKEND": "jax"},
    "keras_fit_tensorflow": {"KERAS_BACKEND": "tensorflow"},
    "tensorflow_loop": {"KERAS_BACKEND": "tensorflow"},
    "jax_vmap_split": {"XLA_FLAGS": f"--xla_force_host_platform_device_count={CORES}"},
}
"""Variables that a contender needs before its library starts."""


def run_apart(script: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a script and read the JSON of the last line that it prints.

    Args:
        script: Path of the script.
        arguments: What it is called with.
        environment: Variables to add.

    Returns:
        What it printed; where it failed the reason under ``"error"``, which is also said on stderr.
    """
    done = subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **(environment or {})},
    )  # fmt: skip
    if done.returncode == 0:
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told
    lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    missing = next((line for line in reversed(lines) if "ModuleNotFoundError" in line), lines[-1])
    print(f"not run: {' '.join(arguments)}: {missing}", file=sys.stderr)
    return {"error": missing}
