"""Videos and folders of images, written by bare OpenCV, and cut apart."""

import struct

import cv2
import numpy as np
import pytest

from mefeat.video import ReadError, read_clip

SIZE = (48, 64)


N_FRAMES = 30


def scene(n_frames=N_FRAMES, size=SIZE):
    """A texture that moves and changes its color, RGB."""
    y, x = np.mgrid[: size[0], : size[1]]
    frames = np.empty((n_frames, *size, 3), np.uint8)
    for t in range(n_frames):
        wave = np.sin(x / 5 + t / 4) * np.cos(y / 6 - t / 7)
        frames[t] = np.stack([128 + 100 * wave, 128 - 90 * wave, 4 * t + 0 * wave], -1)
    return frames


def gray_of(frames):
    return np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames])


def write(path, codec, frames=None):
    """Write a video with bare OpenCV."""
    frames = scene() if frames is None else frames
    code = cv2.VideoWriter.fourcc(*codec)
    size = frames.shape[2:0:-1]
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 25, size)
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame[..., ::-1].copy())
    writer.release()
    return path


def y4m(path, settings, n_frames, size=SIZE, n_bytes=1):
    """Write a raw video of plain bright images, each brighter than the last."""
    n_pixels = size[0] * size[1] * n_bytes
    gray = settings.endswith("Cmono16")
    data = f"YUV4MPEG2 W{size[1]} H{size[0]} {settings}\n".encode()
    for t in range(n_frames):
        plane = bytes([200 + t]) * n_pixels
        data += b"FRAME\n" + plane + b"\x80" * (0 if gray else n_pixels // 2)
    path.write_bytes(data)
    return path


def boxes(data, start=0):
    """Place and kind of the boxes of an MP4 file at one level."""
    found, at = {}, start
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8:
            break
        found[kind] = (at, size)
        at += size
    return found


def moov_first(data):
    """Move the tables of an MP4 file before its images, as for the web."""
    at, size = boxes(data)[b"moov"]
    moov = bytearray(data[at : at + size])
    table = moov.index(b"stco")
    for k in range(struct.unpack_from(">I", moov, table + 8)[0]):
        (place,) = struct.unpack_from(">I", moov, table + 12 + 4 * k)
        struct.pack_into(">I", moov, table + 12 + 4 * k, place + size)
    head = boxes(data)[b"ftyp"][1]
    return data[:head] + bytes(moov) + data[head:at] + data[at + size :]


def save_images(folder, numbers, frames=None, form="img{}.png"):
    folder.mkdir(exist_ok=True)
    frames = scene(len(numbers)) if frames is None else frames
    for number, frame in zip(numbers, frames, strict=True):
        image = frame if frame.ndim == 2 else frame[..., ::-1]
        done, data = cv2.imencode(form[form.rindex(".") :], image)
        assert done
        data.tofile(folder / form.format(number))
    return folder


def assert_error(source, *words, **options):
    """Expect one error that holds the words."""
    with pytest.raises(ReadError) as caught:
        read_clip(source, **options)
    for word in words:
        assert word in str(caught.value)
