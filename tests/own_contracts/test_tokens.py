"""Any ERC-20 token is told by its symbol and decimals wherever amounts are shown; hostile answers are bounded."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from time import perf_counter

import pytest

import sessionlab as sl
from sessionlab.study.own_contracts.tokens import read_symbol

from .answers import Answer, code_that_answers, string, word
from .steps import told

TRANSFER = "transfer(address,uint256)"
AT = "0x" + "77" * 20
SHORT = "0x7777…7777"


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


def everything(lab: sl.Lab, wallet: sl.SmartWalletClient, token: str, limit: int, sent: int) -> dict[str, str]:
    """Every view of a session that may send so much of a token, sent some of it, and was refused too much."""
    permission = sl.Erc20TokenTransfer(address=token, allowance=limit)
    session = wallet.grant_permissions([permission], key=sl.new_key(7))
    some, too_much = (sl.Call(token, function=TRANSFER, args=[lab.merchant, n]) for n in (sent, limit + 1))
    card = session._repr_html_()
    outcome = session.send_calls([some])
    assert outcome, outcome
    denial = told(session.send_calls([too_much]))
    explanation, audit, recording = session.explain([some]), session.audit(), session.record()
    return {
        "permission": lab.names.permission(permission), "session card": card, "allowances": str(session.allowances),
        "allowances card": session.allowances._repr_html_(), "history": str(session.history),
        "history card": session.history._repr_html_(), "denial": str(denial), "denial card": denial._repr_html_(),
        "explanation": str(denial.explain()), "explanation card": denial.explain()._repr_html_(),
        "call": str(explanation), "check": str(session.check([too_much])), "recording": str(recording),
        "audit": str(audit), "audit card": audit._repr_html_(), "burn-down": str(session.plot("burn-down")),
        "drawing": session.plot("burn-down")._repr_html_(), "blast radius": session.plot("blast")._repr_html_(),
        "calldata": str(sl.pictures.calldata(some, names=lab.names)),
        "proposal": str(sl.least_permissions(recording)),
        "comparison": str(sl.compare([permission], [permission.with_limit(limit + 1)], names=lab.names)),
        "copy": str(pickle.loads(pickle.dumps(explanation))),
    }  # fmt: skip


@pytest.mark.parametrize("decimals", [0, 2, 6, 18, 24])
def test_a_token_of_ones_own_is_told_everywhere(lab: sl.Lab, decimals: int) -> None:
    one = 10**decimals
    mine, wallet = lab.token("My Dollar", "MYD", decimals, supply=1_000 * one), lab.wallet()
    assert (mine.read("symbol"), mine.read("decimals"), mine.read("totalSupply")) == ("MYD", decimals, 1_000 * one)
    lab.give(mine.address, wallet.address, 100 * one)
    views = everything(lab, wallet, mine.address, 25 * one, 3 * one)
    assert {name: text for name, text in views.items() if "MYD" not in text or "units of" in text} == {}
    assert "25 MYD" in views["permission"] and "3 MYD of 25 MYD used, 22 MYD left" in views["allowances"]
    assert "can take up to 22 MYD" in views["audit"]


def test_the_lab_has_its_token_by_the_same_name(lab: sl.Lab) -> None:
    assert lab.token == lab.addresses["token"] and isinstance(lab.token, str)
    assert pickle.loads(pickle.dumps(lab.token)) == lab.token and type(pickle.loads(pickle.dumps(lab.token))) is str
    mine = lab.token("My Dollar", "MYD", 6)
    assert mine.read("totalSupply") == sl.units(10**9, 6) and mine == lab.MYD
    assert lab.token_balance(mine.address, lab.web3.eth.accounts[0]) == sl.units(10**9, 6)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("x" * 33, "MYD", 6), "name"),
        (("My Dollar", "€" * 11, 6), "symbol"),
        (("My Dollar", "MYD", 256), "decimals"),
        (("My Dollar", "MYD", 6, 2**256), "supply"),
        (("My Dollar", "MYD", 70), "supply"),
        (("My Dollar", 5, 6), "symbol"),
        (("My Dollar", "MYD", "6"), "decimals"),
    ],
)
def test_a_token_that_cannot_be_is_refused_by_name(lab: sl.Lab, arguments: tuple[object, ...], field: str) -> None:
    before = lab.chain.height
    with pytest.raises(sl.InvalidInput) as error:
        lab.token(*arguments)  # type: ignore[arg-type]
    assert (error.value.field, lab.chain.height) == (field, before) and error.value.fix


#: What a token answers, and how 1,500,000 base units of it are shown.
ANSWERS: dict[str, tuple[dict[str, Answer], str]] = {
    "an ordinary one": ({"symbol": string("OK"), "decimals": word(6)}, "1.5 OK"),
    "32 bytes, as old tokens": ({"symbol": b"MKR".ljust(32, b"\0"), "decimals": word(6)}, "1.5 MKR"),
    "no symbol": ({"symbol": None, "decimals": word(6), "totalSupply": word(1)}, f"1.5 {SHORT}"),
    "an empty symbol": ({"symbol": string(""), "decimals": word(6)}, f"1.5 {SHORT}"),
    "no decimals": ({"symbol": string("OK"), "decimals": None}, f"1,500,000 units of {SHORT}"),
    "a price feed": ({"symbol": None, "decimals": word(8), "totalSupply": None}, f"1,500,000 units of {SHORT}"),
    "nothing": ({"symbol": None, "decimals": None}, f"1,500,000 units of {SHORT}"),
    "too long": ({"symbol": string("A" * 5_000), "decimals": word(6)}, f"1.5 {'A' * 23}…"),
    "not UTF-8": ({"symbol": string(b"\xff\xfeX"), "decimals": word(6)}, r"1.5 \xff\xfeX"),
    "control characters": (
        {"symbol": string("a\0\x1b[31m\n\u202eb"), "decimals": word(6)}, r"1.5 a\x00\x1b[31m\n\u202eb"),
    "blanks": ({"symbol": string("ETH, and 5"), "decimals": word(6)}, "1.5 ETH,_and_5"),
    "markup": ({"symbol": string("<b>'\"&</b>"), "decimals": word(6)}, "1.5 <b>'\"&</b>"),
    "mathematics": ({"symbol": string("$\\frac$"), "decimals": word(6)}, "1.5 $\\frac$"),
    "the name of a unit": ({"symbol": string("eth"), "decimals": word(6)}, f"1.5 eth ({SHORT})"),
    "the name of another": ({"symbol": string("LUSD"), "decimals": word(6)}, f"1.5 LUSD ({SHORT})"),
    "255 decimals": ({"symbol": string("BIG"), "decimals": word(255)}, "1,500,000 base units of BIG"),
    "256 decimals": ({"symbol": string("BIG"), "decimals": word(256)}, f"1,500,000 units of {SHORT}"),
    "2**256 - 1 decimals": ({"symbol": string("BIG"), "decimals": b"\xff" * 32}, f"1,500,000 units of {SHORT}"),
    "megabytes": ({"symbol": 2**24 - 1, "decimals": word(6)}, f"1.5 {SHORT}"),
    "megabytes of decimals": ({"symbol": string("OK"), "decimals": 2**24 - 1}, f"1,500,000 units of {SHORT}"),
    "no end": ({"symbol": "loop", "decimals": word(6)}, f"1.5 {SHORT}"),
    "an offset beyond the end": ({"symbol": b"\xff" * 64, "decimals": word(6)}, f"1.5 {SHORT}"),
    "a length beyond the end": ({"symbol": word(32) + b"\xff" * 32, "decimals": word(6)}, f"1.5 {SHORT}"),
}  # fmt: skip


@pytest.mark.parametrize("case", ANSWERS)
def test_answers_are_bounded_and_shown_as_they_are(lab: sl.Lab, case: str) -> None:
    answers, shown = ANSWERS[case]
    lab.chain.set_code(AT, code_that_answers(**answers))
    begun = perf_counter()
    assert lab.names.amount(1_500_000, AT) == shown
    assert perf_counter() - begun < 5  # a hundredth of a second, on an idle machine


@pytest.mark.parametrize(
    "case", ["markup", "mathematics", "control characters", "not UTF-8", "255 decimals", "no symbol"]
)
def test_hostile_symbols_reach_every_view_and_no_page(lab: sl.Lab, case: str) -> None:
    answers, shown = ANSWERS[case]
    lab.chain.set_code(AT, code_that_answers(**answers))
    symbol = shown.partition(" ")[2]
    for name, text in everything(lab, lab.wallet(), AT, 25 * 10**6, 1_500_000).items():
        assert "<b>'" not in text or ("card" not in name and "drawing" not in name and "radius" not in name), name
        assert not any(letter in text for letter in "\0\x1b\u202e"), name
        if "<" not in symbol and "card" not in name and name not in ("drawing", "blast radius", "recording"):
            assert symbol in text, name


@pytest.mark.parametrize(
    "answer", [None, b"", b"x" * 31, bytes(32), bytes(64), word(32) + word(2**255), word(2**256 - 1) * 2]
)
def test_what_is_no_symbol_is_none(answer: bytes | None) -> None:
    assert read_symbol(answer) is None


def test_a_token_is_asked_again_when_the_chain_changes(lab: sl.Lab) -> None:
    before = lab.snapshot()
    first = lab.token("First", "FIRST", 6)
    shown = lab.names
    assert lab.names.amount(10**6, first.address) == "1 FIRST"
    lab.revert(before)
    assert lab.names.amount(10**6, first.address) == f"1,000,000 units of {lab.names.address(first.address)}"
    second = lab.token("Second", "SECOND", 2)
    assert second.address == first.address and lab.names.amount(100, first.address) == "1 SECOND"
    assert shown.amount(10**6, first.address) == "1 FIRST"  # what was said stays said


@pytest.mark.parametrize("make", [lambda lab: lab.token("Mine", "MINE", 6).address, lambda lab: AT])
def test_a_client_that_knows_the_lab_by_its_provider_alone_tells_them_too(
    lab: sl.Lab, make: Callable[[sl.Lab], str]
) -> None:
    wallet = lab.wallet()
    client = sl.SmartWalletClient(lab.provider, wallet.owner)  # before the token
    lab.chain.set_code(AT, code_that_answers(symbol=string("MINE"), decimals=word(6)))
    session = client.grant_permissions([sl.Erc20TokenTransfer(address=make(lab), allowance=10**6)], key=sl.new_key(3))
    assert "1 MINE left" in str(session.allowances)
    taken = sl.Session.connect(lab.provider, wallet=wallet.address, key=session.key, context=session.context)
    assert "1 MINE left" in str(taken.allowances)


def test_tokens_are_listed_whoever_deployed_them(lab: sl.Lab) -> None:
    mine = lab.token("Mine", "MINE", 6)
    lab.chain.set_code(AT, code_that_answers(symbol=string("EDIT"), decimals=word(6)))
    assert {token.symbol for token in lab.names.tokens.values()} == {"LAB", "LUSD", "LBTC", "MINE", "EDIT"}
    assert lab.provider.request("lab_describe")["tokens"][mine.address] == {"symbol": "MINE", "decimals": 6}


def test_the_other_wallets_of_a_served_lab_see_names_of_contracts(lab: sl.Lab) -> None:
    mine = lab.token("Mine", "MINE", 6)
    client = sl.SmartWalletClient(lab.provider, sl.new_key(9))
    assert client.names.address(mine.address).startswith("MINE (")
    assert client.names.functions == lab.names.functions != {}
