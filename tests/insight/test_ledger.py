"""The books as objects: text, JSON, CSV; by name and by place."""

from __future__ import annotations

import json

import pytest

import sessionlab as sl
from sessionlab.core.client.allowances import HistoryEntry
from sessionlab.core.denials.address_book import AddressBook, Token
from sessionlab.study.allowances import Allowances, allowance
from sessionlab.study.history import History

TOKEN = "0x" + "33" * 20
NAMES = AddressBook(tokens={bytes.fromhex("33" * 20): Token("LUSD", 6)})


@pytest.fixture
def allowances() -> Allowances:
    return Allowances(
        [
            allowance("native-token-transfer", 10**18, 3 * 10**17, "wei", NAMES),
            allowance("erc20-token-transfer", 5_000_000, 0, TOKEN, NAMES),
            allowance("gas-limit", 300_000, 300_000, "gas", NAMES, revoked=True),
        ],
        NAMES,
    )


def test_allowances_print_with_units(allowances: Allowances) -> None:
    assert repr(allowances).splitlines() == [
        "<Allowance native-token-transfer: 0.3 ETH of 1 ETH used, 0.7 ETH left>",
        "<Allowance erc20-token-transfer: 0 LUSD of 5 LUSD used, 5 LUSD left>",
        "<Allowance gas-limit: 300,000 gas of 300,000 gas used, revoked: nothing is left>",
    ]
    assert repr(Allowances([])) == "<Allowances: nothing is counted for this session>"


def test_allowances_are_found_by_type_token_and_place(allowances: Allowances) -> None:
    assert allowances["gas-limit"] is allowances[2]
    assert allowances[TOKEN] is allowances[1]
    assert len(allowances) == 3
    assert allowances["lusd"] is allowances[1]
    with pytest.raises(sl.NotFound, match=r"no allowance 'root'.* use one of 'native-token-transfer', "):
        allowances["root"]


def test_an_allowance_goes_into_json_in_full(allowances: Allowances) -> None:
    assert allowances[0].to_json() == {
        "permission": "native-token-transfer",
        "limit": "1000000000000000000",
        "used": "300000000000000000",
        "remaining": "700000000000000000",
        "unit": "wei",
    }


def test_an_amount_of_an_unknown_token_names_its_address() -> None:
    found = allowance("erc20-token-transfer", 7, 2, "0x" + "44" * 20, NAMES)
    assert found.shown == ("7 units of 0x4444…4444", "2 units of 0x4444…4444", "5 units of 0x4444…4444")


@pytest.fixture
def history() -> History:
    denial = sl.Denial("CounterFailed", "execution", "r", None, None, None, None, None, "It failed.", "Do not.")
    return History(
        [
            HistoryEntry("installed", 5, 1, shown="key 0x12"),
            HistoryEntry("consumed", 6, 2, "gas-limit", 10**30, 7, "gas", shown="much"),
            HistoryEntry("refused", 6, None, denial=denial),
        ]
    )


def test_a_history_prints(history: History) -> None:
    assert repr(history).splitlines() == [
        "<5 block 1: installed: key 0x12>",
        "<6 block 2: consumed: much>",
        "<6 off chain: refused>",
    ]
    assert repr(History([])) == "<History: nothing happened yet>"
    assert history[0].what == "installed"
    assert len(history) == len(list(history)) == 3


def test_a_history_is_exported(history: History) -> None:
    assert history.to_csv().splitlines() == [
        "what,time,block,permission,amount,remaining,unit,reason",
        "installed,5,1,-,-,-,-,-",
        f"consumed,6,2,gas-limit,{10**30},7,gas,-",
        "refused,6,-,-,-,-,-,CounterFailed",
    ]
    exported = json.loads(json.dumps(history.to_json()))
    assert exported[1] == {
        "what": "consumed", "time": 6, "block": 2, "permission": "gas-limit", "amount": str(10**30), "remaining": "7",
        "unit": "gas", "shown": "much",
    }  # fmt: skip
    assert exported[2]["denial"]["code"] == "CounterFailed"


def test_a_denial_prints_on_one_line(history: History) -> None:
    denial = history[2].denial
    assert str(denial) == "Refused in execution: It failed. Do not. [CounterFailed]"
    assert repr(denial) == str(denial)


def test_an_outcome_tells_who_paid() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    done = wallet.send_calls([sl.Call(to=lab.counter, function="increment()")])
    refused = wallet.send_calls([sl.Call(to=lab.counter, function="fail()")])
    paid = wallet.send_calls([sl.Call(to=lab.counter, function="fail()")], preflight=False)
    assert bool(done)
    assert not refused
    assert repr(done).startswith(f"<Outcome: done, {done.gas:,} gas")
    assert "nobody paid" in repr(refused)
    assert f"{paid.gas:,} gas" in repr(paid)
    assert "refused in execution" in repr(paid)
    for outcome in (done, refused, paid):
        assert "<div" in outcome._repr_html_()


def test_everything_has_html(allowances: Allowances, history: History) -> None:
    denial = history[2].denial
    assert denial is not None
    for thing in (allowances, history, denial):
        assert "<div" in thing._repr_html_()
