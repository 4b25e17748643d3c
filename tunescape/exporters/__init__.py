"""Studies in other people's files: csv, JSON lines, parquet."""

from tunescape.exporters.table import export_table

__all__ = ["export_table"]
