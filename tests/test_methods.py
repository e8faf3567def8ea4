"""Methods that other packages bring."""

from importlib.metadata import EntryPoint

import pytest

from mefeat import methods
from mefeat.methods import METHODS, Method, after_faces
from mefeat.texture import LBPTOP


def entry(name, value):
    return EntryPoint(name, value, "mefeat.methods")


def found(monkeypatch, *entries):
    monkeypatch.setattr(methods, "entry_points", lambda group: entries)
    return dict(methods._installed())


def test_a_method_is_taken_as_it_is(monkeypatch):
    given = METHODS["hoof"]
    monkeypatch.setattr(methods, "GIVEN", given, raising=False)
    assert found(monkeypatch, entry("new", "mefeat.methods:GIVEN")) == {"new": given}


@pytest.mark.parametrize(
    ("value", "name", "message"),
    [
        ("no_such_module:x", "new", "No module named 'no_such_module'"),
        ("mefeat.methods:DEEP", "new", "must be a Method or the class of a descriptor"),
        ("mefeat.methods:GIVEN", "hoof", "there is a method of this name"),
    ],
)
def test_what_cannot_be_taken_is_left_out_with_a_warning(
    monkeypatch, value, name, message
):
    given = Method(after_faces(LBPTOP()), "somebody", None)
    monkeypatch.setattr(methods, "GIVEN", given, raising=False)
    with pytest.warns(
        UserWarning, match=f"method '{name}' .* is left out: .*{message}"
    ):
        assert found(monkeypatch, entry(name, value)) == {}
