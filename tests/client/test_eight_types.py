"""Each permission type from the owner's signature to the spent allowance, under both rulesets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import sessionlab as sl

TRANSFER = "transfer(address,uint256)"
INCREMENT = "increment()"
UPDATE = "updateFallbackSignerData(address,bool)"


@dataclass(frozen=True)
class Story:
    """A grant, a call that it allows with its effect, a call that it does not, and what is said then."""

    permissions: Callable[[sl.Lab], list[Any]]
    allowed: Callable[[sl.Lab, str], sl.Call]
    effect: Callable[[sl.Lab, str], Any]
    refused: Callable[[sl.Lab, str], sl.Call]
    code: str
    phase: str
    permission: str | None
    asked: Callable[[sl.Lab], Any]
    left: Any
    unit: Callable[[sl.Lab], str | None] = lambda lab: None
    call: int | None = 0
    #: limit, used and remaining after the allowed operation, where something is counted.
    sponsor_state: tuple[int, int, int] | None = None


def _count(lab: sl.Lab, wallet: str) -> int:
    return int(lab.read("Counter", lab.counter, "number"))


def _anywhere(lab: sl.Lab) -> list[Any]:
    """What lets plain transfers through under both rulesets."""
    return [sl.ContractAccess(address=lab.recipient)]


STORIES = {
    "native-token-transfer": Story(
        permissions=lambda lab: [sl.NativeTokenTransfer(allowance=1_000), *_anywhere(lab)],
        allowed=lambda lab, wallet: sl.Call(to=lab.recipient, value=300),
        effect=lambda lab, wallet: lab.balance(lab.recipient),
        refused=lambda lab, wallet: sl.Call(to=lab.recipient, value=701),
        code="ExceededNativeTokenLimit",
        phase="execution",
        permission="native-token-transfer",
        asked=lambda lab: 701,
        left=700,
        unit=lambda lab: "wei",
        sponsor_state=(1_000, 300, 700),
    ),
    "erc20-token-transfer": Story(
        permissions=lambda lab: [sl.Erc20TokenTransfer(address=lab.dollar, allowance=50)],
        allowed=lambda lab, wallet: sl.Call(to=lab.dollar, function=TRANSFER, args=[lab.merchant, 20]),
        effect=lambda lab, wallet: lab.token_balance("dollar", lab.merchant),
        refused=lambda lab, wallet: sl.Call(
            to=lab.dollar, function="approve(address,uint256)", args=[lab.merchant, 31]
        ),
        code="ExceededTokenLimit",
        phase="execution",
        permission="erc20-token-transfer",
        asked=lambda lab: 31,
        left=30,
        unit=lambda lab: lab.dollar,
        sponsor_state=(50, 20, 30),
    ),
    "contract-access": Story(
        permissions=lambda lab: [sl.ContractAccess(address=lab.counter)],
        allowed=lambda lab, wallet: sl.Call(to=lab.counter, function=INCREMENT),
        effect=_count,
        refused=lambda lab, wallet: sl.Call(to=lab.counter_2, function=INCREMENT),
        code="AddressNotAllowed",
        phase="validation",
        permission="functions-on-contract",
        asked=lambda lab: lab.counter_2,
        left=None,
    ),
    "account-functions": Story(
        permissions=lambda lab: [sl.AccountFunctions(functions=[UPDATE])],
        allowed=lambda lab, wallet: sl.Call(to=wallet, function=UPDATE, args=[lab.merchant, False]),
        effect=lambda lab, wallet: lab.read("SessionWallet", wallet, "owner"),
        refused=lambda lab, wallet: sl.Call(to=lab.counter, function=INCREMENT),
        code="ValidationFunctionMissing",
        phase="validation",
        permission="contract-access",
        asked=lambda lab: "0xb61d27f6",
        left=None,
        call=None,
    ),
    "functions-on-all-contracts": Story(
        permissions=lambda lab: [sl.FunctionsOnAllContracts(functions=[INCREMENT])],
        allowed=lambda lab, wallet: sl.Call(to=lab.counter, function=INCREMENT),
        effect=_count,
        refused=lambda lab, wallet: sl.Call(to=lab.counter, function="add(uint256)", args=[2]),
        code="AddressNotAllowed",
        phase="validation",
        permission="functions-on-contract",
        asked=lambda lab: lab.counter,
        left=None,
    ),
    "functions-on-contract": Story(
        permissions=lambda lab: [sl.FunctionsOnContract(address=lab.counter, functions=[INCREMENT])],
        allowed=lambda lab, wallet: sl.Call(to=lab.counter, function=INCREMENT),
        effect=_count,
        refused=lambda lab, wallet: sl.Call(to=lab.counter, function="add(uint256)", args=[2]),
        code="SelectorNotAllowed",
        phase="validation",
        permission="functions-on-contract",
        asked=lambda lab: "0x1003e2d2",
        left=None,
    ),
    "root": Story(
        permissions=lambda lab: [sl.Root()],
        allowed=lambda lab, wallet: sl.Call(to=lab.recipient, value=5),
        effect=lambda lab, wallet: lab.balance(lab.recipient),
        refused=lambda lab, wallet: sl.Call(to=lab.counter, function="fail()"),
        code="CounterFailed",
        phase="execution",
        permission=None,
        asked=lambda lab: None,
        left=None,
        call=None,
    ),
}


@pytest.fixture(params=list(STORIES))
def story(request: pytest.FixtureRequest) -> Story:
    return STORIES[request.param]


@pytest.fixture
def session(lab: sl.Lab, wallet: sl.SmartWalletClient, story: Story, key: sl.Key) -> sl.Session:
    return wallet.grant_permissions(story.permissions(lab), key=key)


def test_an_allowed_operation_has_its_effect(lab: sl.Lab, session: sl.Session, story: Story) -> None:
    before = story.effect(lab, session.wallet)
    outcome = session.send_calls([story.allowed(lab, session.wallet)])
    assert (outcome.ok, outcome.phase, outcome.denial) == (True, "ok", None)
    assert outcome.receipt is not None
    assert outcome.receipt["status"] == "0x1"
    assert outcome.gas > 0
    assert outcome.gas_cost == outcome.gas * lab.chain.base_fee
    assert story.effect(lab, session.wallet) != before


def test_a_refused_operation_says_why_and_moves_nothing(lab: sl.Lab, session: sl.Session, story: Story) -> None:
    assert session.send_calls([story.allowed(lab, session.wallet)])
    before = (lab.chain.state_root, lab.chain.height)
    outcome = session.send_calls([story.refused(lab, session.wallet)])
    assert (lab.chain.state_root, lab.chain.height) == before
    denial = outcome.denial
    assert denial is not None
    assert (outcome.ok, outcome.receipt, outcome.gas, outcome.gas_cost) == (False, None, 0, 0)
    assert (denial.code, denial.phase, outcome.phase) == (story.code, story.phase, story.phase)
    assert (denial.permission, denial.call) == (story.permission, story.call)
    assert (denial.asked, denial.left, denial.unit) == (story.asked(lab), story.left, story.unit(lab))
    assert denial.sentence.endswith((".", ".)"))
    assert denial.fix.endswith(".")
    assert denial.rule
    assert denial.path[-1] == story.code


def test_the_first_operation_may_be_refused_too(lab: sl.Lab, session: sl.Session, story: Story) -> None:
    """The install travels with it, and is not left behind."""
    before = lab.chain.state_root
    outcome = session.send_calls([story.refused(lab, session.wallet)])
    if outcome.ok:  # an amount that the whole allowance covers
        return
    assert lab.chain.state_root == before
    assert not session.installed
    assert session.send_calls([story.allowed(lab, session.wallet)])
    assert session.installed


def test_the_books_are_kept(lab: sl.Lab, session: sl.Session, story: Story) -> None:
    if story.sponsor_state is None:
        assert session.send_calls([story.allowed(lab, session.wallet)])
        assert len(session.allowances) == 0
        return
    limit, used, remaining = story.sponsor_state
    (before,) = session.allowances
    assert (before.limit, before.used, before.remaining) == (limit, 0, limit)
    assert session.send_calls([story.allowed(lab, session.wallet)])
    (after,) = session.allowances
    assert (after.limit, after.used, after.remaining) == (limit, used, remaining)
    assert not session.send_calls([story.refused(lab, session.wallet)])
    assert session.allowances[0] == after
    assert [entry.what for entry in session.history] == ["installed", "consumed", "refused"]
    consumed, refused = session.history[1:]
    assert (consumed.amount, consumed.remaining, consumed.unit) == (used, remaining, after.unit)
    assert (refused.block, refused.denial.code) == (None, story.code)


def test_gas_limit_counts_the_worst_case(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> None:
    price = 1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee
    unit = "gas" if lab.rules.gas_limit_counts_gas else "wei"
    permissions = [sl.GasLimit(limit=2_000_000 * price), sl.ContractAccess(address=lab.counter)]
    session = wallet.grant_permissions(permissions, key=key)
    call = sl.Call(to=lab.counter, function=INCREMENT)
    prepared = session.prepare_calls([call])["data"]
    limits = ("verificationGasLimit", "callGasLimit", "preVerificationGas")
    asked = sum(int(prepared[name], 16) for name in limits) * price
    assert session.send_calls([call])
    (allowance,) = session.allowances
    assert (allowance.used, allowance.unit) == (asked, unit)
    while (outcome := session.send_calls([call])).ok:
        pass
    denial = outcome.denial
    assert denial is not None
    expected = "ExceededGasLimit" if unit == "gas" else "ExceededNativeTokenLimit"
    assert (denial.code, denial.phase, denial.permission) == (expected, "validation", "gas-limit")
    assert (denial.left, denial.unit) == (session.allowances[0].remaining, unit)
    assert isinstance(denial.asked, int)
    assert denial.asked > session.allowances[0].remaining
    sponsored = session.send_calls([call], policy_id=lab.policy_id)
    assert sponsored.ok, "what a sponsor pays is not counted"


def test_native_token_transfer_alone(lab: sl.Lab, wallet: sl.SmartWalletClient, key: sl.Key) -> None:
    """R2: a grant under the documented rules, to any address; no grant under the deployed ones."""
    before = lab.chain.state_root
    if not lab.rules.native_reaches_plain_transfers:
        with pytest.raises(sl.GrantRefused) as refused:
            wallet.grant_permissions([sl.NativeTokenTransfer(allowance=10)], key=key)
        assert (refused.value.rule, refused.value.field) == ("ValidationConfigUnsetError", "permissions")
        assert refused.value.fix
        assert lab.chain.state_root == before
        return
    session = wallet.grant_permissions([sl.NativeTokenTransfer(allowance=10)], key=key)
    assert session.send_calls([sl.Call(to=lab.merchant, value=4), sl.Call(to=lab.recipient, value=6)])
    assert (lab.balance(lab.merchant), lab.balance(lab.recipient)) == (4, 6)
