"""Gray and RGB pictures to the planes that are magnified, and the change back.

In difference form: a gray RGB picture has no color to the last bit, and a change of
zero leaves every pixel as it is.
"""

from mefeat.kernels import njit


@njit(cache=True, nogil=True)
def split_yiq(picture, forward, out):
    """Split an RGB picture into YIQ planes; `out` is updated in place.

    Parameters
    ----------
    picture : ndarray of shape (height, width, 3), floating
        Picture.
    forward : ndarray of shape (n_planes, 2), same dtype
        Weights of R - G and B - G in each of Y, I and Q.
    out : ndarray of shape (n_planes, height, width), same dtype
        Planes: Y alone, or all three.
    """
    n_planes, height, width = out.shape
    for y in range(height):
        for x in range(width):
            green = picture[y, x, 1]
            red, blue = picture[y, x, 0] - green, picture[y, x, 2] - green
            out[0, y, x] = green + forward[0, 0] * red + forward[0, 1] * blue
            for p in range(1, n_planes):
                out[p, y, x] = forward[p, 0] * red + forward[p, 1] * blue


@njit(cache=True, nogil=True)
def add_yiq(picture, change, backward, limits, out):
    """Add a change in YIQ to an RGB picture, within limits; updates `out`.

    Parameters
    ----------
    picture : ndarray of shape (height, width, 3), floating
        Picture.
    change : ndarray of shape (n_planes, height, width), same dtype
        Change of Y, or of Y, I and Q.
    backward : ndarray of shape (3, 2), same dtype
        Weights of I and Q in R, G and B, times what the change of color is attenuated
        by.
    limits : ndarray of shape (2,), same dtype
        Least and greatest value.
    out : ndarray of shape (height, width, 3), same dtype
        Result.
    """
    n_planes, height, width = change.shape
    for y in range(height):
        for x in range(width):
            for c in range(3):
                value = picture[y, x, c] + change[0, y, x]
                for p in range(1, n_planes):
                    value += backward[c, p - 1] * change[p, y, x]
                out[y, x, c] = min(max(value, limits[0]), limits[1])


@njit(cache=True, nogil=True)
def add_gray(picture, change, limits, out):
    """Add a change to a gray picture, within limits; `out` is updated in place.

    Parameters
    ----------
    picture, change : ndarray of shape (n_pixels,), floating
        Picture and change.
    limits : ndarray of shape (2,), same dtype
        Least and greatest value.
    out : ndarray of shape (n_pixels,), same dtype
        Result.
    """
    for i in range(picture.size):
        out[i] = min(max(picture[i] + change[i], limits[0]), limits[1])
