"""The lab itself: its people, its money, its clock, its way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import sessionlab as sl
from tests.conftest import EntryPointUnderTest


@pytest.fixture
def lab(entry_point: EntryPointUnderTest) -> sl.Lab:
    return sl.Lab(entry_point=entry_point.for_a_lab)


def test_a_lab_prints_what_it_is(lab: sl.Lab) -> None:
    lab.wallet()
    assert repr(lab).startswith("<Lab with documented rules, seed 0: block ")
    assert repr(lab).endswith("1 wallets>")
    assert repr(lab.wallet()).startswith("<SmartWallet 0x")


def test_contracts_are_found_by_name(lab: sl.Lab) -> None:
    for name, address in lab.addresses.items():
        assert getattr(lab, name) == address
        assert lab.chain.code(address)
    with pytest.raises(AttributeError, match="its contracts are: token, dollar"):
        lab.tokn  # noqa: B018


def test_a_wallet_has_what_it_needs(lab: sl.Lab) -> None:
    wallet = lab.wallet(balance=5)
    assert (lab.balance(wallet.address), wallet.balance) == (5, 5)
    assert lab.token_balance("dollar", wallet.address) == 1_000 * 10**6
    assert lab.token_balance(lab.token, wallet.address) == sl.ether(1_000)
    assert lab.read("SessionWallet", wallet.address, "owner") == wallet.owner.address
    assert lab.wallet(balance=0).balance == 0


def test_money_is_given(lab: sl.Lab) -> None:
    lab.give("coin", lab.merchant, 7)
    lab.give(lab.coin, lab.merchant, 1)
    lab.fund(lab.merchant, 9)
    lab.deposit(lab.merchant, 11)
    assert lab.token_balance("coin", lab.merchant) == 8
    assert lab.balance(lab.merchant) == 9
    assert lab.bundler.deposit_of(lab.merchant) == 11


@pytest.mark.parametrize(
    "act",
    [
        lambda lab: lab.fund(lab.recipient, -1),
        lambda lab: lab.fund(lab.recipient, 1.5),
        lambda lab: lab.fund("0x12", 1),
        lambda lab: lab.give("tokn", lab.recipient, 1),
        lambda lab: lab.give("token", lab.recipient, 2**255),
        lambda lab: lab.give("token", lab.recipient, -1),
        lambda lab: lab.deposit("0x12", 1),
        lambda lab: lab.travel(-1),
        lambda lab: lab.revert(99),
        lambda lab: lab.read("Counter", lab.counter, "nothing"),
        lambda lab: lab.read("Token", lab.strict, "balanceOf", lab.recipient),
        lambda lab: lab.token_balance("tokn", lab.recipient),
        lambda lab: lab.balance("0x12"),
    ],
)
def test_what_cannot_be_done_is_refused_and_moves_nothing(lab: sl.Lab, act: Any) -> None:
    before = lab.chain.state_root
    with pytest.raises(sl.SessionlabError) as refused:
        act(lab)
    assert refused.value.field
    assert lab.chain.state_root == before


def test_time_moves_forward(lab: sl.Lab) -> None:
    now = lab.now
    assert lab.travel(100) == lab.now == now + 100


def test_a_snapshot_brings_everything_back(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
    moment, root, sender = lab.snapshot(), lab.chain.state_root, sl.Call(to=lab.recipient, value=1)
    other = lab.wallet()
    later = wallet.grant_permissions([sl.Root()], key=sl.new_key(2))
    assert later.send_calls([sender])
    assert session.send_calls([sender])
    lab.revert(moment)
    assert lab.chain.state_root == root
    assert session.send_calls([sender]), "what was granted before is still there"
    for never_been in (later, other):
        with pytest.raises(sl.StaleHandle):
            never_been.send_calls([sender])
    assert lab.wallet().address == other.address, "the same steps give the same wallet"


def test_a_snapshot_within_a_snapshot_is_used_up_with_it(lab: sl.Lab) -> None:
    outer = lab.snapshot()
    wallet = lab.wallet()
    inner = lab.snapshot()
    wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
    lab.revert(inner)
    assert (lab.wallets(), wallet.sessions()) == ((wallet,), ())
    inner = lab.snapshot()
    lab.revert(outer)
    assert lab.wallets() == ()
    before, later = lab.chain.state_root, lab.snapshot()
    for used in (outer, inner):
        with pytest.raises(sl.ChainError, match=f"There is no snapshot {used}") as error:
            lab.revert(used)
        assert (error.value.field, error.value.asked, error.value.left) == ("snapshot", used, [later])
        assert error.value.fix == "take one with snapshot(); each serves one revert."
    assert lab.chain.state_root == before
    assert later > inner, "no number is given out twice"


def test_snapshots_by_json_rpc_are_the_same(lab: sl.Lab) -> None:
    number = lab.provider.request("evm_snapshot")
    lab.wallet()
    assert lab.provider.request("evm_revert", [number]) is True
    moment = lab.snapshot()
    lab.wallet()
    lab.provider.request("evm_revert", [hex(moment)])
    assert lab.wallet()


@pytest.mark.parametrize("door", ["chain", "lab", "provider"])
@pytest.mark.parametrize("back", ["chain", "lab", "provider"])
def test_a_moment_is_the_same_at_every_door(door: str, back: str) -> None:
    """Chain, accounts, sessions, gas policies and the clients' memories go back together."""
    lab = sl.Lab()
    wallet = lab.wallet()
    snapshots: dict[str, Callable[[], Any]] = {
        "chain": lab.chain.snapshot,
        "lab": lab.snapshot,
        "provider": lambda: int(lab.provider.request("evm_snapshot"), 16),
    }
    reverts: dict[str, Callable[[int], Any]] = {
        "chain": lab.chain.revert,
        "lab": lab.revert,
        "provider": lambda number: lab.provider.request("evm_revert", [hex(number)]),
    }
    taken = snapshots[door]()
    wallet.grant_permissions([sl.NativeTokenTransfer(allowance=1)], key=sl.new_key(1))
    lab.wallet()
    policies = len(lab.sponsor.policies)
    lab.gas_policy()
    reverts[back](taken)
    assert wallet.sessions() == ()
    assert "1 wallets" in repr(lab)
    assert len(lab.sponsor.policies) == policies
    assert not lab.api.records.sessions(wallet.address)


def test_any_web3_code_works_on_it(lab: sl.Lab) -> None:
    assert lab.web3.eth.chain_id == 1337
    assert lab.web3.eth.get_balance(lab.recipient) == 0  # type: ignore[arg-type]


def test_a_mixture_of_rules_is_a_ruleset_too() -> None:
    from dataclasses import replace

    from sessionlab.core.permissions.rulesets import DEPLOYED

    lab = sl.Lab(rules=replace(DEPLOYED, name="gas in gas", gas_limit_counts_gas=True))
    assert lab.names.gas_unit == "gas"
    assert "gas in gas" in repr(lab)
