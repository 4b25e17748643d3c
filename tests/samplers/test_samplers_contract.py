"""Every sampler keeps the contract."""

from tunescape.samplers import Factorial, Random
from tunescape.testing import SamplerContract


class TestRandom(SamplerContract):
    sampler = Random()


class TestFactorial(SamplerContract):
    sampler = Factorial(levels=3)
