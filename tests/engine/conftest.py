"""With the compiler off, whole numbers that wrap around are NumPy scalars, which would warn."""

import numba
import numpy as np

if numba.config.DISABLE_JIT:
    np.seterr(over="ignore")
