"""Reading and writing footage."""

from mefeat.video.errors import ReadError
from mefeat.video.folders import list_frames
from mefeat.video.frames import VideoInfo, iter_frames, video_info
from mefeat.video.images import clip_file
from mefeat.video.landmarks import read_landmarks
from mefeat.video.reading import Read, read_clip
from mefeat.video.writing import video_writer, write_video

__all__ = [
    "Read",
    "ReadError",
    "VideoInfo",
    "clip_file",
    "iter_frames",
    "list_frames",
    "read_clip",
    "read_landmarks",
    "video_info",
    "video_writer",
    "write_video",
]
