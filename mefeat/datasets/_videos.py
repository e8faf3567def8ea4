"""Long videos with the intervals of their expressions, for spotting."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from mefeat._environment import printable
from mefeat.clip import ClipFile, Interval
from mefeat.datasets._bunch import report
from mefeat.datasets._layout import Record, Root, count_images, key_frames
from mefeat.datasets._sheets import DatasetError
from mefeat.facs import parse_action_units
from mefeat.video import ReadError


@dataclass(frozen=True, slots=True, eq=False)
class LongVideo:
    """A long video as a folder of images."""

    root: Root
    folder: Path
    subject: str
    name: str
    fps: float
    events: list


def make_videos(videos, listing, title, citation, strict):
    """Make what `load_long_videos` returns."""
    files, intervals, kept, rows, unread = [], [], [], [], []
    for video in videos:
        try:
            listed = video.root.frames(video.folder)
            if not listed:
                raise ReadError(f"{video.folder}: holds no frame image.")
            file = ClipFile([path for _, path in listed], fps=video.fps)
        except (ReadError, ValueError) as error:
            for event in video.events:
                event.trouble = event.trouble or f"{error}".rstrip(".")
            if not video.events:
                unread.append(f"{video.subject} {video.name}: {error}")
            continue
        numbers = np.array([number for number, _ in listed])
        _count_all(listing, video, numbers)
        found = []
        for event in video.events:
            interval = _interval(listing, event, numbers)
            if interval is not None:
                found.append(interval)
                rows.append(_row(video, len(files), event, interval))
        files.append(file)
        kept.append(video)
        intervals.append(sorted(found, key=lambda i: (i.onset, i.offset)))
    report(listing, title, strict, level=4)
    _report_unread(unread, title, strict)
    return Bunch(
        videos=files,
        intervals=intervals,
        groups=np.array([video.subject for video in kept], dtype=str),
        frame=pd.DataFrame(rows),
        DESCR=_description(title, citation, listing, kept, intervals),
    )


def _count_all(listing, video, numbers):
    """Note how many images of a video are missing; it can be used all the same."""
    record = Record(video.root, video.subject, video.name, where="video")
    try:
        count_images(listing, record, numbers, numbers[0], numbers[-1])
    except DatasetError as error:
        listing.incomplete.append((record, str(error), True))


def _report_unread(unread, title, strict):
    """Tell of videos that no expression tells of."""
    if unread and strict:
        raise DatasetError(f"{title}: {printable('; '.join(unread))}")
    if unread:
        warnings.warn(
            f"{title}: {len(unread)} videos without any expression cannot be read and "
            f"are left out: {printable('; '.join(unread))}",
            stacklevel=4,
        )


def _interval(listing, event, numbers):
    """Find the frames of an expression; its trouble says why there are none."""
    if event.trouble is not None:
        return None
    key = key_frames(event.onset, event.apex, event.offset)
    event.notes += key.dropped
    listing.dropped += [(event, remark) for remark in key.dropped]
    if key.onset is None or key.end is None:
        event.trouble = "onset or offset is not annotated"
        return None
    if key.end < numbers[0] or key.onset > numbers[-1]:
        event.trouble = (
            f"no image has a number from {key.onset} to {key.end}; they go from "
            f"{numbers[0]} to {numbers[-1]}"
        )
        return None
    first, last = max(key.onset, numbers[0]), min(key.end, numbers[-1])
    try:
        count_images(listing, event, numbers, first, last)
    except DatasetError as error:
        event.trouble = str(error)
        return None
    if not numbers[0] <= key.onset <= key.end <= numbers[-1]:
        event.notes.append(f"cut to the images {numbers[0]} to {numbers[-1]}")
    onset, offset = (_nearest(numbers, n) for n in (key.onset, key.end))
    apex = (onset + offset) // 2 if key.apex is None else _nearest(numbers, key.apex)
    return Interval(onset, apex, offset, kind=event.kind)


def _nearest(numbers, number):
    return int(np.argmin(np.abs(numbers - number)))


def _row(video, index, event, interval):
    return {
        "subject": video.subject,
        "video": video.name,
        "index": index,
        "clip": event.clip,
        "kind": event.kind,
        "onset": event.onset,
        "apex": event.apex,
        "offset": event.offset,
        "interval": interval,
        "emotion": event.emotion,
        "action_units": event.action_units,
        "units": parse_action_units(event.action_units),
        "notes": "; ".join(event.notes),
    }


def _description(title, citation, listing, videos, intervals):
    kinds = [interval.kind for found in intervals for interval in found]
    without = sum(not found for found in intervals)
    lines = [
        f"{title}: long videos",
        "",
        f"{len(videos)} videos of {len({v.subject for v in videos})} subjects: "
        f"{kinds.count('micro')} micro-, {kinds.count('macro')} macro-expressions; "
        f"{without} videos without any.",
        f"Read from {listing.source}. An apex that is not annotated is the middle.",
    ]
    if listing.skipped:
        lines.append(f"Cannot be used: {len(listing.skipped)} expressions.")
        lines += [f"  {record.name}: {record.trouble}" for record in listing.skipped]
    return "\n".join([*lines, "", f"Please cite {citation}"])
