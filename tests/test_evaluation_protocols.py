"""Protocols across databases, the composite, action units, and the neutral face."""

import json

import numpy as np
import pandas as pd
import pytest
from rows import make_rows
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from mefeat import Clip, ClipPipeline
from mefeat.datasets import THREE_CLASSES
from mefeat.evaluation import (
    DATABASE_PROTOCOLS,
    PolySVCSearch,
    RelativeToOnset,
    composite,
    evaluate,
    evaluate_units,
    make_folds,
    relative_to_neutral,
    scores,
)
from mefeat.evaluation.neutral import hold_onset
from mefeat.flow import OpticalFlow
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
        ({"databases": ["a"]}, "databases must hold one name for each of the 48 clips"),
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
        with pytest.raises(ValueError, match="subject s00 would stand on both sides"):
            make_folds(
                protocol, Y, GROUPS, databases=databases, test_databases=["a", "b"][:1]
            )
    with pytest.warns(UserWarning, match="subject s00 is in several databases"):
        evaluate(MODEL, X, Y, GROUPS, databases=databases)


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


# action units


def make_units(seed=0):
    rng = np.random.default_rng(seed)
    units = rng.integers(2, size=(48, 3)).astype(bool)
    rows = units @ rng.normal(size=(3, 5)) + 0.3 * rng.normal(size=(48, 5))
    return rows, units


def test_units_are_judged_like_one_classifier_for_each():
    rows, units = make_units()
    model = make_pipeline(StandardScaler(), LogisticRegression())
    names = ["AU1", "AU4", "AU12"]
    result = evaluate_units(model, rows, units, DATABASES, unit_names=names)
    for i, name in enumerate(names):
        expected = cross_val_predict(
            model, rows, units[:, i], groups=DATABASES, cv=LeaveOneGroupOut()
        )
        np.testing.assert_array_equal(result.predictions[f"predicted {name}"], expected)
        assert result.f1[name] == f1_score(units[:, i], expected)
        for database in "casme2", "samm", "smic":
            kept = DATABASES == database
            value = f1_score(units[kept, i], expected[kept])
            assert result.per_database.loc[database, name] == value
    assert result.mean_f1 == pytest.approx(result.f1.mean())
    means = result.per_database[names].mean(axis=1)
    assert result.mean_database_f1 == pytest.approx(means.mean())
    pd.testing.assert_series_equal(
        result.per_database["mean"], means, check_names=False
    )


def test_always_yes_has_the_f1_that_follows_from_the_counts():
    _, units = make_units()
    always = DummyClassifier(strategy="constant", constant=True)
    result = evaluate_units(always, np.zeros((48, 1)), units, DATABASES)
    shown = units.sum(axis=0)
    np.testing.assert_allclose(result.f1, 2 * shown / (48 + shown))
    assert result.per_unit["hits"].tolist() == shown.tolist()
    assert result.per_unit["recall"].tolist() == [1, 1, 1]


def test_subjects_reach_the_search_and_the_intervals():
    rows, units = make_units()
    search = PolySVCSearch(degree=(2,), coef0=(1,), gamma=(0.1,), C=(1, 10))
    result = evaluate_units(search, rows, units, DATABASES, groups=GROUPS)
    assert result.predictions["subject"].tolist() == GROUPS.tolist()
    found = result.intervals(n_draws=500)
    assert found.index.tolist() == ["AU0", "AU1", "AU2", "mean_f1"]
    np.testing.assert_allclose(found["value"], [*result.f1, result.mean_f1])
    assert ((found["low"] <= found["value"]) & (found["value"] <= found["high"])).all()


def test_units_that_no_training_clip_shows_are_not_predicted():
    rows, units = make_units()
    units[DATABASES != "samm", 0] = False
    units[:, 1] = True
    result = evaluate_units(MODEL, rows, units, DATABASES)
    said = result.predictions.set_index("database")["predicted AU0"]
    assert not said["samm"].any()
    assert result.predictions["predicted AU1"].all() and result.f1["AU1"] == 1
    assert result.f1["AU0"] == 0


def test_units_run_in_parallel_and_go_on(tmp_path):
    rows, units = make_units()
    table = pd.DataFrame(units, columns=["AU1", "AU4", "AU12"])
    first = evaluate_units(MODEL, rows, table, DATABASES, resume=tmp_path)
    assert len(list(tmp_path.glob("*/fold-*"))) == 3
    again = evaluate_units(MODEL, rows, table, DATABASES, resume=tmp_path)
    assert again.unit_names == ["AU1", "AU4", "AU12"]
    pd.testing.assert_frame_equal(again.predictions, first.predictions)
    assert again.settings == first.settings
    names = ["AU1", "AU4", "AU17"]
    evaluate_units(MODEL, rows, units, DATABASES, unit_names=names, resume=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_units_are_shown_and_saved(tmp_path):
    rows, units = make_units()
    result = evaluate_units(MODEL, rows, units, DATABASES)
    text = str(result)
    assert text.startswith("leave_one_database_out: 48 clips, 3 databases, 3 action")
    assert f"{result.mean_database_f1:.4f}" in text and "AU2" in text
    assert f"mean_f1 {result.mean_f1:.4f}" in repr(result)
    saved = json.loads((result.save(tmp_path) / "result.json").read_text())
    assert saved == result.to_dict()
    assert saved["scores"]["mean_f1"] == result.mean_f1
    table = pd.read_csv(tmp_path / "predictions.csv")
    pd.testing.assert_frame_equal(table, result.predictions, check_dtype=False)
    row = result.to_frame("nearest").loc["nearest"]
    assert row["f1 AU1"] == result.f1["AU1"] and row["n_databases"] == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": [1, 0]}, "units must be 2-D, got 1-D"),
        ({"units": np.full((48, 3), 2)}, "units must be flags, 0 or 1"),
        ({"units": np.zeros((5, 3))}, "units must hold one entry .* 48 clips, got 5"),
        ({"databases": None}, "databases must name the database"),
        ({"databases": ["a"]}, "databases must hold one entry"),
        ({"groups": ["a"]}, "groups must hold one entry"),
        ({"unit_names": ["AU1"]}, "unit_names must be 3 different names"),
    ],
)
def test_wrong_units_are_refused(change, message):
    rows, units = make_units()
    given = {"X": rows, "units": units, "databases": DATABASES} | change
    with pytest.raises(ValueError, match=message):
        evaluate_units(MODEL, **given)


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
