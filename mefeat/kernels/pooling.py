"""Numbers pooled by region."""

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def sum_regions(values, regions, counts, sums):
    """Count the pixels of regions and add up their values; both updated in place.

    Parameters
    ----------
    values : ndarray of shape (height, width)
        Numbers.
    regions : ndarray of shape (n_maps, height, width), int
        Region of each pixel, negative for none.
    counts : ndarray of shape (n_regions,), int
        Number of pixels.
    sums : ndarray of shape (n_regions,), float64
        Sum of the values.
    """
    n_maps, height, width = regions.shape
    for k in range(n_maps):
        for y in range(height):
            for x in range(width):
                region = regions[k, y, x]
                if region >= 0:
                    counts[region] += 1
                    sums[region] += values[y, x]
