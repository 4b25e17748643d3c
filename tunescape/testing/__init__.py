"""Contracts to inherit: what every store must do, as tests."""

from tunescape.testing.contracts import StoreContract

__all__ = ["StoreContract"]
