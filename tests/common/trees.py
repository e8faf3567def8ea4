"""Miniature trees of the licensed databases: their layouts, names and quirks, made up.

No image, name or number of a real clip is in them but for those that are quirks.
"""

import atexit
import os
import re
import shutil
import tempfile
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import openpyxl

from mefeat.datasets import make_clips

SMALL = {
    suffix: cv2.imencode(suffix, np.full((4, 4), 90, np.uint8))[1].tobytes()
    for suffix in (".jpg", ".bmp", ".png")
}
_BOOKS = {}
CASME2_HEAD = (
    *("Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None),
    *("Action Units", "Estimated Emotion"),
)
SAMM_HEAD = (
    *("Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame"),
    *("Offset Frame", "Duration", "Micro", "Action Units", "Estimated Emotion"),
    *("Objective Classes", "Notes"),
)


def frames(folder, names):
    """Make small images of these names, links to one file that nobody may write to."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        suffix = os.path.splitext(name)[1].lower()
        try:
            os.link(_small(suffix), folder / name)
        # Other disks than that of temporary files, and files that are there.
        except OSError:
            (folder / name).unlink(missing_ok=True)
            (folder / name).write_bytes(SMALL.get(suffix, b""))


@cache
def _small(suffix):
    """Write a small image once."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    path = folder / f"small{suffix}"
    path.write_bytes(SMALL.get(suffix, b""))
    return path


def workbook(path, *sheets):
    """Write a workbook of pairs of a name and rows; equal ones are made once."""
    key = repr(sheets)
    if key not in _BOOKS:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        _BOOKS[key] = BytesIO()
        book.save(_BOOKS[key])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_BOOKS[key].getvalue())
    return path


def edit(path, part, change):
    """Change a part of a workbook, a function of its text."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


def calculated(path, sheet, cell, formula):
    """Make the number in a cell the stored value of a formula."""
    old = re.compile(rf'(<c r="{cell}"[^>]*>)(<v>)')
    part = f"xl/worksheets/sheet{sheet}.xml"
    edit(path, part, lambda text: old.sub(rf"\1<f>{formula}</f>\2", text))


def casme2(root, *, year="20140508", folder="CASME2_RAW_selected"):
    """CASME II: text ids, an apex of '/', repeated file names, lock and junk files."""
    rows = [
        CASME2_HEAD,
        ("01", "EP02_01f", None, 46, 59, 86, None, "12", "happiness"),
        ("02", "EP02_01f", None, 10, 14.0, 20, None, "4+7 ", "Disgust"),
        (4, "EP12_01f", None, 21, "/", 30, None, "L12 + 61", "disgust"),
        (5.0, "EP09_05f", None, 1, 5, 9, None, "?", "disgust"),
        ("05", "EP19_03f", None, 1, 5, 9, None, "15A+17", "surprise"),
        ("26", "EP18_50", None, 3, 6, 9, None, "R12", "others"),
        ("26", "EP18_51", None, 3, 6, 9, None, "4", "repression"),
        ("26", "EP18_52", None, 3, 6, 9, None, "4", "sadness"),
    ]
    if year == "20190701":
        objective = ("Objective Classes", 1, 4, 4, 4, 2, 5, 6, 7)
        rows = [(*row, more) for row, more in zip(rows, objective, strict=True)]
    workbook(root / f"CASME2-coding-{year}.xlsx", ("Sheet1", rows), ("Sheet2", []))
    (root / f"~$CASME2-coding-{year}.xlsx").write_bytes(b"a lock")
    base = root / folder
    prefix = "reg_" if "crop" in folder.lower() else ""
    for subject, clip, numbers in (
        ("sub01", "EP02_01f", range(40, 91)),
        ("sub02", "EP02_01f", [n for n in range(8, 25) if n != 15]),
        ("sub04", "EP12_01f", range(20, 31)),
        ("sub05", "EP09_05f", range(1, 10)),
        ("sub05", "EP19_03f", range(1, 10)),
        ("sub26", "EP18_50", range(1, 11)),
        ("sub26", "EP18_51", range(1, 11)),
        ("sub26", "EP18_52", range(1, 11)),
    ):
        names = [f"{prefix}img{n}.jpg" for n in numbers]
        frames(base / subject / clip, [*names, "Thumbs.db", ".DS_Store", "~$img7.jpg"])
    return root


def casme(root):
    """CASME: two apexes, numbers padded or not, the originals of section A."""
    head = (
        *("Subject", "Filename", None, "OnsetF", "ApexF1", "ApexF2", "OffsetF"),
        *(None, "AU", "Emotion"),
    )
    rows = [
        head,
        (1, "EP01_5", None, 113, 117, None, 120, None, "4A/B", "tense"),
        (3, "EP10_2", None, 3, None, 6, 9, None, "A/L12", "Happiness"),
    ]
    workbook(root / "CASME_merged_coding.xlsx", ("Sheet1", rows))
    raw, section = root / "CASME_raw_selected", root / "CASME_A" / "Section A"
    names = [f"EP01_5-{n}.jpg" for n in range(110, 123)]
    frames(raw / "sub01" / "EP01_5", names)
    frames(root / "Cropped" / "sub01" / "EP01_5", [f"reg_{name}" for name in names])
    padded = [f"EP10_2-{n:03d}.jpg" for n in range(1, 12)]
    frames(raw / "sub03" / "EP10_2", padded)
    frames(root / "Cropped" / "sub03" / "EP10_2", [f"reg_{name}" for name in padded])
    frames(section / "sub03" / "EP10", [f"EP10-{n}.jpg" for n in range(1, 40)])
    frames(section / "sub01" / "EP01", [f"EP01-{n}.jpg" for n in range(1, 140)])
    return root


def samm(root, *, header=14):
    """SAMM: a late header, apexes outside of their clips, digits four and five."""
    rows = [("Codes of micro-movements",)] * (header - 1)
    rows += [
        SAMM_HEAD,
        (
            "006",
            "006_1_2",
            1,
            5562,
            5566,
            5570,
            9,
            "Micro",
            "R12",
            "Happiness",
            5,
            None,
        ),
        ("009", "009_4_2", 4, 3570, 3577, 3580, 11, "Micro", "4", "Anger", 3, "Jaw"),
        (28, "028_4_1", 4, 3000, 3100, 3010, 11, "Micro", "A2", "Other", 7, None),
        (32, "032_3_1", 3, 4896, 1930, 4905, 10, "Micro", "T18", "Anger", 3, None),
        (37.0, "037_7_6", 7, 5, 6, 8, 4, "Micro", "4", "Surprise", 2, None),
    ]
    sheets = ("NOTES", [("nothing here",)]), ("MICRO_ONLY", rows)
    path = workbook(root / "SAMM_Micro_FACS_Codes_v2.xlsx", *sheets)
    for i in range(5):
        calculated(
            path, 2, f"G{header + 1 + i}", f"F{header + 1 + i}-D{header + 1 + i}"
        )
    five = [f"006_{n:05d}.jpg" for n in range(5560, 5573)]
    frames(root / "SAMM" / "006" / "006_1_2", five)
    for clip, numbers in (
        ("009_4_2", range(3570, 3581)),
        ("028_4_1", range(2998, 3013)),
        ("032_3_1", range(4890, 4910)),
        ("037_7_6", range(1, 10)),
    ):
        names = [f"{clip[:3]}_{n:04d}.jpg" for n in numbers]
        frames(root / "SAMM" / clip[:3] / clip, names)
    return root


def samm_long(root):
    """SAMM Long Videos: fractions, an apex of -1, a name that is there twice."""
    head = (
        *("Subject", "Filename", "Inducement Code", "Onset", "Apex", "Offset"),
        *("Duration", "Type", "Action Units", "Notes"),
    )
    rows = [("Long videos",)] * 9 + [
        head,
        ("006", "006_1_1", 1, 10, 15, 20, 11, "Micro - 1/2", "12", None),
        ("006", "006_1_2", 1, 31.6, 40.4, 59.6, 29, "Macro", "6+12", None),
        ("006", "006_1_2", 1, 70, -1, 79, 10, "Macro", "6+12", None),
        ("007", "007_3_1", 3, 95, 97, 110, 16, "Micro - 1/2", "4", None),
        ("007", "007_3_2", 3, 200, 210, 220, 21, "Macro", "4", None),
        ("008", "008_2_1", 2, 1, 2, 3, 3, "Macro", "4", None),
    ]
    path = root / "SAMM_LongVideos_V2_Release.xlsx"
    workbook(path, ("FACS_Movement_Only", rows), ("Legend", [("Macro",)]))
    for video, digits in (("006_1", 4), ("006_5", 5), ("007_3", 4)):
        names = [f"{video}_{n:0{digits}d}.jpg" for n in range(1, 101)]
        frames(root / "SAMM_longvideos" / video, names)
    return root


def casme_sq(root):
    """CAS(ME)^2: no headers, offsets of 0, misspelt folders, lines that repeat."""
    codes = [
        (1, "anger1_1", 557, 562, 566, "4+7", "negative", "micro-expression", "anger"),
        (1, "disgust1_1", 10, 15, 0, "NULL", "negative", "micro-expression", "null"),
        (1, "disgust1_2", 30, 0, 45, "null", "Others", "macro-expression", "disgust"),
        (2, "happy5_1", 3, 30, 9, "12", "positive", "micro-expression", "happy"),
        (2, "happy5_2", 15, 18, 20, "6+12", "positive", "macro-expression", "happy"),
        (2, "anger1_1", 4, 5, 6, "4", "surprise", "micro-expression", "anger"),
    ]
    participants = [
        (15, "s15", 1),
        (15, "s15", 1),
        (15, "s15", 1),
        (16, "s16", 2),
        (16, "s16", 2),
        (16, "s16", 2),
    ]
    films = [
        ("0101", "disgust1"),
        ("0401", "anger1"),
        ("0503", "happy5"),
        ("0702", "happy2"),
    ]
    path = root / "CAS(ME)^2code_final(Updated).xlsx"
    names = "CASFEcode_final", "naming rule1", "naming rule2"
    workbook(path, *zip(names, (codes, participants, films), strict=True))
    selected, raw = root / "selectedpic", root / "rawpic"
    for subject, clip, numbers in (
        ("s15", "anger1_1", range(557, 567)),
        ("s15", "disgust1_1", range(10, 16)),
        ("s15", "disgust1_2", range(30, 46)),
        ("s16", "happy5_1", range(3, 10)),
        ("s16", "happy5_2", range(15, 21)),
    ):
        frames(selected / subject / clip, [f"img{n}.jpg" for n in numbers])
    for subject, film, n_frames in (
        ("s15", "15_0101disgustingteeth", 60),
        ("s15", "15_0401girlcrashing", 600),
        ("s15", "15_0702monkeys", 20),
        ("s16", "16_0503unnyfarting", 25),
        # Of a film that is not in the sheet.
        ("s16", "16_0102bones", 5),
    ):
        names = [f"img{n:03d}.jpg" for n in range(1, n_frames + 1)]
        frames(raw / subject / film, names)
    return root


def casme3(root):
    """CAS(ME)^3 part A: repeated names, offsets of 0, missing frames, depth beside."""
    head = (
        *("Subject", "Filename", "Expression type", "Onset", "Apex", "Offset", "AU"),
        *("Objective class", "emotion"),
    )
    rows = [
        head,
        ("spNO.1", "a", "Micro-expression", 8, 10, 14, "4+7", 4, "disgust"),
        ("spNO.1", "b", "Micro-expression", 166, 170, 180, "12", 1, "happy"),
        ("spNO.1", "b", "Micro-expression", 200, 204, 0, "4", 4, "others"),
        ("spNO.10", "m", "Micro-expression", 1, 5, 9, "1+2", 2, "Others"),
        ("spNO.10", "m", "Micro-expression", 500, 505, 509, "1+2", 2, "surprise"),
    ]
    path = root / "annotation" / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx"
    workbook(path, ("label", rows))
    other = path.with_name("cas(me)3_part_A_MaE_label_JpgIndex_v2_emotion.xlsx")
    workbook(other, ("Sheet1", [("sub", "seq", "onset", "apex", "offset", "emotion")]))
    clips = root / "Part_A_ME_clip" / "frame"
    for name, numbers in (
        ("spNO.1_a_8", range(8, 15)),
        ("spNO.1_b_166", range(166, 181)),
        ("spNO.1_b_200", range(200, 205)),
        ("spNO.10_m_1", [1, 2, 3, 4, 6, 7, 8, 9]),
    ):
        frames(clips / name, [f"{n}.jpg" for n in numbers])
    for subject, video, n_frames in (
        ("spNO.1", "a", 20),
        ("spNO.1", "b", 210),
        ("spNO.10", "m", 12),
    ):
        for kind, suffix in (("color", "jpg"), ("depth", "png")):
            names = [f"{n}.{suffix}" for n in range(n_frames)]
            frames(root / "part_A" / subject / video / kind, names)
    return root


def smic(root):
    """SMIC: labels by folders, two paddings, long videos with two expressions."""
    for version, prefix, suffix, pad in (
        ("SMIC_all_cropped", "reg_image", "bmp", 1),
        ("SMIC_all_raw", "image", "jpg", 2),
    ):
        for camera, subject, n_frames in (
            ("HS", 1, 12),
            ("HS", 20, 10),
            ("VIS", 11, 6),
        ):
            person = root / version / camera / f"s{subject:0{pad}d}"
            for emotion in ("negative", "positive"):
                clip = f"s{subject:0{pad}d}_{emotion[:2]}_01"
                names = [f"{prefix}{n:06d}.{suffix}" for n in range(1, n_frames + 1)]
                frames(person / "micro" / emotion / clip, names)
            frames(person / "non_micro" / f"s{subject}_non_01", names)
    head = (
        *("Subject", "Filename", None, "OnsetF", "OffsetF", "Onset2F", "Offset2F"),
        *(None, "FirstF", "LastF", "TotalMF1", "TotalMF2", "TotalVL", "Emotion"),
    )
    first = 17581039
    rows = [
        head,
        (1, "s1_ne_01", None, 105, 115, None, None, None, 100, 129, 11, 0, 30)
        + ("negative",),
        (20, "s20_ne_01", None, first, first + 9, first + 20, first + 25, None)
        + ("MISSING <-426679", first + 39, 10, 6, 40, "negative"),
        (20, "s20_sur_01", None, 5, 9, 0, 0, None, 1, 20, 5, 0, 20, "surprise"),
    ]
    path = root / "SMIC-E" / "HS_long" / "SMIC-HS-E_annotation_2019.xlsx"
    workbook(path, ("VIS", [head]), ("HS", rows))
    for i in (2, 3, 4):
        calculated(path, 2, f"K{i}", f"E{i}-D{i}+1")
    long = path.parent / "SMIC-HS-E"
    for folder, numbers in (
        ("s01/s1_ne_01", range(100, 130)),
        ("s20/s20_ne_01", range(first, first + 40)),
        ("s20/s20_sur_01", range(1, 21)),
    ):
        frames(long / folder, [f"image{n}.jpg" for n in numbers])
    return root


def mmew(root):
    """MMEW: folders by emotion, frames from 1."""
    head = (
        *("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame"),
        *("Action Units", "Estimated Emotion", "remarks"),
    )
    rows = [
        head,
        (1, "S01-02-001", 1, 6, 11, "1+2", "surprise", None),
        (2, "S02-02-001", 1, 4, 9, "ref(7B)+43", "Happiness", None),
        (2, "S02-03-005", 1, 4, 9, "AU4(k)+L7", "others", "blurred"),
    ]
    workbook(root / "MMEW_Micro_Exp.xlsx", ("Sheet1", rows))
    for emotion, clip in (
        ("surprise", "S01-02-001"),
        ("happiness", "S02-02-001"),
        ("others", "S02-03-005"),
    ):
        names = [f"{n}.jpg" for n in range(1, 12)]
        frames(root / "Micro_Expression" / emotion / clip, names)
        frames(root / "Macro_Expression" / emotion, names)
    return root


def ckplus(root):
    """CK+: labels in files of one float, sequences without, an empty folder of one."""
    for number, sequence, label in (
        (5, "001", "3.0000000e+00"),
        (10, "002", None),
        (10, "004", "7.0000000e+00"),
    ):
        person, stem = f"S{number:03d}", f"S{number:03d}_{sequence}"
        names = [f"{stem}_{n:08d}.png" for n in range(1, 12)]
        frames(root / "cohn-kanade-images" / person / sequence, names)
        folder = root / "Emotion" / person / sequence
        folder.mkdir(parents=True)
        if label:
            (folder / f"{stem}_00000011_emotion.txt").write_text(f"   {label}\n")
        frames(root / "Landmarks" / person / sequence, [])
    return root


def megc2019(root, *, header=False):
    """MEGC 2019: its three parts, and the table without a header."""
    casme2(root / "CASME2")
    smic(root / "SMIC")
    samm(root / "SAMM_v2")
    rows = ["dataset,subject,clip,label"] * header + [
        "casme2,sub01,EP02_01f,1",
        "casme2,sub02,EP02_01f,0",
        "casme2,sub05,EP19_03f,2",
        "casme2,sub26,EP18_51,0",
        "smic,s01,s01_ne_01,0",
        "smic,s01,s01_po_01,1",
        "smic,s20,s20_ne_01,0",
        "smic,s20,s20_po_01,1",
        "samm,6,006_1_2,1",
        "samm,9,009_4_2,0",
        "samm,32,032_3_1,0",
        "samm,37,037_7_6,2",
    ]
    (root / "combined_3class_gt.csv").write_text("\n".join(rows) + "\n")
    return root


TREES = {
    "casme": casme,
    "casme2": casme2,
    "casme-sq": casme_sq,
    "casme3": casme3,
    "samm": samm,
    "samm-lv": samm_long,
    "smic-hs": smic,
    "mmew": mmew,
    "ckplus": ckplus,
    "megc2019": megc2019,
}


def small_faces(root, name):
    """CASME II or SAMM with a few small clips of generated faces in color."""
    classes = ("happiness", "surprise")
    bunch = make_clips(3, 1, classes, size=(96, 80), fps=13, color=True)
    rows = [CASME2_HEAD if name == "casme2" else SAMM_HEAD]
    for clip, shown in zip(bunch.clips, bunch.frame.itertuples(), strict=True):
        keys = (clip.onset + 1, clip.apex + 1, clip.offset + 1)
        said = (shown.action_units, shown.emotion)
        person, i = int(shown.subject[1:]), shown.Index
        if name == "casme2":
            place = f"CASME2_RAW_selected/sub{person:02d}/EP{i:02d}_01"
            rows.append((person, f"EP{i:02d}_01", None, *keys, None, *said))
        else:
            code = f"{person:03d}_{i}_1"
            place = f"SAMM/{person:03d}/{code}"
            more = (i, "Micro - 1/2", *said, None, None)
            rows.append((f"{person:03d}", code, 1, *keys, *more))
        (root / place).mkdir(parents=True)
        for t, frame in enumerate(clip.frames):
            # OpenCV has blue first.
            cv2.imwrite(str(root / place / f"img_{t + 1:05d}.png"), frame[..., ::-1])
    book = "CASME2-coding-20140508" if name == "casme2" else "SAMM_Micro_FACS_Codes_v2"
    workbook(root / f"{book}.xlsx", ("MICRO_ONLY", rows))
    return root


def make(name, folder):
    """Make the tree of a database."""
    return TREES[name](Path(folder))


# Folder that the page of each database calls the root.
ROOTS = {
    "casme": "CASME",
    "casme2": "CASME2",
    "casme-sq": "CASME_sq",
    "casme3": "CASME3",
    "samm": "SAMM",
    "samm-lv": "SAMM_LV",
    "smic": "SMIC",
    "mmew": "MMEW",
    "meview": "MEVIEW",
    "ckplus": "CK+",
    "megc2019": "megc",
}
