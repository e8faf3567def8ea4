"""Frames that are made one at a time, for clips that memory need not hold."""

import numpy as np


class Frames:
    """Frames made anew, one by one, whenever they are iterated over.

    They stand for the array in clips on their way through the first steps of a
    ClipPipeline, and nowhere else. `make` begins with the first of them each time.
    """

    def __init__(self, make, shape, dtype):
        self.make, self.shape, self.dtype = make, shape, np.dtype(dtype)
        self.ndim = len(shape)

    def __len__(self):
        return self.shape[0]

    def __iter__(self):
        for picture in self.make():
            picture.flags.writeable = False  # or kernels are compiled once more for it
            yield picture

    def __getitem__(self, indices):
        """Take frames by an array of indices that do not decrease."""
        counts = np.bincount(indices, minlength=len(self))

        def make():
            for picture, count in zip(self, counts, strict=True):
                yield from [picture] * count

        return Frames(make, (len(indices), *self.shape[1:]), self.dtype)

    def whole(self):
        """Make all of them, as an array."""
        out = np.empty(self.shape, self.dtype)
        for t, picture in enumerate(self):
            out[t] = picture
        return out
