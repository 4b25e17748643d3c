"""Studies that were made elsewhere: any table of results."""

from tunescape.importers.table import import_table

__all__ = ["import_table"]
