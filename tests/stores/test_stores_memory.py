from tunescape.stores import Memory
from tunescape.testing import StoreContract


class TestMemory(StoreContract):
    keeps = False

    def make(self, folder):
        return Memory()
