"""Counts of codes, added up where codes share a bin."""

import numpy as np

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def fold_counts(counts, codes, bins, rest, relative, places, out):
    """Add up the counts of codes that share a bin; `out` is updated in place.

    Parameters
    ----------
    counts : ndarray of shape (n_rows, n_codes), uint32
        Counts of codes.
    codes, bins : ndarray of shape (n_listed,), uintp
        Codes, and the bin of each; indices without a sign need no check for being
        negative.
    rest : int
        Bin of all codes that are not listed.
    relative : bool
        Whether counts are divided by their sum, where there are any.
    places : ndarray of int of shape (n_rows,)
        Row of `out` for each row, negative for none.
    out : ndarray of shape (n_places, n_bins), float64, zeros
        Counts of bins.
    """
    for row in range(len(counts)):
        if places[row] < 0:
            continue
        here, found = counts[row], out[places[row]]
        total = np.uint64(0)
        for code in range(here.size):
            total += here[code]
        left = total
        for k in range(codes.size):
            n = here[codes[k]]
            found[bins[k]] += n
            left -= n
        found[rest] = left
        if relative and total > 0:
            for place in range(found.size):
                found[place] /= total
