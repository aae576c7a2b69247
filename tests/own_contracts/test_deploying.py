"""Contracts of one's own, from every form in which compilers write them, used in a session and told by name."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.contracts.abi import read_entry

from .steps import ANSWER, CODE_OF_42, FILES, GAME, artifact, artifact_text, session_for, told


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


# -- Vyper


def test_vyper_source_is_deployed_and_used_in_a_session(lab: sl.Lab) -> None:
    game = lab.deploy(GAME, lab.merchant, 5, value=7, name="game")
    assert (game.read("owner"), game.read("least"), lab.balance(game.address)) == (lab.merchant, 5, 7)
    session = session_for(lab, game)
    assert session.send_calls([game.call("play", 6), game.call("play", 10, 2, value=3)])
    assert game.read("total") == 26
    assert [(event.name, event.args) for event in game.events("Played")] == [
        ("Played", {"who": session.wallet, "amount": 6}),
        ("Played", {"who": session.wallet, "amount": 10}),
    ]


@pytest.mark.parametrize("preflight", [True, False])
def test_a_custom_error_of_vyper_is_told_by_its_name_and_arguments(lab: sl.Lab, preflight: bool) -> None:
    game = lab.deploy(GAME, lab.merchant, 5, name="game")
    session = session_for(lab, game)
    denial = told(session.send_calls([game.call("play", 6), game.call("play", 4)], preflight=preflight))
    assert (denial.code, denial.phase, denial.call) == ("TooSmall", "execution", 1)
    assert denial.sentence == f"{lab.names.address(game.address)} refused: TooSmall(asked=4, least=5)."
    for text in (
        str(denial),
        denial._repr_html_(),
        str(denial.explain()),
        str(session.explain([game.call("play", 4)])),
    ):
        assert "TooSmall" in text and "not known" not in text
    assert session.record().steps[-1].reason == "TooSmall"


def test_structs_are_tuples_or_mappings(lab: sl.Lab) -> None:
    game = lab.deploy(GAME, lab.merchant, 5, name="game")
    session = session_for(lab, game)
    as_mapping = game.call("enter", {"odds": [1, 2], "player": session.wallet, "amount": 9})
    assert as_mapping == game.call("enter", (session.wallet, 9, [1, 2]))
    assert session.send_calls([as_mapping])
    assert game.read("enter", (session.wallet, 9, [3]), sender=session.wallet) == (session.wallet, 9, (3,))
    denial = told(session.send_calls([game.call("enter", (lab.merchant, 9, []))]))
    assert "NotYou(who=merchant (" in denial.sentence and "why=“not you”" in denial.sentence
    assert "enter(" in str(session.explain([as_mapping])) and "not known here" not in str(session.explain([as_mapping]))


def test_a_file_is_compiled_where_its_modules_are(lab: sl.Lab, tmp_path: Path) -> None:
    (tmp_path / "sums.vy").write_text("@internal\n@pure\ndef double(a: uint256) -> uint256:\n    return a * 2\n")
    path = tmp_path / "Doubler.vy"
    path.write_text("import sums\n\n@external\n@view\ndef two(a: uint256) -> uint256:\n    return sums.double(a)\n")
    for source in (path, str(path)):
        doubler = lab.deploy(source)
        assert (doubler.read("two", 21), doubler.name[:7]) == (42, "Doubler")


def test_without_the_compiler_a_typed_error_says_how_to_get_it(lab: sl.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "vyper"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "vyper", None)
    height = lab.chain.height
    with pytest.raises(sl.MissingExtra, match=r"pip install .*\[contracts\]"):
        lab.deploy("x: uint256\n# of this test alone\n")
    assert lab.chain.height == height


def test_source_that_does_not_compile_is_told_with_its_line(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput, match=r"(?s)MyGame.vy does not compile.*line 2") as error:
        lab.deploy("x: uint256\ny: uint257\n", name="MyGame")
    assert error.value.field == "source" and not lab.contracts()


# -- artifacts


FORMS: dict[str, Callable[[], Any]] = {
    "a dict": lambda: artifact("Market"),
    "JSON": lambda: artifact_text("Market"),
    "a path": lambda: FILES / "Market.json",
    "a path as text": lambda: str(FILES / "Market.json"),
    "solc's standard output": lambda: {"contracts": {"src/Market.sol": {"Market": _standard("Market")}}},
    "combined JSON": lambda: {"src/Market.sol:Market": _combined("Market"), "version": "0.8.28"},
}


def _standard(name: str) -> dict[str, Any]:
    made = artifact(name)
    return {"abi": made["abi"], "evm": {"bytecode": made["bytecode"]}}


def _combined(name: str) -> dict[str, Any]:
    made = artifact(name)
    return {"abi": made["abi"], "bytecode": made["bytecode"]["object"]}


@pytest.mark.parametrize("form", FORMS)
def test_a_foundry_artifact_is_deployed_and_its_overloaded_functions_are_told_apart(lab: sl.Lab, form: str) -> None:
    market = lab.deploy(FORMS[form](), lab.merchant, 5)
    assert (market.name, lab.Market) == ("Market", market)
    session = session_for(lab, market)
    one, two = market.call("place(uint256)", 6), market.call("place", 7, lab.merchant, value=2)
    order = market.call("place((address,uint128,uint16[2]))", {"maker": session.wallet, "amount": 8, "prices": [1, 2]})
    assert len({call.data[:4] for call in (one, two, order)}) == 3
    assert session.send_calls([one, two, order])
    assert (market.read("total"), lab.balance(market.address)) == (21, 2)
    assert [event.args["order"] for event in market.events()] == [
        (lab.merchant, 7, (1, 2)), (session.wallet, 8, (1, 2))
    ]  # fmt: skip
    denial = told(session.send_calls([market.call("place(uint256)", 4)]))
    assert (denial.code, "TooSmall(asked=4, least=5)" in denial.sentence) == ("TooSmall", True)
    other = market.call("place((address,uint128,uint16[2]))", (lab.merchant, 1, (1, 2)))
    assert "NotForYou(order=(merchant (" in told(session.send_calls([other])).sentence


@pytest.mark.parametrize("preflight", [True, False])
@pytest.mark.parametrize("batch", [False, True])
def test_a_fault_of_a_contracts_own_is_told_with_its_name(lab: sl.Lab, preflight: bool, batch: bool) -> None:
    """Its own sum is too large, which has nothing to do with what the calls send."""
    market = lab.deploy(artifact("Market"), lab.merchant, 5)
    session = session_for(lab, market)
    much = market.call("place(uint256)", 2**256 - 1)
    assert session.send_calls([much])
    denial = told(session.send_calls([market.call("total"), much][1 - batch :], preflight=preflight))
    assert (denial.code, denial.permission, denial.call) == ("Panic(0x11)", None, int(batch))
    assert denial.sentence == f"{lab.names.address(market.address)} stopped with Panic(0x11): arithmetic overflow."


@pytest.mark.parametrize("preflight", [True, False])
def test_a_text_of_a_contracts_own_is_told_with_its_name(lab: sl.Lab, preflight: bool) -> None:
    game = lab.deploy(GAME, lab.merchant, 5, name="game")
    denial = told(session_for(lab, game).send_calls([game.call("reset")], preflight=preflight))
    assert denial.sentence == f"{lab.names.address(game.address)} refused: only the owner."
    assert denial.fix == f"Check what {lab.names.address(game.address)} requires."


#: Reverts with four bytes, which are to be put in the middle.
CUT_SHORT = "0x600d600c600039600d6000f363{}6000526004601cfd"


def test_an_error_that_cannot_be_decoded_has_one_code_everywhere(lab: sl.Lab) -> None:
    abi = [
        {"type": "error", "name": "TooSmall", "inputs": [{"name": n, "type": "uint256"} for n in ("asked", "least")]},
        {"type": "function", "name": "f", "inputs": [], "outputs": [], "stateMutability": "nonpayable"},
    ]
    selector = read_entry(abi[0]).selector.hex()
    short = lab.deploy(CUT_SHORT.format(selector), abi=abi, name="short")
    session = session_for(lab, short)
    denial = told(session.send_calls([short.call("f")], preflight=False))
    assert denial.code == "UnknownError" and selector in denial.sentence
    assert [row.code for row in session.operations] == [denial.code]
    assert [step.reason for step in session.record().steps] == [denial.code]
    assert denial.code in session.history.to_csv() and "TooSmall" not in session.history.to_csv()


def test_a_name_that_means_several_functions_is_refused_with_their_signatures(lab: sl.Lab) -> None:
    market = lab.deploy(artifact("Market"), lab.merchant, 5)
    with pytest.raises(sl.InvalidInput, match="place") as error:
        market.call("place", 1)  # an amount, or an order
    assert "place(uint256)" in error.value.message and error.value.field == "function"
    with pytest.raises(sl.NotFound, match="did you mean place") as unknown:
        market.call("plaec", 1)
    assert unknown.value.field == "function"


def test_a_hardhat_artifact_is_deployed_and_used(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    vesting = lab.deploy(artifact("VestingWallet"), wallet.address, lab.now, 1_000, value=sl.ether(1))
    mine = lab.token("My Dollar", "MYD", 6)
    lab.give(mine.address, vesting.address, 500)
    lab.travel(1_000)
    assert (vesting.read("releasable()"), vesting.read("releasable(address)", mine.address)) == (sl.ether(1), 500)
    session = wallet.grant_permissions([sl.ContractAccess(address=vesting.address)], key=sl.new_key(1))
    assert session.send_calls([vesting.call("release()"), vesting.call("release(address)", mine.address)])
    assert lab.token_balance(mine.address, wallet.address) == 500
    assert [event.name for event in vesting.events()] == ["OwnershipTransferred", "EtherReleased", "ERC20Released"]
    stranger = session_for(lab, vesting)
    denial = told(stranger.send_calls([vesting.call("renounceOwnership")]))
    assert denial.code == "OwnableUnauthorizedAccount"
    assert f"OwnableUnauthorizedAccount(account={lab.names.address(stranger.wallet)})" in denial.sentence


def test_an_error_that_the_lab_knows_from_elsewhere_is_told_in_the_contracts_own_words(lab: sl.Lab) -> None:
    """``InsufficientBalance(balance, needed)`` has the selector of the lab's ``InsufficientBalance(asked, left)``."""
    inputs = [{"name": name, "type": "uint256"} for name in ("balance", "needed")]
    # Each copies what follows it, and reverts with it or returns it.
    runtime = "6044600a5f3960445ffd" + "cf479181" + f"{3:064x}{9:064x}"
    init = "604e600a5f39604e5ff3"
    vault = lab.deploy(init + runtime, abi=[{"type": "error", "name": "InsufficientBalance", "inputs": inputs}])
    denial = told(session_for(lab, vault).send_calls([sl.Call(vault.address, data=b"1234")]))
    assert "refused: InsufficientBalance(balance=3, needed=9)." in denial.sentence


UNLINKED = "__$0123456789abcdef0123456789abcdef01$__"
CODE = CODE_OF_42[2:]


@pytest.mark.parametrize("code", [CODE, "0x" + CODE, bytes.fromhex(CODE)])
def test_bare_bytecode_is_deployed_with_its_abi(lab: sl.Lab, code: Any) -> None:
    oracle = lab.deploy(code, abi=json.dumps(ANSWER), name="oracle")
    assert (oracle.read("answer"), lab.oracle) == (42, oracle)
    session = session_for(lab, oracle)
    assert session.send_calls([oracle.call("answer")])
    assert "answer()" in str(session.explain([oracle.call("answer")]))


# -- what is refused, by name


REFUSED: dict[str, tuple[Callable[[sl.Lab], object], str, str]] = {
    "no ABI": (lambda lab: lab.deploy(CODE), "abi", "give its ABI"),
    "too few arguments": (lambda lab: lab.deploy(artifact("Market"), 1), "arguments", "least_: uint256"),
    "a wrong type": (lambda lab: lab.deploy(artifact("Market"), 1, 2), "owner_", "address"),
    "a wrong number": (lambda lab: lab.deploy(artifact("Market"), lab.merchant, -1), "least_", "below zero"),
    "ETH that nobody takes": (lambda lab: lab.deploy(artifact("Fees"), value=1), "value", "takes no ETH"),
    "a library that is missing": (lambda lab: lab.deploy(artifact("Shop")), "libraries", "src/Market.sol:Fees"),
    "a library that is none": (
        lambda lab: lab.deploy(artifact("Shop"), libraries={"Fee": lab.merchant}), "libraries", "no library 'Fee'"),
    "an unlinked place": (
        lambda lab: lab.deploy(CODE + UNLINKED, abi=[]), "libraries", "01234"),
    "an interface": (lambda lab: lab.deploy({"abi": [], "bytecode": "0x"}), "source", "interface or abstract"),
    "several contracts": (
        lambda lab: lab.deploy({"a.vy": _combined("Fees"), "b.vy": _combined("Market")}), "source", "contracts: a, b"),
    "JSON of something else": (lambda lab: lab.deploy({"name": "package"}), "source", "it has name"),
    "no JSON": (lambda lab: lab.deploy('{"abi": '), "source", "not JSON"),
    "no file": (lambda lab: lab.deploy("nowhere.json"), "source", "cannot be read"),
    "half a byte": (lambda lab: lab.deploy("0x123", abi=[]), "source", "not hex"),
    "nothing": (lambda lab: lab.deploy(""), "source", "not a contract"),
    "a number": (lambda lab: lab.deploy(5), "source", "type int"),  # type: ignore[arg-type]
    "no ABI at all": (lambda lab: lab.deploy(CODE, abi=[{"type": "function"}]), "abi[0]", "not an entry"),
    "a name that is taken": (lambda lab: lab.deploy(CODE, abi=[], name="counter"), "name", "there already"),
    "a name of a method": (lambda lab: lab.deploy(CODE, abi=[], name="wallet"), "name", "there already"),
    "no name": (lambda lab: lab.deploy(CODE, abi=[], name="my game"), "name", "not a name"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_by_name_and_changes_nothing(lab: sl.Lab, case: str) -> None:
    act, field, words = REFUSED[case]
    before = lab.chain.height, lab.chain.state_root
    with pytest.raises(sl.InvalidInput) as error:
        act(lab)
    assert (error.value.field, words in str(error.value)) == (field, True), str(error.value)
    assert error.value.fix and (lab.chain.height, lab.chain.state_root) == before and not lab.contracts()


def test_a_library_is_linked_by_its_name(lab: sl.Lab) -> None:
    fees = lab.deploy(artifact("Fees"))
    for name in ("Fees", "src/Market.sol:Fees"):
        assert lab.deploy(artifact("Shop"), libraries={name: fees.address}).read("fee", 700) == 7


def test_a_constructor_that_reverts_says_why_by_the_contracts_own_error(lab: sl.Lab) -> None:
    before = lab.chain.height
    with pytest.raises(sl.ChainError, match=r"constructor of Market reverts: TooSmall\(asked=0, least=1\)"):
        lab.deploy(artifact("Market"), lab.merchant, 0)
    with pytest.raises(sl.ChainError, match="constructor of Contract reverts: least is zero"):
        lab.deploy(GAME, lab.merchant, 0)
    assert lab.chain.height == before and not lab.contracts()


def _returning(size: int, first: str = "00") -> str:
    """Code that deploys a contract of so many bytes."""
    return f"60{first}5f5362{size:06x}5ff3"


def test_code_that_is_too_large_is_explained(lab: sl.Lab) -> None:
    assert len(lab.chain.code(lab.deploy(_returning(24_576), abi=[]).address)) == 24_576
    with pytest.raises(sl.ChainError, match=r"24,577 bytes; a contract may have 24,576 \(EIP-170\)") as error:
        lab.deploy(_returning(24_577), abi=[])
    assert (error.value.field, error.value.asked, error.value.left) == ("source", 24_577, 24_576)
    with pytest.raises(sl.InvalidInput, match=r"49,153 bytes; up to 49,152 may \(EIP-3860\)"):
        lab.deploy("00" * 49_153, abi=[])
    with pytest.raises(sl.ChainError, match="EIP-3541"):
        lab.deploy(_returning(1, "ef"), abi=[])


@pytest.mark.parametrize("source", ["Game.sol", "pragma solidity 0.8.28;\ncontract Game {}", "contract Game { }"])
def test_solidity_is_told_to_be_compiled_elsewhere(lab: sl.Lab, source: str) -> None:
    with pytest.raises(sl.InvalidInput, match="compile it with Foundry or Hardhat"):
        lab.deploy(source)


def test_an_artifact_without_a_part_says_which(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput, match=r"it has no '\w+'"):
        lab.deploy({"abi": []})
