"""Runs the command line as users do: another process, a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def tunescape(*words: str, cwd: Path, **environment: str) -> Outcome:
    """Run ``tunescape WORDS`` in a folder and wait for its end."""
    done = subprocess.run(
        [sys.executable, "-m", "tunescape", *words], cwd=cwd, capture_output=True, text=True, timeout=300,
        env={**os.environ, "COLUMNS": "100", **environment},
    )  # fmt: skip
    return Outcome(done.returncode, done.stdout, done.stderr)


SMALL = ("survey", "iris", "--vary", "steps=int(20,60):2", "--vary", "l1=0.01|1", "--vary", "dropout=0.01|0.1")
"""A survey of 6 x 2 x 2 x 2 x 4 = 192 configurations that takes a second or two."""
