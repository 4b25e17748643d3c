"""How the training of a network ended: small codes, and the words that go with them."""

from __future__ import annotations

RAN, DIVERGED = 0, 1
"""The network ran to its last step; or its loss or a weight became non-finite before."""


def sentence(outcome: int, step: int) -> str:
    """The reason in words, empty where there is nothing to say."""
    return f"the loss or a weight became non-finite at step {step}" if outcome == DIVERGED else ""
