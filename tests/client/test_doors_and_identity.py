"""Values that no door may take for another, one lab reached in several ways, and parts of a lab that nobody sets."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy
import pytest

import sessionlab as sl
from sessionlab.experiments import Planned

RULES = pytest.mark.parametrize("rules", ["documented", "deployed"])


@RULES
@pytest.mark.parametrize("value", ["no", 1, None, object(), numpy.array([1, 2])])
def test_estimate_is_true_or_false(rules: str, value: Any) -> None:
    lab = sl.Lab(rules)
    wallet, root = lab.wallet(), lab.chain.state_root
    session = wallet.grant_permissions([sl.Root()], key=sl.new_key(1))
    root = lab.chain.state_root
    for who in (wallet, session):
        with pytest.raises(sl.InvalidInput) as refused:
            who.prepare_calls([sl.Call(lab.recipient, 1)], estimate=value)
        assert refused.value.field == "estimate"
    assert lab.chain.state_root == root


@RULES
@pytest.mark.parametrize("value", [[], {}, (), set(), False, 0, 0.0, b"", "", "nope"])
def test_rules_are_named_or_left_out(rules: str, value: Any) -> None:
    lab = sl.Lab(rules)
    wallet, root = lab.wallet(), lab.chain.state_root
    root = lab.chain.state_root
    for names in (None, lab.names):
        with pytest.raises(sl.InvalidInput) as refused:
            sl.SmartWalletClient(lab.provider, wallet.owner, rules=value, names=names)
        assert refused.value.field == "rules"
    assert lab.chain.state_root == root
    assert sl.SmartWalletClient(lab.provider, wallet.owner).rules == lab.rules


@pytest.mark.parametrize("address", ["0x" + "11" * 20, sl.new_key(1).address])
def test_an_address_is_no_amount(address: str) -> None:
    for made in (
        lambda: sl.NativeTokenTransfer(allowance=address),
        lambda: sl.Erc20TokenTransfer(address=address, allowance=address),
        lambda: sl.GasLimit(limit=address),
    ):
        with pytest.raises(sl.InvalidInput, match="is an address, not an amount") as refused:
            made()
        assert refused.value.field in ("allowance", "limit")
    assert sl.NativeTokenTransfer(allowance="0x3e8").allowance == 1_000


@pytest.mark.parametrize("value", ["", [], 1.5, object(), {}, {"call": 1}, sl.Gas(call=1)])
def test_a_planned_operation_names_all_gas_limits_or_none(value: Any) -> None:
    with pytest.raises(sl.InvalidInput) as refused:
        Planned([sl.Call("0x" + "11" * 20)], gas=value)
    assert (refused.value.field or "").startswith("gas")


def test_the_addresses_of_a_lab_travel_and_stay() -> None:
    addresses: Any = sl.Lab().addresses
    for made in (pickle.loads(pickle.dumps(addresses)), copy.copy(addresses), copy.deepcopy(addresses)):
        assert made == addresses
        assert type(made) is type(addresses)
    with pytest.raises(TypeError):
        addresses["token"] = "0x" + "11" * 20


@RULES
@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("there", ["{url}", "{url}/", "{localhost}"])
@pytest.mark.parametrize("from_inside", [True, False])
def test_one_lab_is_one_however_it_is_reached(rules: str, installed: bool, there: str, from_inside: bool) -> None:
    lab = sl.Lab(rules)
    inside = lab.wallet()
    with sl.in_background(lab) as url:
        ways = {"url": url, "localhost": url.replace("127.0.0.1", "localhost")}
        outside = sl.SmartWalletClient(sl.HttpProvider(url), inside.owner)
        granting = sl.SmartWalletClient(sl.HttpProvider(there.format(**ways)), inside.owner)
        session = granting.grant_permissions([sl.Root()], key=sl.new_key(1))
        if installed:
            assert session.send_calls([sl.Call(lab.recipient, 1)]).ok
        assert (inside if from_inside else outside).revoke(session).ok
        assert session.revoked
        with pytest.raises(sl.InvalidInput, match="is already revoked"):
            (inside if from_inside else outside).revoke(session)


@RULES
def test_another_lab_of_the_same_seed_is_another(rules: str) -> None:
    first, second = sl.Lab(rules), sl.Lab(rules)
    session = first.wallet().grant_permissions([sl.Root()], key=sl.new_key(1))
    other = second.wallet()
    own = other.grant_permissions([sl.Root()], key=sl.new_key(1))
    assert own.id == session.id
    root = second.chain.state_root
    with sl.in_background(first) as url:
        far = sl.SmartWalletClient(sl.HttpProvider(url), other.owner)
        for wallet, foreign in ((other, session), (far, own)):
            with pytest.raises(sl.StaleHandle, match="another lab or endpoint"):
                wallet.revoke(foreign)
    assert second.chain.state_root == root


def test_a_refusal_names_its_next_step_once() -> None:
    lab = sl.Lab()
    wallet, policy = lab.wallet(), lab.gas_policy(operations_per_sender=0)
    with pytest.raises(sl.OperationRefused) as refused:
        wallet.prepare_calls([sl.Call(lab.recipient, 1)], policy_id=policy)
    assert str(refused.value).count("Next step") == 1
    poor = lab.wallet(balance=0)
    with pytest.raises(sl.OperationRefused) as refused:
        poor.prepare_calls([sl.Call(lab.recipient, 0)])
    assert str(refused.value).count("Next step") <= 1


@RULES
def test_no_part_of_a_lab_can_be_set(rules: str) -> None:
    lab = sl.Lab(rules)
    root = lab.chain.state_root
    provider = sl.HttpProvider("http://127.0.0.1:1")
    parts: tuple[Any, ...] = (lab.api, lab.sponsor, lab.chain, lab.chain.engine, lab.chain.frozen(), lab.bundler)
    for part in (*parts, lab.provider, provider):
        for name in ("new", *(name for name in vars(part) if not name.startswith("_"))):
            with pytest.raises(sl.SessionlabError) as refused:
                setattr(part, name, 1)
            assert refused.value.field == name
    with pytest.raises(sl.SessionlabError):
        lab.provider.checks_when_sent = False
    assert lab.wallet().grant_permissions([sl.Root()], key=sl.new_key(1)).send_calls([sl.Call(lab.recipient, 1)]).ok
    assert lab.chain.state_root != root
