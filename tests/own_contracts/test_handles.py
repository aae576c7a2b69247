"""Contracts of one's own after they are deployed: their handles, names and addresses, and what has none."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

import sessionlab as sl

from .steps import ANSWER, CODE_OF_42, GAME, artifact, session_for, told


@pytest.fixture
def lab() -> sl.Lab:
    return sl.Lab(seed=1)


def test_a_contract_that_is_undone_is_stale(lab: sl.Lab) -> None:
    before = lab.snapshot()
    oracle = lab.deploy(CODE_OF_42, abi=ANSWER, name="oracle")
    lab.revert(before)
    for act in (lambda: oracle.read("answer"), lambda: oracle.call("answer"), oracle.events):
        with pytest.raises(sl.StaleHandle, match="deploy it again"):
            act()
    with pytest.raises(AttributeError):
        lab.oracle  # noqa: B018
    other = lab.deploy(CODE_OF_42, abi=[], name="other")
    assert (other.address, lab.contracts()) == (oracle.address, (other,))


def test_a_contract_is_the_same_after_save_load_and_revert(lab: sl.Lab, tmp_path: Path) -> None:
    market = lab.deploy(artifact("Market"), lab.merchant, 5)
    session = session_for(lab, market)
    assert session.send_calls([market.call("place(uint256)", 6)])
    before = lab.snapshot()
    lab.token("Later", "LTR", 3)
    lab.save(tmp_path / "my.lab")
    again = sl.Lab.load(tmp_path / "my.lab")
    assert [c.name for c in again.contracts()] == ["Market", "LTR"] and again.contract("LTR").read("decimals") == 3
    again.revert(before)
    for one in (again, lab):
        if one is lab:
            lab.revert(before)
        (found,) = one.contracts()
        assert (found.address, found.abi, found.read("total")) == (market.address, market.abi, 6)
        (user,) = one.wallets()[0].sessions()
        assert told(user.send_calls([found.call("place(uint256)", 1)])).code == "TooSmall"


def test_a_contract_that_is_there_already_is_told_to_the_lab(lab: sl.Lab) -> None:
    made = artifact("Market")
    deployed = lab.web3.eth.contract(abi=made["abi"], bytecode=made["bytecode"]["object"])
    receipt = lab.web3.eth.wait_for_transaction_receipt(deployed.constructor(lab.merchant, 5).transact())
    with pytest.raises(sl.InvalidInput, match=r"ABI of 0x.* is not known here"):
        lab.contract(receipt["contractAddress"] or "")
    with pytest.raises(sl.NotFound, match="give its address and abi"):
        lab.contract("market")
    market = lab.contract(receipt["contractAddress"] or "", abi=made["abi"], name="market")
    assert lab.market == market == lab.contract("market") and market.read("least") == 5
    with pytest.raises(sl.NotFound, match="no code"):
        lab.contract(lab.merchant, abi=[])


def test_the_labs_own_contracts_are_contracts_too(lab: sl.Lab) -> None:
    counter = lab.contract("counter")
    assert (counter, counter.address) == (lab.contract(lab.counter), lab.counter)
    assert session_for(lab, counter).send_calls([counter.call("add", 3)]) and counter.read("number") == 3
    assert lab.contract(lab.token).read("symbol") == lab.contract("token").read("symbol") == "LAB"
    assert lab.contracts() == ()


def test_the_deployer_transacts(lab: sl.Lab) -> None:
    vesting = lab.deploy(artifact("VestingWallet"), lab.web3.eth.accounts[0], lab.now, 10)
    assert vesting.transact("transferOwnership", lab.merchant).status == 1
    height = lab.chain.height
    with pytest.raises(sl.ChainError, match=r"OwnableUnauthorizedAccount\(account="):
        vesting.transact("renounceOwnership")
    assert lab.chain.height == height


def test_a_contract_stays_in_its_process_and_is_shown(lab: sl.Lab) -> None:
    market = lab.deploy(artifact("Market"), lab.merchant, 5)
    with pytest.raises(sl.NotCopied):
        copy.copy(market)
    assert "place(uint256 amount)" in market._repr_html_() and "TooSmall(uint256 asked" in market._repr_html_()
    assert repr(market).startswith("<Contract Market at 0x")
    assert sl.Call(market, function="total()") == market.call("total")  # type: ignore[arg-type]


def test_an_own_contract_is_completed_and_a_name_near_it_is_told(lab: sl.Lab) -> None:
    lab.deploy(CODE_OF_42, abi=[], name="mine_alone")
    assert "mine_alone" in dir(lab)
    with pytest.raises(AttributeError, match=r"Did you mean lab\.mine_alone\?.*vault.*mine_alone"):
        getattr(lab, "mine_alon")  # noqa: B009 - type checkers refuse the attribute, too


def test_a_name_that_no_attribute_can_have_is_refused(lab: sl.Lab) -> None:
    with pytest.raises(sl.InvalidInput, match="'_mine' is not a name"):
        lab.deploy(CODE_OF_42, abi=[], name="_mine")


def test_an_address_may_be_given_by_its_name_in_any_argument(lab: sl.Lab) -> None:
    game = lab.deploy(GAME, "merchant", 5, name="game")
    assert game.read("owner") == lab.merchant
    round_ = {"player": "recipient", "amount": 1, "odds": []}
    assert game.call("enter", round_).data == game.call("enter", {**round_, "player": lab.recipient}).data
    with pytest.raises(sl.InvalidInput, match="did you mean 'recipient'") as unknown:
        game.call("enter", {**round_, "player": "recipiant"})
    assert unknown.value.field == "round.player"
