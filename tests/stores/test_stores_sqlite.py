from tunescape.stores import SQLite
from tunescape.testing import StoreContract


class TestSQLite(StoreContract):
    def make(self, folder):
        return SQLite(folder / "studies.db")
