"""Images of a folder that are no whole pictures."""

import cv2
import numpy as np
import pytest
from written_videos import (
    SIZE,
    assert_error,
    gray_of,
    save_images,
    scene,
)

from mefeat import ClipFile
from mefeat.video import (
    ReadError,
    iter_frames,
    list_frames,
    read_clip,
    video_info,
)


def test_a_bad_image_is_an_error_or_left_out(tmp_path):
    folder = save_images(tmp_path / "a", range(10), form="img{}.jpg")
    whole = read_clip(folder).frames
    good = (folder / "img4.jpg").read_bytes()
    cases = {
        "damaged": good[: len(good) // 2],
        "is empty": b"",
        "is no image": b"some text",
        "expected 48x64 like the first, got 20x20": cv2.imencode(
            ".jpg", np.zeros((20, 20), np.uint8)
        )[1].tobytes(),
    }
    for words, data in cases.items():
        (folder / "img4.jpg").write_bytes(data)
        assert_error(folder, "img4.jpg: frame 4", words)
        with pytest.raises(ReadError, match="img4.jpg: frame 4"):
            list(iter_frames(folder))
        file = ClipFile(list_frames(folder), onset=2, apex=4, offset=8)
        with pytest.warns(UserWarning) as caught:
            kept = read_clip(file, on_error="keep")
        np.testing.assert_array_equal(kept.frames, np.delete(whole, 4, axis=0))
        assert (kept.onset, kept.apex, kept.offset) == (2, None, 7)
        assert "img4.jpg" in str(caught[0].message)
        assert "apex is frame 4" in str(caught[1].message)
    (folder / "img4.jpg").unlink()
    assert_error(file, "img4.jpg: frame 4", "No such file")
    only = tmp_path / "only1.png"
    only.write_bytes(b"nothing")
    assert_error([only], "only1.png: frame 0", on_error="keep")
    with pytest.raises(ReadError, match="only1.png"):
        video_info(only)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_half_an_image_is_an_error(tmp_path, suffix):
    folder = save_images(tmp_path / "a", [1, 2], form="{}" + suffix)
    data = (folder / f"2{suffix}").read_bytes()
    (folder / f"2{suffix}").write_bytes(data[: len(data) // 2])
    assert_error(folder, f"2{suffix}: frame 1", "damaged")


def test_images_of_more_than_8_bits_are_refused(tmp_path):
    deep = np.full((1, *SIZE), 4095, np.uint16)
    folder = save_images(tmp_path / "a", [1], deep)
    assert_error(folder, "img1.png: frame 0", "uint16", "scale the images to 8 bits")


def test_a_stack_of_pictures_in_one_file_is_refused(tmp_path):
    path = tmp_path / "stack1.tif"
    assert cv2.imwritemulti(str(path), [*gray_of(scene(3))])
    assert_error(path, "stack1.tif: frame 0", "several pictures")
    assert_error(tmp_path, "stack1.tif: frame 0", "several pictures")
