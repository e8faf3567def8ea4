"""Recursions along time, one step for all pixels.

All are in difference form: a state moves by a share of the *difference* between the
picture and itself, so that where nothing changes the state stays to the last bit.
"""

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def band_step(now, last, rates, fast, slow, band):
    """Take one step of the difference of two first-order low-passes.

    Both low-passes follow `now + lag * (last - now)`: with a lag of 0 the picture
    itself, with a lag of 1/2 the mean of it and the one before (Butterworth).

    Parameters
    ----------
    now, last : ndarray of shape (n_numbers,), floating
        This picture and the one before.
    rates : ndarray of shape (3,), same dtype
        Lag, and the share by which the fast and the slow low-pass approach the input.
    fast, slow : ndarray of shape (n_numbers,), same dtype
        States of the low-passes, updated in place.
    band : ndarray of shape (n_numbers,), same dtype
        Difference of fast and slow, updated in place.
    """
    lag, fast_rate, slow_rate = rates[0], rates[1], rates[2]
    for i in range(now.size):
        x = now[i] + lag * (last[i] - now[i])
        quick = fast[i] + fast_rate * (x - fast[i])
        calm = slow[i] + slow_rate * (x - slow[i])
        fast[i] = quick
        slow[i] = calm
        band[i] = quick - calm
