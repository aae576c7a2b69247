"""Frames hold every integer exactly, and without pandas one typed error names the extra."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.study.frames import frame_of


def things() -> dict[str, Any]:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=2**255)], key=sl.new_key(1))
    session.send_calls([sl.Call("merchant", 7)])
    session.send_calls([sl.Call("merchant", 2**255)])
    return {
        "history": session.history,
        "allowances": session.allowances,
        "operations": session.operations,
        "comparison": sl.compare(session, [sl.Root()]),
        "sweep": sl.experiments.passes_within([2**255], operations=1, largest=1).run(),
    }


def test_each_table_has_a_frame_with_a_row_for_each_entry() -> None:
    given = things()
    frames = {name: thing.to_frame() for name, thing in given.items()}
    lengths = {name: len(given[name]) for name in given if name != "comparison"}
    assert {name: len(frame) for name, frame in frames.items()} == lengths | {
        "comparison": len(given["comparison"].differences)
    }
    assert frames["allowances"].loc[0, "remaining"] == 2**255 - 7
    assert frames["history"]["remaining"].tolist() == [None, 2**255 - 7, None]
    assert frames["sweep"]["allowance"].tolist() == [2**255]
    assert frames["comparison"].columns.tolist() == ["part", "what", "a", "b"]
    assert frames["sweep"].equals(given["sweep"].frame())


def test_integers_stay_integers() -> None:
    frame = frame_of(("small", "missing", "large", "flag"), [(1, 2, 2**53 + 1, True), (3, None, None, False)])
    assert [str(kind) for kind in frame.dtypes] == ["int64", "Int64", "object", "bool"]
    assert frame["large"].tolist() == [2**53 + 1, None] and frame["missing"].sum() == 2
    assert frame_of(("a", "b"), []).columns.tolist() == ["a", "b"]


@pytest.mark.parametrize("name", ["history", "allowances", "operations", "comparison", "sweep"])
def test_without_pandas_the_error_names_the_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    thing, real = things()[name], builtins.__import__

    def without(module: str, *rest: Any, **more: Any) -> Any:
        if module == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return real(module, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(sl.MissingExtra, match="A frame needs packages") as no:
        thing.to_frame()
    assert no.value.extra == "experiments" and "pandas" in (no.value.fix or "")
