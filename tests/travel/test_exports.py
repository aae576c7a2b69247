"""Every integer of an export is exact: in CSV as pandas reads it, in frames, and in JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pandas
import pytest

import sessionlab as sl
from sessionlab import experiments
from sessionlab.core.client.allowances import HistoryEntry
from sessionlab.study.history import History
from sessionlab.study.listing import MISSING, csv_text

from .samples import parts, samples

#: What a float makes 10**18 of; more than 64 bits; the border of 64 bits; and what any reader gets right.
AMOUNTS = (999_999_999_999_999_995, 2**70 + 1, 2**64 - 1, 2**63, 2**53 + 1, 7, 0)
#: Above this, JavaScript's numbers and pandas' floats round.
MAX_SAFE = 2**53


def read(text: str) -> pandas.DataFrame:
    """As anyone reads a CSV file, without options."""
    return pandas.read_csv(StringIO(text))


def numbers(column: Any) -> list[int | None]:
    """The integers of a column. AssertionError if one was a float in between."""
    assert not any(isinstance(value, float) for value in column)
    return [None if value == MISSING else int(value) for value in column]


@pytest.mark.parametrize("amounts", [AMOUNTS, (AMOUNTS[0], None), (None, *AMOUNTS), AMOUNTS[:1], (None,), (5, None)])
def test_csv_is_read_exactly_whatever_is_missing(amounts: tuple[int | None, ...]) -> None:
    table = read(csv_text(("what", "amount"), (("consumed", amount) for amount in amounts)))
    assert numbers(table["amount"]) == list(amounts)


def test_the_reader_would_see_what_is_rounded() -> None:
    table = read(f"what,amount\nconsumed,{AMOUNTS[0]}\ninstalled,\n")
    assert int(table["amount"][0]) == 10**18
    with pytest.raises(AssertionError):
        numbers(table["amount"])


def test_a_history_is_read_exactly() -> None:
    entries = [HistoryEntry("consumed", 1, n, "native-token-transfer", a, a + 1, "wei") for n, a in enumerate(AMOUNTS)]
    history = History([HistoryEntry("installed", 0, None), *entries])
    table = read(history.to_csv())
    assert numbers(table["amount"]) == [None, *AMOUNTS]
    assert numbers(table["remaining"]) == [None, *(amount + 1 for amount in AMOUNTS)]
    assert numbers(table["block"]) == [None, *range(len(AMOUNTS))]
    assert [int(item["amount"]) for item in json.loads(json.dumps(history.to_json()))[1:]] == list(AMOUNTS)


def test_a_comparison_is_read_exactly() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=AMOUNTS[0])], key=sl.new_key(1))
    for value in (AMOUNTS[0], 1):
        session.send_calls([sl.Call(to=lab.merchant, value=value)], policy_id=lab.policy_id)
    lowered = [sl.NativeTokenTransfer(allowance=AMOUNTS[0] - 1)]
    table = read(session.record().under(lowered).to_csv())
    assert numbers(table["asked"]) == [AMOUNTS[0], None]
    assert numbers(table["left"]) == [AMOUNTS[0] - 1, None]


def test_a_sweep_is_exact_in_its_frame_and_in_its_file() -> None:
    results = experiments.passes_within([amount for amount in AMOUNTS if amount], operations=1, largest=1).run()
    wanted = [row["allowance"] for row in results]
    mixed = replace(results, rows=({**results.rows[0], "wei": AMOUNTS[0]}, {**results.rows[1], "wei": None}))
    frame = mixed.frame()
    assert frame["wei"].tolist() == [AMOUNTS[0], None] and frame["wei"].dtype == object
    assert results.frame()["allowance"].sum() == sum(wanted) > 2**64  # in 64 bits it would overflow in silence
    assert results.frame()["passed"].dtype == "int64"
    assert numbers(read(mixed.csv())["wei"]) == [AMOUNTS[0], None]
    assert numbers(read(results.csv())["allowance"]) == wanted


def rounded(value: Any, place: str = "") -> Iterator[str]:
    """Where JSON has a number that a reader may round."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from rounded(part, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for part in value:
            yield from rounded(part, f"{place}[]")
    elif isinstance(value, int) and abs(value) > MAX_SAFE:
        yield place


@pytest.mark.parametrize("rules", ["documented", pytest.param("deployed", marks=pytest.mark.long)])
def test_no_json_has_a_number_that_is_rounded(rules: str) -> None:
    seen: dict[int, Any] = {}
    tried, found = set(), set()
    for thing in (part for sample in samples(rules) for part in parts(sample, seen)):
        export = getattr(thing, "to_json", None) or getattr(thing, "as_json", None)
        if export is None or isinstance(thing, type) or type(thing).__name__ == "ReplayedDecision":
            continue  # a decision is a part of its comparison, which gives it the rules
        tried.add(type(thing).__name__)
        found |= {f"{type(thing).__name__}{place}" for place in rounded(export())}
    assert found == set()
    assert {"History", "Denial", "Explanation", "Audit", "Recording", "Comparison", "Proposal", "CaseStudy"} <= tried


def test_a_denial_comes_out_of_its_json_with_numbers() -> None:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=5)], key=sl.new_key(1))
    denial = session.send_calls([sl.Call(to=lab.merchant, value=AMOUNTS[0])], policy_id=lab.policy_id).denial
    assert denial is not None and denial.to_json()["asked"] == str(AMOUNTS[0])
    again = sl.Denial.from_json(json.loads(json.dumps(denial.to_json())))
    assert again == denial and (again.asked, again.left) == (AMOUNTS[0], 5)
