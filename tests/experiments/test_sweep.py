"""Points, rows, frames and files; what is refused before anything is run."""

from __future__ import annotations

import doctest
import platform
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pandas
import pytest

import sessionlab as sl
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.permissions import DEPLOYED
from sessionlab.experiments import (
    OPERATION_GAS,
    Planned,
    Sweep,
    any_policy,
    drawn,
    gas_limit_and_reverts,
    grid,
    passes_within,
    places,
)


@pytest.fixture
def sweep() -> Sweep:
    return passes_within([sl.ether(1), sl.ether(2)], operations=6, seeds=range(3))


# -- points


def test_the_example_of_the_points_runs() -> None:
    assert doctest.testmod(import_module("sessionlab.experiments.grid")).failed == 0


def test_a_grid_is_every_combination() -> None:
    assert grid(a=[1, 2], b=["x", "y"]) == (
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    )


def test_drawn_points_are_the_same_for_the_same_seed() -> None:
    draws: dict[str, Any] = {"a": range(10**6), "b": lambda random: random.random(), "c": [None]}
    assert drawn(5, seed=1, **draws) == drawn(5, seed=1, **draws) != drawn(5, seed=2, **draws)
    assert drawn(3, seed=1, **draws) == drawn(5, seed=1, **draws)[:3]
    assert drawn(3, seed=1, **draws) != drawn(3, seed=-1, **draws)


# -- places


@pytest.mark.parametrize("rules", ["documented", "deployed"])
def test_places_are_those_of_a_lab(rules: str) -> None:
    lab = sl.Lab(rules, seed=0)
    where = places()._asdict()
    assert where.pop("wallet") == lab.wallet().address
    assert where == {name: getattr(lab, name) for name in where}


# -- rows, frame, file


def test_rows_are_parameters_seed_and_measures(sweep: Sweep) -> None:
    results = sweep.run()
    assert len(results) == len(sweep) == 6
    for row, (point, seed) in zip(results, [(p, s) for p in sweep.points for s in range(3)], strict=True):
        random, left, passed = Random(seed), point["allowance"], 0
        values = [random.randint(1, sl.ether(1)) for _ in range(6)]
        for value in values:
            if value <= left:
                left, passed = left - value, passed + 1
        assert row == {
            **point,
            "seed": seed,
            "grant_refused": None,
            "operations": 6,
            "passed": passed,
            "refused_in_validation": 0,
            "refused_in_execution": 6 - passed,
            "first_refused": row["first_refused"],
            "reasons": f"ExceededNativeTokenLimit {6 - passed}" if passed < 6 else "",
            "gas_charged": None,
        }


def test_a_frame_has_every_row_and_what_it_was_made_with(sweep: Sweep) -> None:
    frame = sweep.run().frame()
    assert list(frame.columns[:4]) == ["allowance", "planned", "largest", "seed"]
    assert frame.shape[0] == 6
    assert set(frame["engine"]) == {"model"}
    assert set(frame["rules"]) == {"documented"}
    assert set(frame["sessionlab"]) == {sl.__version__}
    assert set(frame["python"]) == {platform.python_version()}
    assert frame.groupby("allowance")["passed"].mean().is_monotonic_increasing


def test_the_file_is_what_the_frame_shows(sweep: Sweep, tmp_path: Path) -> None:
    results = sweep.run()
    text = results.csv(tmp_path / "passes.csv")
    assert (tmp_path / "passes.csv").read_bytes() == text.encode()
    read = pandas.read_csv(tmp_path / "passes.csv", keep_default_na=False, na_values={"grant_refused": [""]})
    assert list(read.columns) == list(results.frame().columns)
    assert read["passed"].tolist() == results.frame()["passed"].tolist()
    assert read["allowance"].tolist() == [row["allowance"] for row in results]
    assert text == sweep.run().csv()
    assert "\r" not in text


def test_large_amounts_stay_exact(tmp_path: Path) -> None:
    amounts = [10**18, 2**63, 2**64, 2**256 - 1]
    results = passes_within(amounts, operations=1, largest=1).run()
    assert results.frame()["allowance"].tolist() == amounts
    assert [line.split(",")[0] for line in results.csv().splitlines()[1:]] == [str(amount) for amount in amounts]


def test_rules_of_ones_own_are_named_with_their_bits() -> None:
    mine = replace(DEPLOYED, name="mine", gas_limit_counts_gas=True)
    (row,) = passes_within([1], operations=1, rules=mine).run().table
    assert row["rules"] == "mine (bits 4)"


def test_a_permission_may_be_json_and_a_measure_ones_own() -> None:
    sweep = Sweep(
        grid(functions=["0xd09de08a", ""]),
        policy=lambda p: [
            {"type": "functions-on-contract", "data": {"address": places().counter, "functions": [code]}}
            for code in p["functions"].split()
        ],
        operations=lambda p, seed: [sl.Call(places().counter, function="increment()")],
        measure=lambda ran: {
            "ok": bool(ran.operations and ran.operations[0].phase == "ok"),
            "refused": ran.grant_refused,
        },
    )
    found = [(row["ok"], row["refused"]) for row in sweep.run()]
    assert found[0] == (True, None)
    assert found[1][0] is False
    assert found[1][1]


def test_objects_say_what_they_are(sweep: Sweep) -> None:
    assert repr(sweep) == "<Sweep over allowance, planned, largest: 2 points × 3 seeds, model, documented>"
    results = sweep.run()
    assert repr(results) == "<Results of 6 runs over allowance, planned, largest: model, documented>"
    html = results._repr_html_()
    assert "Results of 6 runs" in html
    assert html.count("<tr") == 1 + 6
    assert "… 40 more, all in to_frame()" in replace(sweep, seeds=range(30)).run()._repr_html_()
    ran = sweep.one(sweep.points[0], 1)
    assert repr(ran).startswith("<Ran allowance=1000000000000000000, planned=6, ")
    assert "seed=1: operations 6, passed" in repr(ran)


# -- what is ready


def test_reverts_use_up_the_gas_limit_like_everything_else() -> None:
    limits = [0, OPERATION_GAS - 1, OPERATION_GAS, 4 * OPERATION_GAS]
    sweep = gas_limit_and_reverts(limits[1:], [0, 0.5, 1], operations=6, seeds=range(4))
    for row in sweep.run():
        fit = min(6, row["gas_limit"] // OPERATION_GAS)  # type: ignore[operator]
        assert row["refused_in_validation"] == 6 - fit
        assert row["passed"] + row["refused_in_execution"] == fit  # type: ignore[operator]
        if row["share_of_reverts"] == 0:
            assert row["passed"] == fit
        if row["share_of_reverts"] == 1:
            assert row["passed"] == 0
            assert fit == 0 or f"CounterFailed {fit}" in str(row["reasons"])


def test_drawn_policies_are_decided_otherwise_by_the_other_rules() -> None:
    sweep = any_policy(200, operations=10)
    documented, deployed = (replace(sweep, rules=rules).run() for rules in ("documented", "deployed"))
    different = sum(a["passed"] != b["passed"] for a, b in zip(documented, deployed, strict=True))
    assert 0 < different < 200
    assert len({row["passed"] for row in documented}) > 5
    assert any(row["refused_in_execution"] for row in documented)


def test_runs_on_the_evm_say_what_gas_was_charged() -> None:
    (row,) = passes_within([sl.ether(1)], operations=2, largest=1, engine="evm").run()
    assert 200_000 < row["gas_charged"] < 2 * OPERATION_GAS  # type: ignore[operator]


# -- as a session sends


@pytest.mark.parametrize("rules", ["documented", "deployed"])
@pytest.mark.parametrize("engine", ["model", "evm"])
def test_as_many_pass_as_of_a_plain_session(rules: str, engine: str) -> None:
    calls = [sl.Call(places().counter, function="increment()")] * 8

    def policy(point: Any) -> list[Any]:
        limit = point["gas"] if rules == "documented" else point["gas"] * sl.gwei(1)
        increment = sl.FunctionsOnContract(address=places().counter, functions=["increment()"])
        return [increment, sl.GasLimit(limit=limit)]

    sweep = Sweep(
        grid(gas=[400_000, 1_050_000]), policy, lambda p, seed: [Planned([call]) for call in calls], engine, rules
    )
    for point, row in zip(sweep.points, sweep.run(), strict=True):
        session = sl.Lab(rules).wallet().grant_permissions(policy(point), key=sl.new_key(1))
        assert row["passed"] == sum(session.send_calls([call]).ok for call in calls)


@pytest.mark.parametrize("sponsored", [False, True])
def test_both_engines_know_that_gas_takes_eth(sponsored: bool) -> None:
    sweep = Sweep(
        grid(gas_price=[1, 10**9, 10**14, 10**15], sent=[0, sl.ether("99.9"), sl.ether(100)]),
        policy=lambda p: [sl.NativeTokenTransfer(allowance=sl.ether(200))],
        operations=lambda p, seed: [Planned([sl.Call(places().recipient, p["sent"])], sponsored=sponsored)] * 2,
    )
    by_model, on_evm = (replace(sweep, engine=engine).run() for engine in ("model", "evm"))
    kept = ("passed", "refused_in_validation", "refused_in_execution", "reasons")
    assert [[row[name] for name in kept] for row in by_model] == [[row[name] for name in kept] for row in on_evm]
    assert {row["passed"] for row in by_model} == ({0, 1, 2})


# -- what is refused at the door

CALL = sl.Call("0x" + "11" * 20)


def of(**changes: Any) -> Callable[[], Sweep]:
    usual: dict[str, Any] = {
        "points": grid(a=[1]),
        "policy": lambda p: [sl.Root()],
        "operations": lambda p, seed: [CALL],
    }
    return lambda: Sweep(**usual | changes)


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (of(points=()), "points"),
        (lambda: of(points=grid(a=[]))(), r"values\['a'\]"),
        (of(points=({"a": 1}, {"b": 1})), r"points\[1\]"),
        (of(points=({"a": CALL},)), r"points\[0\].a"),
        (of(points=grid(seed=[1])), "points"),
        (of(points=grid(rules=[1])), r"points\[0\].rules"),
        (of(points=grid(engine=["evm"])), "points"),
        (of(points=grid(gas_price=[1, 0])), r"points\[1\].gas_price"),
        (of(points=grid(gas_price=[1.5])), r"points\[0\].gas_price"),
        (of(seeds=()), "seeds"),
        (of(seeds=[True]), r"seeds\[0\]"),
        (of(seeds=["1"]), r"seeds\[0\]"),
        (of(engine="emv"), "engine"),
        (of(rules="deploid"), "rules"),
    ],
)
def test_a_malformed_sweep_is_refused(made: Callable[[], Sweep], field: str) -> None:
    with pytest.raises(InvalidInput, match=rf"field: {field}\).*Next step"):
        made()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"operations": lambda p, seed: [7]}, r"7 is not an operation.*operations\[0\]"),
        ({"operations": lambda p, seed: [CALL, [CALL, "x"]]}, r"is not an operation.*operations\[1\]"),
        ({"policy": lambda p: [{"type": "rot"}]}, "did you mean 'root'"),
        ({"measure": lambda ran: {"a": 1}}, "'a' is another column's name"),
        ({"measure": lambda ran: {"python": 1}}, "'python' is another column's name"),
        ({"measure": lambda ran: {"z": CALL}}, "z is a Call"),
    ],
)
def test_a_malformed_run_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(sl.SessionlabError, match=message):
        of(**changes)().run()


# -- means


def test_means_are_those_of_a_pivot_table_of_pandas() -> None:
    """Also where runs have no value, and where a pair has no run."""
    results = passes_within([sl.ether(1), sl.ether(2)], operations=6, seeds=range(3)).run()
    draw = Random(1)
    rows = [
        {"a": draw.choice((1, 1000, None)), "b": draw.choice(("x", "y")), "n": draw.choice((1, 2.5, True, None))}
        for _ in range(60)
    ]
    drawn_results = replace(results, rows=tuple(row for row in rows if row["a"] or row["b"] == "x"))
    means = drawn_results.means("a", "b", "n")
    frame = drawn_results.to_frame()
    frame = frame[frame["n"].notna()].astype({"n": float})
    expected = frame.groupby(["a", "b"], dropna=False)["n"].mean()
    told = {(None if pandas.isna(a) else a, b): mean for (a, b), mean in expected.items()}
    assert means.cells == pytest.approx(told)
    assert len(told) == 5
    assert "1,000" in str(means) and "Mean of n" in means._repr_html_()


def test_means_of_an_unknown_column_or_of_words_are_refused(sweep: Sweep) -> None:
    results = sweep.run()
    for field, names in (("down", ("x", "seed", "seed")), ("measurement", ("seed", "seed", "engine"))):
        with pytest.raises(InvalidInput) as refused:
            results.means(*names)
        assert refused.value.field == field
