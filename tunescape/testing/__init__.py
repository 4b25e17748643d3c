"""Contracts to inherit: what every store and every sampler must do, as tests."""

from tunescape.testing.contracts import StoreContract
from tunescape.testing.sampler_contract import SamplerContract

__all__ = ["SamplerContract", "StoreContract"]
