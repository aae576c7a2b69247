"""The simulation says what ``handleOps`` does: same phase, same reason, for good operations and bad ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.deployments import FACTORY
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.bundler import BundleReverted
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.simulate import simulate
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.rows import rows
from tests.sampling import by_turns

#: Only the EntryPoint itself knows what gas it needs around the steps.
OWN_GAS = ("AA26", "AA36", "AA51", "AA95")
#: The canonical EntryPoint reverts without a word where it calls an account or a paymaster without code.
NO_CODE = ("AA20 account not deployed", "AA30 paymaster not deployed")
OPERATIONS = 50
ENTITY = 1
NOW = 1_800_000_100


@dataclass
class Stage:
    """What operations are made from."""

    kind: str
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
    key = sl.new_key("simulated")
    install = account.install_call(
        entity_id=ENTITY, key=key.address, rows=rows(SESSIONS[request.param](lab)), valid_until=NOW
    )
    lab.fund(wallet.owner.address, sl.ether(1))
    lab.chain.transact(wallet.owner.private, wallet.address, install)
    snapshot = lab.chain.snapshot()
    return Stage(request.param, lab, wallet, undeployed, key, sl.new_key("stranger"), snapshot)


FLAWS = (
    "shape",
    "wrap",
    "nonce_key",
    "nonce",
    "fee",
    "gas",
    "factory",
    "undeployed",
    "paymaster",
    "signer",
    "signature",
)


def _call(random: Random, lab: sl.Lab, wallet: str) -> Call:
    """One that some session may make, or one that none may."""
    token, counter, deposit = artifact("Token"), artifact("Counter"), artifact("EntryPoint")
    good = [
        (lab.token, 0, token.encode("transfer", lab.recipient, 200)),
        (lab.token, 0, token.encode("approve", lab.recipient, 300)),
        (lab.counter, 0, counter.encode("increment")),
        (lab.counter, 0, counter.encode("increment")),
        (lab.recipient, random.choice([400, 900]), b""),
        (ENTRY_POINT, 0, deposit.encode("withdrawTo", lab.recipient, 1)),
    ]
    bad = [
        (lab.token, 0, token.encode("transfer", lab.recipient, 10**30)),
        (lab.token, 0, token.encode("balanceOf", lab.recipient)),
        (lab.token, 0, b"\xa9"),
        (lab.counter, 0, counter.encode("fail")),
        (lab.counter, random.choice([0, 1]), b"\x01"),
        (lab.counter_2, 0, counter.encode("fail")),
        (lab.recipient, random.choice([sl.ether(2), 2**256 - 1]), b""),
        (lab.vault, 5, b""),
        (ENTRY_POINT, 0, deposit.encode("withdrawTo", lab.recipient, sl.ether(1))),
        (wallet, 0, artifact("SessionWallet").encode("updateFallbackSignerData", lab.recipient, False)),
        (wallet, 0, b"\x01"),
    ]
    return Call(*random.choice(good if random.random() < 0.75 else bad))


def an_operation(random: Random, stage: Stage) -> UserOperation:
    """One by the session or the owner, with up to two flaws."""
    lab, flaws = stage.lab, random.sample(FLAWS, random.choice([0, 0, 1, 1, 2]))
    wallet = stage.undeployed if "undeployed" in flaws else stage.wallet
    by_owner = "undeployed" in flaws or random.random() < 0.2
    calls = [_call(random, lab, wallet.address) for _ in range(random.choice([1, 1, 1, 2, 3]))]
    wrapped = (stage.kind == "spender") != ("wrap" in flaws)
    data = account.call_data(calls, wallet=wallet.address, wrapped=wrapped)
    if "shape" in flaws:
        data = random.choice([b"", b"\x8d", data[:-7], data + bytes(32), EXECUTE_USER_OP, calls[0].data])
    is_global = (stage.kind == "root") != ("nonce_key" in flaws)
    nonce_key = account.OWNER_NONCE_KEY if by_owner else account.nonce_key_of(ENTITY, is_global=is_global)
    operation = UserOperation(
        sender=wallet.address,
        nonce=lab.bundler.next_nonce(wallet.address, nonce_key) + ("nonce" in flaws),
        call_data=data,
        call_gas_limit=random.choice([0, 3_000, 30_000, 2**120]) if "gas" in flaws else 300_000,
        verification_gas_limit=random.choice([5_000, 60_000, 600_000]) if "gas" in flaws else 600_000,
        pre_verification_gas=60_000,
        max_fee_per_gas=lab.chain.base_fee * (random.choice([2, 10**6]) if "fee" in flaws else 1),
        max_priority_fee_per_gas=0,
    )
    if ("undeployed" in flaws and random.random() < 0.8) or "factory" in flaws:
        operation = _with_factory(random, stage, operation, flawed="factory" in flaws)
    if "paymaster" in flaws or random.random() < 0.2:
        operation = _with_paymaster(random, stage, operation, flawed="paymaster" in flaws)
    signer = stage.stranger if "signer" in flaws else wallet.owner if by_owner else stage.session_key
    signature = account.signature_envelope(signer.sign_message(lab.bundler.hash_of(operation)))
    return operation.signed(random.choice([signature[:-1], b"", bytes(67)]) if "signature" in flaws else signature)


def _with_factory(random: Random, stage: Stage, operation: UserOperation, *, flawed: bool) -> UserOperation:
    owner = stage.stranger if flawed and random.random() < 0.5 else stage.undeployed.owner
    factory = random.choice([FACTORY, stage.lab.counter, stage.lab.recipient]) if flawed else FACTORY
    data = artifact("WalletFactory").encode("createSemiModularAccount", owner.address, 0)
    return replace(operation, factory=factory, factory_data=data)


def _with_paymaster(random: Random, stage: Stage, operation: UserOperation, *, flawed: bool) -> UserOperation:
    lab, kind = stage.lab, random.choice(["gas", "altered", "short", "no code", "no deposit"]) if flawed else ""
    limited = replace(operation, paymaster_verification_gas_limit=3_000 if kind == "gas" else 150_000)
    signed = lab.sponsor.sponsor(limited, lab.policy_id, lab.chain.next_timestamp)
    changes: dict[str, Any] = {
        "altered": {"paymaster_data": signed.paymaster_data[:-2] + b"\x01\x1b"},
        "short": {"paymaster_data": b"\x01"},
        "no code": {"paymaster": lab.recipient},
        "no deposit": {"paymaster": lab.counter},
    }
    return replace(signed, **changes.get(kind, {}))


def ample(operation: UserOperation) -> bool:
    """Whether there is gas for the EntryPoint's own part too."""
    paymaster = operation.paymaster is None or operation.paymaster_verification_gas_limit >= 100_000
    calls = 0 < operation.call_gas_limit < 2**64
    return operation.verification_gas_limit >= 500_000 and calls and paymaster


def really(lab: sl.Lab, operation: UserOperation) -> tuple[str, str | None]:
    """Phase and reason of the operation in a bundle of its own."""
    try:
        (mined,) = lab.bundler.bundle([operation])
    except BundleReverted as refused:
        return "validation", refused.revert.innermost.reason
    if mined.included.revert is None:
        return "ok", None
    return "execution", mined.included.revert.innermost.reason


def simulated(lab: sl.Lab, operation: UserOperation) -> tuple[str, str | None]:
    rejection = simulate(lab.chain, operation).rejection
    return (rejection.phase, rejection.reason) if rejection else ("ok", None)


@pytest.mark.parametrize(
    ("entry_point", "stage", "lab", "seed"),
    by_turns(["ours", "canonical"], SESSIONS, ["documented", "deployed"], range(2)),
    indirect=["entry_point", "stage", "lab"],
)
def test_the_rehearsal_says_what_handle_ops_does(stage: Stage, seed: int) -> None:
    random, seen = Random(seed), Counter[str]()
    for _ in range(OPERATIONS):
        stage.lab.chain.revert(stage.snapshot)
        stage.snapshot = stage.lab.chain.snapshot()
        if random.random() < 0.1:
            stage.lab.chain.travel_to(NOW + random.choice([0, 1]))
        seen[_compare(stage.lab, an_operation(random, stage))] += 1
    assert min(seen[phase] for phase in ("ok", "validation", "execution")) >= OPERATIONS // 20


def _compare(lab: sl.Lab, operation: UserOperation) -> str:
    """The phase; AssertionError where the simulation says something else."""
    said, before = simulated(lab, operation), lab.chain.state_root
    done = really(lab, operation)
    if done[1] is not None and done[1].startswith(OWN_GAS):
        assert not ample(operation), operation
    elif done != ("validation", "EmptyRevert") or said[1] not in NO_CODE:
        assert said == done, operation
    assert lab.chain.state_root != before, "the bundler pays at least"
    return done[0]
