"""Compiled loops: numpy and numba only, arrays and numbers in, nothing checked."""
