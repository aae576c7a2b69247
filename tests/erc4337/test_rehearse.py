"""The rehearsal says what ``handleOps`` does: same phase, same reason, for good operations and bad ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab import account
from sessionlab.account import RawCall
from sessionlab.contracts.artifacts import artifact
from sessionlab.erc4337.bundler import BundleReverted
from sessionlab.erc4337.rehearse import rehearse
from sessionlab.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.keys import Key
from sessionlab.permissions.rows import rows
from sessionlab.world import FACTORY

#: Only the EntryPoint itself knows what gas it needs around the steps.
OWN_GAS = ("AA26", "AA36", "AA51", "AA95")
#: The canonical EntryPoint reverts without a word where it calls an account or a paymaster without code.
NO_CODE = ("AA20 account not deployed", "AA30 paymaster not deployed")
ENTITY = 1
NOW = 1_800_000_100


@dataclass
class Stage:
    """What operations are made from."""

    lab: sl.Lab
    wallet: sl.SmartWalletClient
    undeployed: sl.SmartWalletClient
    session_key: Key
    stranger: Key
    snapshot: int


SESSIONS = {
    "spender": lambda lab: [
        sl.NativeTokenTransfer(allowance=1_000),
        sl.Erc20TokenTransfer(address=lab.token, allowance=500),
        sl.GasLimit(limit=10**6 if lab.rules.gas_limit_counts_gas else 10**15),
        sl.ContractAccess(address=lab.counter),
        sl.ContractAccess(address=ENTRY_POINT),
        sl.ContractAccess(address=lab.recipient),
    ],
    "caller": lambda lab: [
        sl.FunctionsOnContract(address=lab.counter, functions=["increment()"]),
        sl.FunctionsOnAllContracts(functions=["fail()"]),
        sl.AccountFunctions(functions=["updateFallbackSignerData(address,bool)"]),
    ],
    "root": lambda lab: [sl.Root()],
}


@pytest.fixture(params=list(SESSIONS))
def stage(request: pytest.FixtureRequest, lab: sl.Lab) -> Stage:
    wallet, undeployed = lab.wallet(balance=sl.ether(1)), lab.wallet(deployed=False, balance=sl.ether(1))
    key = sl.new_key("rehearsed")
    install = account.install_call(
        entity_id=ENTITY, key=key.address, rows=rows(SESSIONS[request.param](lab)), valid_until=NOW
    )
    lab.fund(wallet.owner.address, sl.ether(1))
    lab.chain.transact(wallet.owner.private, wallet.address, install)
    snapshot = lab.chain.snapshot()
    return Stage(lab, wallet, undeployed, key, sl.new_key("stranger"), snapshot)


def _call(lab: sl.Lab, wallet: str) -> st.SearchStrategy[RawCall]:
    token, counter = artifact("Token"), artifact("Counter")
    datas = [
        (lab.token, token.encode("transfer", lab.recipient, 200)),
        (lab.token, token.encode("transfer", lab.recipient, 10**30)),
        (lab.token, token.encode("approve", lab.recipient, 300)),
        (lab.token, token.encode("balanceOf", lab.recipient)),
        (lab.token, b"\xa9"),
        (lab.counter, counter.encode("increment")),
        (lab.counter, counter.encode("fail")),
        (lab.counter, b"\x01"),
        (lab.counter_2, counter.encode("fail")),
        (lab.recipient, b""),
        (lab.vault, b""),
        (ENTRY_POINT, artifact("EntryPoint").encode("withdrawTo", lab.recipient, sl.ether(1))),
        (ENTRY_POINT, artifact("EntryPoint").encode("withdrawTo", lab.recipient, 1)),
        (wallet, artifact("SessionWallet").encode("updateFallbackSignerData", lab.recipient, False)),
        (wallet, b"\x01"),
    ]
    values = st.sampled_from([0, 0, 0, 400, 900, sl.ether(2), 2**256 - 1])
    return st.builds(lambda pair, value: RawCall(pair[0], value, pair[1]), st.sampled_from(datas), values)


@st.composite
def _operations(draw: st.DrawFn, stage: Stage) -> UserOperation:
    lab, wallet = stage.lab, stage.wallet.address
    undeployed = draw(st.integers(0, 9)) == 0
    sender = stage.undeployed.address if undeployed else wallet
    calls = draw(st.lists(_call(lab, sender), min_size=1, max_size=3))
    wrapped = draw(st.sampled_from([True, True, True, False]))
    owner = draw(st.integers(0, 5)) == 0
    shape = draw(st.sampled_from(["calls", "calls", "calls", "one", "bare", "short", "none"]))
    data = {
        "calls": lambda: account.call_data(calls, wallet=sender, wrapped=wrapped),
        "one": lambda: account.execute(calls[0], wrapped=wrapped),
        "bare": lambda: (account.EXECUTE_USER_OP if wrapped else b"") + calls[0].data,
        "short": lambda: b"\x8d",
        "none": lambda: b"",
    }[shape]()
    is_root = draw(st.booleans()) if draw(st.integers(0, 9)) == 0 else None
    lane = _lane(stage, owner, is_root)
    nonce = lab.bundler.next_nonce(sender, lane) + draw(st.sampled_from([0] * 8 + [1]))
    fee = lab.chain.base_fee * draw(st.sampled_from([1, 1, 1, 2, 10**6]))
    operation = UserOperation(
        sender=sender,
        nonce=nonce,
        call_data=data,
        call_gas_limit=draw(st.sampled_from([300_000] * 4 + [30_000, 0])),
        verification_gas_limit=draw(st.sampled_from([600_000] * 5 + [60_000, 5_000, 2**120])),
        pre_verification_gas=60_000,
        max_fee_per_gas=fee,
        max_priority_fee_per_gas=0,
    )
    if (undeployed and draw(st.booleans())) or draw(st.integers(0, 19)) == 0:
        operation = _with_factory(draw, stage, operation)
    if draw(st.integers(0, 3)) == 0:
        operation = _with_paymaster(draw, stage, operation)
    signer = draw(st.sampled_from([stage.wallet.owner if owner else stage.session_key] * 8 + [stage.stranger]))
    if undeployed and owner:
        signer = stage.undeployed.owner
    digest = lab.bundler.hash_of(operation)
    signature = account.signature_envelope(signer.sign_message(digest))
    return operation.signed(draw(st.sampled_from([signature] * 8 + [signature[:-1], b""])))


def _lane(stage: Stage, owner: bool, is_root: bool | None) -> int:
    if owner:
        return account.OWNER_LANE
    marks = stage.lab.chain.call(stage.wallet.address, artifact("SessionWallet").encode("session", ENTITY))
    found = artifact("SessionWallet").decode("session", marks.output)[1]
    return account.nonce_key(ENTITY, is_global=bool(found & 1) if is_root is None else is_root)


def _with_factory(draw: st.DrawFn, stage: Stage, operation: UserOperation) -> UserOperation:
    owner = draw(st.sampled_from([stage.undeployed.owner.address] * 3 + [stage.stranger.address]))
    data = artifact("WalletFactory").encode("createSemiModularAccount", owner, 0)
    factory = draw(st.sampled_from([FACTORY] * 3 + [stage.lab.counter, stage.lab.recipient]))
    return replace(operation, factory=factory, factory_data=data)


def _with_paymaster(draw: st.DrawFn, stage: Stage, operation: UserOperation) -> UserOperation:
    lab = stage.lab
    limited = replace(operation, paymaster_verification_gas_limit=draw(st.sampled_from([150_000] * 4 + [3_000])))
    signed = lab.sponsor.sponsor(limited, lab.policy_id, lab.chain.next_timestamp)
    kind = draw(st.sampled_from(["good"] * 4 + ["altered", "short", "no code", "no deposit"]))
    if kind == "altered":
        return replace(signed, paymaster_data=signed.paymaster_data[:-2] + b"\x01\x1b")
    if kind == "short":
        return replace(signed, paymaster_data=b"\x01")
    if kind == "no code":
        return replace(signed, paymaster=lab.recipient)
    if kind == "no deposit":
        return replace(signed, paymaster=lab.counter)
    return signed


def ample(operation: UserOperation) -> bool:
    """Whether there is gas for the EntryPoint's own part too."""
    paymaster = operation.paymaster is None or operation.paymaster_verification_gas_limit >= 100_000
    return 500_000 <= operation.verification_gas_limit < 2**64 and paymaster


def really(lab: sl.Lab, operation: UserOperation) -> tuple[str, str | None]:
    """Phase and reason of the operation in a bundle of its own."""
    try:
        (mined,) = lab.bundler.bundle([operation])
    except BundleReverted as refused:
        return "validation", refused.revert.innermost.reason
    if mined.included.revert is None:
        return "ok", None
    return "execution", mined.included.revert.innermost.reason


def rehearsed(lab: sl.Lab, operation: UserOperation) -> tuple[str, str | None]:
    rejection = rehearse(lab.chain, operation).rejection
    return (rejection.phase, rejection.reason) if rejection else ("ok", None)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=True,
    phases=[Phase.generate],
)
@given(data=st.data())
def test_the_rehearsal_says_what_handle_ops_does(stage: Stage, data: st.DataObject) -> None:
    lab = stage.lab
    lab.chain.revert(stage.snapshot)
    stage.snapshot = lab.chain.snapshot()
    if data.draw(st.integers(0, 9), label="late") == 0:
        lab.chain.travel_to(NOW + data.draw(st.sampled_from([0, 1])))
    operation = data.draw(_operations(stage))
    said = rehearsed(lab, operation)
    before = lab.chain.state_root
    done = really(lab, operation)
    if done[1] is not None and done[1].startswith(OWN_GAS):
        assert not ample(operation)
        return
    if done == ("validation", "EmptyRevert") and said[1] in NO_CODE:
        return
    assert said == done
    assert said[0] != "ok" or lab.chain.state_root != before
