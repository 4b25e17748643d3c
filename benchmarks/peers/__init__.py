"""The contenders of the benchmarks, one file per library, on the same data in the same order of rows."""
