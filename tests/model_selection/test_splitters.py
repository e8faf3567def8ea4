"""Protocols across databases, the composite, and the neutral face."""

import numpy as np
import pytest
from rows import make_rows
from sklearn.metrics import f1_score
from sklearn.model_selection import (
    BaseCrossValidator,
    LeaveOneGroupOut,
    cross_val_predict,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

from mefeat import Clip, ClipPipeline
from mefeat.datasets import THREE_CLASSES
from mefeat.evaluation import (
    RelativeToOnset,
    composite,
    evaluate,
    relative_to_neutral,
    scores,
)
from mefeat.evaluation._neutral import hold_onset
from mefeat.flow import OpticalFlow
from mefeat.model_selection import (
    DATABASE_PROTOCOLS,
    CrossDatabase,
    LeaveOneDatabaseOut,
    SubjectKFold,
    make_folds,
)
from mefeat.motion import HOOF
from mefeat.testing import example_clips
from mefeat.texture import LBPTOP

X, Y, GROUPS = make_rows()
DATABASES = np.array(["casme2", "samm", "smic"])[np.arange(48) % 6 // 2]
MODEL = KNeighborsClassifier()


def make_bunch(prefix, emotions, n_subjects=4):
    rng = np.random.default_rng(len(prefix))
    names = sorted(set(emotions))
    return Bunch(
        clips=[f"{prefix}{i}" for i in range(len(emotions))],
        target=[names.index(emotion) for emotion in emotions],
        target_names=np.array(names),
        groups=rng.integers(n_subjects, size=len(emotions)),
    )


# databases


def test_each_database_is_held_out_in_turn():
    folds = make_folds("leave_one_database_out", Y, GROUPS, databases=DATABASES)
    assert [f.name for f in folds] == [
        "database casme2",
        "database samm",
        "database smic",
    ]
    for fold in folds:
        name = fold.name.split()[1]
        assert set(DATABASES[fold.test]) == {name}
        assert set(DATABASES[fold.train]) == {"casme2", "samm", "smic"} - {name}
        assert len(fold.train) + len(fold.test) == len(Y)


@pytest.mark.parametrize(
    ("test", "train", "expected"),
    [
        ("samm", None, ({"samm"}, {"casme2", "smic"})),
        (["samm", "smic"], None, ({"samm", "smic"}, {"casme2"})),
        ("samm", "smic", ({"samm"}, {"smic"})),
    ],
)
def test_some_databases_are_held_out_together(test, train, expected):
    options = {"test_databases": test, "train_databases": train}
    options |= {"protocol": "cross_database", "databases": DATABASES}
    (fold,) = make_folds(y=Y, groups=GROUPS, **options)
    assert (set(DATABASES[fold.test]), set(DATABASES[fold.train])) == expected
    result = evaluate(MODEL, X, Y, GROUPS, **options)
    assert set(result.predictions["database"]) == expected[0]
    fitted = KNeighborsClassifier().fit(X[fold.train], Y[fold.train])
    np.testing.assert_array_equal(
        result.predictions["predicted"], fitted.predict(X[fold.test])
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"databases": None}, "'leave_one_database_out' needs databases, got None"),
        ({"databases": ["a"] * 48}, r"at least two databases, got \['a'\]"),
        (
            {"databases": ["a"]},
            "databases must hold one value for each of the 48 clips",
        ),
        ({"test_databases": "samm"}, "belong to the protocol 'cross_database'"),
        (
            {"protocol": "loso", "train_databases": "samm"},
            "belong to the protocol 'cross_database', got the protocol 'loso'",
        ),
        ({"protocol": "cross_database"}, "needs test_databases"),
        (
            {"protocol": "cross_database", "test_databases": "casme"},
            r"must name some of \['casme2', 'samm', 'smic'\], got \['casme'\]",
        ),
        (
            {
                "protocol": "cross_database",
                "test_databases": ["samm", "smic"],
                "train_databases": "smic",
            },
            "'smic' is to be trained on and held out",
        ),
    ],
)
def test_wrong_databases_are_refused(options, message):
    given = {"protocol": "leave_one_database_out", "databases": DATABASES} | options
    with pytest.raises(ValueError, match=message):
        evaluate(MODEL, X, Y, GROUPS, **given)


def test_people_of_the_same_name_in_two_databases_are_noticed():
    databases = np.array(["a", "b"])[np.arange(48) // 24]
    for protocol in DATABASE_PROTOCOLS:
        test = {"test_databases": "a"} if protocol == "cross_database" else {}
        with pytest.raises(ValueError, match="subject s00 would stand on both sides"):
            make_folds(protocol, Y, GROUPS, databases=databases, **test)
    with pytest.warns(UserWarning, match="subject s00 is in several databases"):
        evaluate(MODEL, X, Y, GROUPS, databases=databases)


@pytest.mark.parametrize(
    ("cv", "protocol"),
    [
        (LeaveOneGroupOut(), {"protocol": "loso"}),
        (SubjectKFold(3), {"protocol": "group_kfold", "n_splits": 3}),
        (LeaveOneDatabaseOut(DATABASES), {"protocol": "leave_one_database_out"}),
        (
            CrossDatabase(DATABASES, ["samm", "smic"]),
            {"protocol": "cross_database", "test_databases": ["samm", "smic"]},
        ),
    ],
)
def test_protocols_are_splitters_of_scikit_learn(cv, protocol):
    assert isinstance(cv, BaseCrossValidator)
    folds = make_folds(y=Y, groups=GROUPS, databases=DATABASES, **protocol)
    assert cv.get_n_splits(X, Y, GROUPS) == len(folds)
    for (train, test), fold in zip(cv.split(X, Y, GROUPS), folds, strict=True):
        np.testing.assert_array_equal(train, fold.train)
        np.testing.assert_array_equal(test, fold.test)
    found = (
        cross_val_predict(MODEL, X, Y, groups=GROUPS, cv=cv) if len(folds) > 1 else 0
    )
    result = evaluate(MODEL, X, Y, GROUPS, protocol=cv)
    if len(folds) > 1:
        np.testing.assert_array_equal(result.predictions["predicted"], found)
    assert result.folds["fold"].tolist() == [fold.name for fold in folds]


def test_a_database_for_each_clip():
    with pytest.raises(ValueError, match="one for each of the 4 clips, got 2"):
        next(LeaveOneDatabaseOut(["a", "b"]).split([[0]] * 4))


def test_scores_of_each_database_are_those_of_its_clips():
    result = evaluate(MODEL, X, Y, GROUPS, databases=DATABASES)
    table = result.per_database
    assert table.index.tolist() == ["casme2", "samm", "smic", "all"]
    clips = result.predictions
    for name in "casme2", "samm", "smic":
        part = clips[clips["database"] == name]
        expected = f1_score(part["true"], part["predicted"], average="macro")
        assert table.loc[name, "macro_f1"] == pytest.approx(expected, abs=1e-15)
        assert table.loc[name, ["clips", "subjects"]].tolist() == [16, 2]
    assert table.loc["all", "macro_f1"] == result.macro_f1
    with pytest.raises(ValueError, match="no clip is of database 'casme3'; there are"):
        result.of_database("casme3")
    assert "smic" in str(result) and "per_database" in result.to_dict()
    assert evaluate(MODEL, X, Y, GROUPS).per_database is None


# composite


def test_the_pool_maps_classes_and_tells_people_apart():
    bunches = {
        "casme2": make_bunch("a", ["disgust", "happiness", "others", "surprise"]),
        "smic": make_bunch("b", ["negative", "positive", "surprise"]),
    }
    pool = composite(bunches, THREE_CLASSES)
    assert pool.clips == ["a0", "a1", "a3", "b0", "b1", "b2"]
    expected = ["negative", "positive", "surprise"] * 2
    assert pool.y.tolist() == expected
    assert pool.target_names[pool.target].tolist() == expected
    assert pool.databases.tolist() == ["casme2"] * 3 + ["smic"] * 3
    assert pool.index.tolist() == [0, 1, 3, 0, 1, 2]
    groups = [bunches["casme2"].groups[i] for i in (0, 1, 3)]
    assert pool.groups[:3].tolist() == [f"casme2/{subject}" for subject in groups]
    assert not set(pool.groups[:3]) & set(pool.groups[3:])


def test_composite_protocol_in_one_call():
    emotions = ["disgust", "happiness", "surprise", "others"] * 6
    pool = composite(
        {name: make_bunch(name, emotions) for name in ("casme2", "samm")}, THREE_CLASSES
    )
    rows = pool.target[:, None] + np.random.default_rng(0).normal(size=(36, 2)) / 9
    result = evaluate(MODEL, rows, pool.y, pool.groups, databases=pool.databases)
    assert result.accuracy == 1
    assert result.per_database["clips"].tolist() == [18, 18, 36]
    assert len(result.folds) == len(np.unique(pool.groups))


def test_a_pool_needs_maps_that_fit():
    bunch = make_bunch("a", ["others", "others"])
    with pytest.raises(ValueError, match=r"a class map for each, got \['nowhere'\]"):
        composite({"nowhere": bunch}, THREE_CLASSES)
    with pytest.raises(ValueError, match="no clip of 'samm' is of a class"):
        composite({"samm": bunch}, THREE_CLASSES)


# the neutral face


def test_rows_relative_to_the_onset_are_the_difference_to_a_still_clip():
    clip = example_clips(1)[0]
    lbp = LBPTOP(grid=(2, 2))
    relative = RelativeToOnset(lbp)
    frames = np.repeat(clip.frames[[clip.onset]], len(clip.frames), axis=0)
    still = clip.replace(frames=frames)
    expected = lbp.transform([clip]) - lbp.transform([still])
    np.testing.assert_array_equal(relative.transform([clip]), expected)
    assert expected.any() and not relative.transform([still]).any()
    names = relative.fit([clip]).get_feature_names_out()
    np.testing.assert_array_equal(names, lbp.fit([clip]).get_feature_names_out())
    piped = ClipPipeline([relative]).fit_transform([clip])
    np.testing.assert_array_equal(piped, expected)


def test_rows_of_color_are_relative_channel_by_channel():
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (6, 20, 20, 3), np.uint8)
    row = RelativeToOnset(LBPTOP(grid=(1, 1))).fit_transform([Clip(frames, onset=2)])[0]
    parts = [
        RelativeToOnset(LBPTOP(grid=(1, 1))).transform([Clip(frames[..., c], onset=2)])
        for c in range(3)
    ]
    np.testing.assert_array_equal(row, np.concatenate(parts, axis=1)[0])


def test_a_still_clip_has_no_flow_and_still_landmarks():
    clip = example_clips(1)[0]
    clip = OpticalFlow(solver="dis_fast").transform([clip])[0]
    still = hold_onset(clip)
    assert not still.flow.any() and still.flow.shape == clip.flow.shape
    assert (still.landmarks == clip.landmarks[clip.onset]).all()
    rows = [d.transform([clip]) for d in (HOOF(), RelativeToOnset(HOOF()))]
    np.testing.assert_array_equal(*rows)


def test_the_onset_must_be_known():
    clip = Clip(np.zeros((5, 8, 8), np.uint8))
    with pytest.raises(ValueError, match="needs the onset of each clip"):
        RelativeToOnset(LBPTOP(grid=(1, 1))).transform([clip])


def test_rows_relative_to_neutral_forget_what_people_look_like():
    rng = np.random.default_rng(0)
    y, groups = np.tile(["neutral", "joy", "fear"], 8), np.repeat(np.arange(8), 3)
    shown = rng.normal(size=(3, 4))[np.unique(y, return_inverse=True)[1]]
    faces = 50 * rng.normal(size=(8, 4))[groups]
    neutral = y == "neutral"
    found = relative_to_neutral(shown + faces, groups, neutral)
    np.testing.assert_allclose(found, shown - shown[0], atol=1e-12)
    kept = ~neutral
    judged = [
        evaluate(KNeighborsClassifier(3), rows[kept], y[kept], groups[kept]).accuracy
        for rows in (found, shown + faces)
    ]
    assert judged[0] == 1 > judged[1]


def test_the_mean_of_several_neutral_clips_is_taken():
    rows = np.array([[1.0, 0], [3, 4], [10, 10]])
    found = relative_to_neutral(rows, ["a", "a", "a"], [True, True, False])
    np.testing.assert_array_equal(found, rows - [2, 2])


def test_subjects_without_neutral_clips_are_named():
    with pytest.raises(ValueError, match=r"no neutral clip of subject b: .* 2 of 3"):
        relative_to_neutral(np.zeros((3, 1)), ["a", "b", "c"], [1, 0, 0])
    with pytest.raises(ValueError, match="rows must be 2-D"):
        relative_to_neutral(np.zeros((3, 1)), ["a", "b"], [1, 0])


def test_scores_function_is_the_one_of_the_tables():
    result = evaluate(MODEL, X, Y, GROUPS)
    assert scores(result.confusion.to_numpy())["uar"] == result.uar
