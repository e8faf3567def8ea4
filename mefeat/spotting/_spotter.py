"""Spotter, and `spot`: intervals of expressions in a video."""

import warnings
from collections import deque
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from sklearn.base import BaseEstimator

from mefeat.base import one_thread
from mefeat.base._steps import choice, number, whole
from mefeat.spotting._curves import (
    DIFFERENCES,
    copy_borders,
    difference_curve,
    smooth_features,
    usual_distances,
)
from mefeat.spotting._faces import FACES, STEADY_POINTS, FaceStream
from mefeat.spotting._histograms import FEATURES
from mefeat.spotting._peaks import INTERVALS, find_intervals, make_curve
from mefeat.spotting._regions import check_training, fisher_weights, from_grid, to_grid


def stream_features(stream, feature="lbp", *, blur=1.0):
    """Describe the frames of a face part by part."""
    reference = None
    for images in stream.parts():
        if blur:
            images = np.stack([cv2.GaussianBlur(p, (0, 0), blur) for p in images])
        reference = images[0] if reference is None else reference
        yield FEATURES[feature](images, stream.regions, reference)


class Scale(NamedTuple):
    """How frames of a video differ from their ends at one scale."""

    distances: np.ndarray
    k: int
    usual: tuple
    usual_frames: np.ndarray | None = None


def stream_differences(parts, ks, *, width=1.0, difference="lbp"):
    """Compare frames with their ends at several scales, part by part.

    Notes
    -----
    The last 4 max(ks) frames are held at most, and 4 bytes for each distance: 0.3 kB a
    frame for two scales of 36 blocks. A coarser scale reaches half of the video at most
    (2 k + 1 frames). Where that is less than twice the finest scale, there is no rest
    before and after, and each frame is compared with the first and the last frame of
    the video; what is usual is then told at a third of the finest scale.
    """
    compare, window = DIFFERENCES[difference], _Window(max(ks))
    found = [[] for _ in ks]
    for rows in _averaged(parts, width):
        window.add(rows)
        if window.end > 4 * max(ks):
            _compare_new(window, ks, compare, found)
    if window.end == 0:
        raise ValueError("there are no frames to compare.")
    if window.end <= 4 * max(ks):  # nothing was dropped
        return [_of_short(window.rows, k, min(ks), compare) for k in ks]
    scales = []
    for done, k in zip(found, ks, strict=True):
        distances = copy_borders(np.concatenate(done), k)
        scales.append(Scale(distances, k, usual_distances(distances)))
    return scales


class _Window:
    """The last rows of a sequence; knows where it is in the whole."""

    def __init__(self, reach):
        self.reach, self.start, self.rows = reach, 0, None

    @property
    def end(self):
        return 0 if self.rows is None else self.start + len(self.rows)

    def add(self, rows):
        self.rows = (
            rows if self.rows is None else np.concatenate([self.rows, rows], axis=0)
        )

    def keep_last(self, count):
        drop = max(0, len(self.rows) - count)
        self.start += drop
        self.rows = self.rows[drop:]


def _compare_new(window, ks, compare, found):
    for done, k in zip(found, ks, strict=True):
        first = sum(map(len, done))  # of the frames with both ends; its start is here
        rows = window.rows[first - window.start :]
        if len(rows) > 2 * k:
            done.append(compare(rows, k).astype(np.float32))
    window.keep_last(2 * window.reach)


def _of_short(rows, k, finest, compare):
    n_frames = len(rows)
    fits = (n_frames - 1) // 2 if k == finest else n_frames // 4
    if k == finest or k <= fits or fits >= 2 * finest:
        k = min(k, fits)
        if k == 0:
            still = compare(np.repeat(rows[:1], 3, axis=0), 1)
            distances = np.repeat(still, n_frames, axis=0).astype(np.float32)
        else:
            distances = copy_borders(compare(rows, k).astype(np.float32), k)
        return Scale(distances, max(k, 1), usual_distances(distances))
    # With as many copies of the first and last frame as there are frames, they are
    # the ends of every frame.
    copied = copy_borders(rows, n_frames)
    distances = compare(copied, n_frames).astype(np.float32)
    quick = min(max(1, finest // 3), (n_frames - 1) // 2)
    usual = compare(rows, quick) if quick else distances
    return Scale(distances, n_frames, usual_distances(usual), usual)


def _averaged(parts, width):
    """Average over time across the borders of parts."""
    half = max(0, int((width - 1) // 2))
    held, skip = deque(), 0
    for rows in parts:
        held.append(rows)
        block = np.concatenate(held) if len(held) > 1 else rows
        ready = len(block) - half
        if ready <= skip + half + 1:
            held = deque([block])
            continue
        yield smooth_features(block, width)[skip:ready]
        skip = min(ready, half + 1)
        held = deque([block[ready - skip :]])
    if held:
        block = np.concatenate(held) if len(held) > 1 else held[0]
        yield smooth_features(block, width)[skip:]


# Pixels. Noise and interpolation are finer, wrinkles and lips are not.
_BLUR = 1.5


def measure_scales(stream, seconds, *, feature="lbp", smoothing_s=0.045):
    """Measure how much the frames of a video differ from their ends."""
    ks = sorted({max(1, round(s * stream.fps)) for s in seconds})
    blur = _BLUR if smoothing_s else 0.0
    with one_thread():
        return stream_differences(
            stream_features(stream, feature, blur=blur),
            ks,
            width=smoothing_s * stream.fps,
            difference=feature,
        )


def scale_curves(scales, fps, *, n_blocks=4, normalize=True, weights=None):
    """Make curves of the distances of blocks."""

    def values(distances, usual, count):
        usual = usual if normalize else None
        return difference_curve(distances, count, usual=usual, weights=weights)

    curves = []
    for scale in scales:
        rest = None
        if normalize and scale.usual_frames is not None:
            rest = values(scale.usual_frames, scale.usual, n_blocks)
        curve = make_curve(
            values(scale.distances, scale.usual, n_blocks),
            scale.k,
            fps,
            normalized=normalize,
            usual=rest,
            course=values(scale.distances, scale.usual, None),
        )
        curves.append(curve)
    return curves


def with_gaps(curve, seen):
    """Lay a curve of the frames that show a face out over all frames of the video."""
    if all(seen):
        return curve
    values, course = (spread(v, seen) for v in (curve.values, curve.course))
    contrast, z = (
        np.where(seen, spread(v, seen), min(v.min(), 0.0))
        for v in (curve.contrast, curve.z)
    )
    return replace(curve, values=values, course=course, contrast=contrast, z=z)


def spread(values, seen):
    """Put the median of values where nothing was seen."""
    out = np.repeat(np.median(values, axis=0)[None], len(seen), axis=0)
    out[np.asarray(seen)] = values
    return out


_OF_THE_FACE = "face size mask_eyes points smoothing_s steady verbose".split()


class Spotter(BaseEstimator):
    """Find micro- and macro-expressions in long videos.

    Parameters
    ----------
    feature : {"lbp", "hoof", "cfd"}, default="lbp"
        What is compared over time: histograms of local binary patterns, histograms of
        the flow from the first frame, or patterns and main motions together, with
        weights that `fit` learns.
    micro : float, default=0.5
        Finer scale: how far before and after a frame its ends are, seconds.
    macro : float, default=2.0
        Coarser scale, seconds; None for the finer alone.
    n_blocks : int, default=4
        How many of the 36 blocks of the face are averaged, those that differ most.
    normalize : bool, default=True
        Whether blocks count in units of what is usual there.
    smoothing_s : float, default=0.045
        Seconds over which features and landmarks are averaged; above 0, images are
        also smoothed by a Gaussian of 1.5 pixels.
    steady : bool, default=True
        Whether the images themselves correct what landmarks leave of the motion of
        the head, or, with a box, all of it.
    p : float, default=0.15
        Threshold of peaks, see `find_peaks`.
    min_z : float, default=6.0
        How unusual a peak must be, see `find_peaks`.
    intervals : {"fall", "fixed"}, default="fall"
        Whether an interval ends where the curve has fallen, or at the ends of its peak.
    mask_eyes : bool, default=True
        Whether the eyes are left out, so that blinks are not found; needs landmarks, or
        the box of a face.
    face : {"auto", "landmarks", "box", "whole"}, default="auto"
        Where the face is: "landmarks" aligns each frame by the landmarks that the video
        brings, or by those of dlib; "box" begins with a detector's box in the first
        frames; "whole" takes the frames for cropped faces. "auto" takes landmarks where
        there are any or dlib is installed, and else the box.
    points : sequence of int, default=STEADY_POINTS
        The landmarks that alignment keeps in place.
    size : tuple of int, default=(170, 140)
        Height and width of the cropped face.
    verbose : bool, default=False
        Whether to show the progress.

    Attributes
    ----------
    weights_ : ndarray of shape (72,)
        Weights of the 36 blocks for patterns, then for motions, if the feature is
        "cfd"; zero for a block that no training face shows.
    n_lost_ : int
        Frames without a face in the video that was spotted last.

    See Also
    --------
    spot : The same in one call.
    interval_scores : How good it is.

    Notes
    -----
    The method is feature difference [1]_ [2]_: a frame is compared, block by block,
    with the average of two others, k frames before and after it. The rule of the papers
    is ``Spotter(micro=0.165, macro=None, n_blocks=12, normalize=False, smoothing_s=0,
    steady=False, min_z=0, intervals="fixed", mask_eyes=False, points=(39, 42, 33))``.
    The defaults depart from it. The ends are as far away as the longest expression of
    the scale lasts, twice as far as there, so that the curve follows the expression and
    its fall gives onset and offset. Blocks count above their median and in units of
    their spread. Faces are aligned by root and base of the nose and by the upper jaw,
    then brought by a similarity map to the mean of those before, and sampled cubically.
    Eyes and what is not face are left out. A peak must stand out by `min_z`.

    CFD [3]_ adds the distances to both ends, of patterns and of motion, weighted by
    their Fisher ratios. Its regions, taken to be the 36 blocks, and the combination of
    the two features, a sum of distances in units of their spread, are ours.

    Frames without a face, such as titles, are left out: the curve goes on where the
    face comes back, and time counts while it is there. Memory grows by 0.3 kB a frame,
    time is linear, and the video is decoded once.

    References
    ----------
    .. [1] A. Moilanen, G. Zhao, M. Pietikäinen, "Spotting rapid facial movements from
       videos using appearance-based feature difference analysis", ICPR 2014,
       https://doi.org/10.1109/ICPR.2014.303.
    .. [2] X. Li et al., "Towards reading hidden emotions: a comparative study of
       spontaneous micro-expression spotting and recognition methods", IEEE Transactions
       on Affective Computing 9(4), 2018, https://doi.org/10.1109/TAFFC.2017.2667642.
    .. [3] Y. Han, B. Li, Y.-K. Lai, Y.-J. Liu, "CFD: a collaborative feature difference
       method for spontaneous micro-expression spotting", ICIP 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from mefeat import Clip
    >>> still = Clip(np.zeros((60, 48, 40), np.uint8), fps=100)
    >>> Spotter(face="whole").spot(still)
    []
    """

    _parameter_constraints: dict = {
        "feature": [choice(FEATURES)],
        "micro": [number(0, closed="neither")],
        "macro": [number(0, closed="neither"), None],
        "n_blocks": [whole(1)],
        "normalize": ["boolean"],
        "smoothing_s": [number(0)],
        "steady": ["boolean"],
        "p": [number(0, 1, closed="both")],
        "min_z": [number(0)],
        "intervals": [choice(INTERVALS)],
        "mask_eyes": ["boolean"],
        "face": [choice(FACES)],
        "points": [tuple, list],
        "size": [tuple, list],
        "verbose": ["boolean"],
    }

    def __init__(
        self,
        feature="lbp",
        *,
        micro=0.5,
        macro=2.0,
        n_blocks=4,
        normalize=True,
        smoothing_s=0.045,
        steady=True,
        p=0.15,
        min_z=6.0,
        intervals="fall",
        mask_eyes=True,
        face="auto",
        points=STEADY_POINTS,
        size=(170, 140),
        verbose=False,
    ):
        self.feature = feature
        self.micro = micro
        self.macro = macro
        self.n_blocks = n_blocks
        self.normalize = normalize
        self.smoothing_s = smoothing_s
        self.steady = steady
        self.p = p
        self.min_z = min_z
        self.intervals = intervals
        self.mask_eyes = mask_eyes
        self.face = face
        self.points = points
        self.size = size
        self.verbose = verbose

    def fit(self, X, y=None):
        """Learn the weights of "cfd" from videos with known expressions.

        Parameters
        ----------
        X : list of Clip, ClipFile or path
            Training videos; other features learn nothing of them.
        y : list of list of Interval, default=None
            The expressions of each video, needed by "cfd".

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If "cfd" gets no intervals, or not as many lists as videos.
        """
        self._validate_params()
        if self.feature != "cfd":
            return self
        check_training(X, y)
        measured = map(self._scales, X)
        distances = [
            to_grid(spread(s[0].distances, f.seen), f.regions, f.grid)
            for s, f in measured
        ]
        self.weights_ = fisher_weights(distances, y)
        return self

    def spot(self, source, *, fps=None, landmarks=None):
        """Find the expressions in a video.

        Parameters
        ----------
        source : Clip, ClipFile, path or iterable of ndarray
            The video. Files are read once, part by part. Images one after the other,
            gray or RGB, need `fps`.
        fps : float, default=None
            Frames per second, where the source does not tell.
        landmarks : ndarray of shape (n_frames, 68, 2), default=None
            Landmarks of all frames, where the source does not bring them.

        Returns
        -------
        list of Interval
            Expressions in order of time, frames of the video, without overlaps. The
            score is how unusual the peak is (z); kind is "micro" or "macro".

        Raises
        ------
        ValueError
            If the video has no frames, no face, or no frames per second.

        Warns
        -----
        UserWarning
            If some frames have no face; nothing is found there.
        """
        return self.find(self.curves(source, fps=fps, landmarks=landmarks))

    def predict(self, X):
        """Find the expressions in several videos.

        Parameters
        ----------
        X : list of Clip, ClipFile or path
            Videos.

        Returns
        -------
        list of list of Interval
            The expressions of each.
        """
        return [self.spot(source) for source in X]

    def curves(self, source, *, fps=None, landmarks=None):
        """Measure how much each frame of a video differs from its ends.

        Parameters
        ----------
        source : Clip, ClipFile, path or iterable of ndarray
            The video.
        fps : float, default=None
            Frames per second, where the source does not tell.
        landmarks : ndarray of shape (n_frames, 68, 2), default=None
            Landmarks of all frames, where the source does not bring them.

        Returns
        -------
        list of Curve
            One for each scale, the finer first.
        """
        self._validate_params()
        if self.feature == "cfd" and not hasattr(self, "weights_"):
            raise ValueError(
                "Spotter(feature='cfd') needs weights: fit it to training videos first."
            )
        scales, stream = self._scales(source, fps=fps, landmarks=landmarks)
        options = {"n_blocks": self.n_blocks, "normalize": self.normalize}
        if self.feature == "cfd":
            options["weights"] = from_grid(self.weights_, stream.regions, stream.grid)
        curves = scale_curves(scales, stream.fps, **options)
        return [with_gaps(curve, stream.seen) for curve in curves]

    def find(self, curves):
        """Find the expressions on curves.

        Parameters
        ----------
        curves : list of Curve
            The curves of one video.

        Returns
        -------
        list of Interval
            Expressions in order of time.
        """
        return find_intervals(
            curves, p=self.p, min_z=self.min_z, intervals=self.intervals
        )

    def _scales(self, source, *, fps=None, landmarks=None):
        options = {name: getattr(self, name) for name in _OF_THE_FACE}
        stream = FaceStream(source, fps=fps, landmarks=landmarks, **options)
        seconds = [self.micro] if self.macro is None else [self.micro, self.macro]
        scales = measure_scales(
            stream, seconds, feature=self.feature, smoothing_s=self.smoothing_s
        )
        self.n_lost_ = stream.seen.count(False)
        if self.n_lost_:
            lost = f"{self.n_lost_} of {len(stream.seen)} frames"
            message = f"found no face in {lost}; nothing is found there."
            warnings.warn(message, stacklevel=4)
        return scales, stream


def spot(source, *, fps=None, landmarks=None, **parameters):
    """Find micro- and macro-expressions in a long video.

    Parameters
    ----------
    source : Clip, ClipFile, path or iterable of ndarray
        The video. Files are read once, part by part, in bounded memory.
    fps : float, default=None
        Frames per second, where the source does not tell.
    landmarks : ndarray of shape (n_frames, 68, 2), default=None
        Landmarks of all frames, where the source does not bring them.
    **parameters
        Those of `Spotter`, by name.

    Returns
    -------
    list of Interval
        Expressions in order of time.

    See Also
    --------
    Spotter : The parameters, and the method.

    Examples
    --------
    >>> import numpy as np
    >>> still = np.zeros((60, 48, 40), np.uint8)
    >>> spot(still, fps=100, face="whole")
    []
    """
    return Spotter(**parameters).spot(source, fps=fps, landmarks=landmarks)
