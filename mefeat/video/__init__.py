"""Reading and writing footage."""

from mefeat.video._decoding import ReadError
from mefeat.video._images import clip_file
from mefeat.video._landmarks import read_landmarks
from mefeat.video._reading import Read, VideoInfo, iter_frames, read_clip, video_info
from mefeat.video._writing import video_writer, write_video

__all__ = [
    "Read",
    "ReadError",
    "VideoInfo",
    "clip_file",
    "iter_frames",
    "read_clip",
    "read_landmarks",
    "video_info",
    "video_writer",
    "write_video",
]
