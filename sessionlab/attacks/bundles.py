"""Attacks on the EntryPoint: a bundler, an account or a paymaster tries to harm the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    BUNDLE_GAS,
    BUNDLER,
    COUNTER,
    INCREMENT,
    OTHER_WALLET,
    OWNER,
    PAYMASTER,
    SESSION,
    AttackLab,
    BundleOutcome,
    address,
    count,
    deposit_of,
)
from sessionlab.attacks.gains import counts
from sessionlab.attacks.operations import act, install, operation, send, signed, transact
from sessionlab.core import deployments
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import BundleReverted, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.core.permissions import ContractAccess

BUNDLES = "a bundler"
ACCESS = ContractAccess(address=COUNTER)
PING = [Call(COUNTER, data=INCREMENT)]
#: EVM code that reverts with 32 or 96 zero bytes. Read as a validation result, they would mean "valid forever".
REFUSES_WITH_32, REFUSES_WITH_96 = bytes.fromhex("60206000fd"), bytes.fromhex("60606000fd")
#: EVM code that expands memory far enough to use about 3 million gas, then stops.
NEEDS_3_MILLION = bytes.fromhex("6000621300005200")
MOST = 1_000_000


def trying(lab: AttackLab, what: Callable[[], BundleOutcome]) -> BundleOutcome:
    """Run ``what`` and undo it: the chain and the recorded refusals are restored."""
    snapshot, noted = lab.chain.snapshot(), len(lab.stopped)
    outcome = what()
    lab.chain.revert(snapshot)
    del lab.stopped[noted:]
    return outcome


def least(lab: AttackLab, fits: Callable[[int], bool], most: int = MOST) -> int:
    """Return the smallest number that fits, by binary search; if a number fits, so must every larger one."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high


def code_of(outcome: BundleOutcome) -> str:
    """Return the EntryPoint's error code, such as ``AA23``; empty if it did not reject the bundle."""
    return (outcome.code or "")[:4] if outcome.phase == "validation" else ""


def ping(lab: AttackLab, **fields: object) -> UserOperation:
    """Return an operation that increments the counter once, signed by the session key."""
    return signed(lab, operation(lab, PING, **fields), SESSION)  # type: ignore[arg-type]  # gas and paymaster


@attack("bundles", holds=BUNDLES, gain="an operation that nobody signed", source="ERC-4337, userOpHash")
def bent_operation(lab: AttackLab) -> str:
    """The bundler changes one field of what was signed: whose, where, what, how much gas, at what price."""
    own = signed(lab, operation(lab, PING, entity=0), OWNER)
    if trying(lab, lambda: send(lab, replace(own, sender=OTHER_WALLET))).included:
        return "an operation of 1 wallet, run by another of the same owner"
    install(lab, [ACCESS])
    op = ping(lab, paymaster=PAYMASTER, paymaster_verification_gas_limit=100_000)
    changes = (
        {"call_data": op.call_data[:-32] + bytes(32)},
        {"call_data": op.call_data[:4] + address_bytes(PAYMASTER).rjust(32, b"\0") + op.call_data[36:]},
        {"call_gas_limit": op.call_gas_limit + 1},
        {"verification_gas_limit": op.verification_gas_limit + 1},
        {"pre_verification_gas": op.pre_verification_gas + 1},
        {"max_fee_per_gas": op.max_fee_per_gas + 1},
        {"max_priority_fee_per_gas": op.max_priority_fee_per_gas - 1},
        {"paymaster": None, "paymaster_verification_gas_limit": 0},
        {"nonce": op.nonce + (1 << 64 + 72 + 32)},
    )
    for change in changes:
        outcome = trying(lab, lambda change=change: send(lab, replace(op, **change)))  # type: ignore[misc]
        if outcome.included:
            lab.stopped.clear()
            return f"an operation with another {next(iter(change)).replace('_', ' ')}: 1 of {len(changes)} was enough"
        lab.stopped.append((outcome.phase, outcome.reason))
    return ""


@attack("bundles", holds=BUNDLES, gain="a wallet made by a call that nobody signed", source="ERC-4337, userOpHash")
def bent_init_code(lab: AttackLab) -> str:
    """The bundler changes the call that makes the sender: the same wallet comes of it, by another call."""
    made = artifact("WalletFactory")
    asked = made.encode("getAddressSemiModular", OWNER.address, 0)
    where = made.decode("getAddressSemiModular", lab.chain.call(deployments.FACTORY, asked).output)
    make = made.encode("createSemiModularAccount", OWNER.address, 0)
    transact(lab, BUNDLER, where, value=10**18)
    op = operation(lab, PING, entity=0, sender=where, factory=deployments.FACTORY, factory_data=make)
    send(lab, replace(signed(lab, op, OWNER), factory_data=make + bytes(32)))
    return counts(lab)


@attack("bundles", holds="an account of its own", gain="a free call of the factory", source="ERC-4337, AA10")
def made_again(lab: AttackLab) -> str:
    """The operation of a wallet that stands brings the call that makes it."""
    owner, salt = OWNER.address, 0
    made = artifact("WalletFactory")
    where = made.decode(
        "getAddressSemiModular",
        lab.chain.call(deployments.FACTORY, made.encode("getAddressSemiModular", owner, salt)).output,
    )
    make = made.encode("createSemiModularAccount", owner, salt)
    transact(lab, BUNDLER, deployments.FACTORY, make)
    transact(lab, BUNDLER, where, value=10**18)
    op = operation(lab, PING, entity=0, sender=where, factory=deployments.FACTORY, factory_data=make)
    return counts(lab) if send(lab, signed(lab, op, OWNER)).included else ""


@attack("bundles", holds=BUNDLES, gain="the deposit of an account that said no", source="ERC-4337, AA23")
def refusal_read_as_an_answer(lab: AttackLab) -> str:
    """An account refuses, and what it refuses with, read as an answer, says: valid for ever."""
    victim = address("an account that refuses")
    lab.chain.set_code(victim, REFUSES_WITH_32)
    pay_in = artifact("EntryPoint").encode("depositTo", victim)
    transact(lab, BUNDLER, ENTRY_POINT, pay_in, 10**18)
    send(lab, operation(lab, b"\1\2\3\4", entity=0, sender=victim))
    lost = 10**18 - deposit_of(lab, victim)
    return f"{lost:,} wei of fees" if lost else ""


@attack("bundles", holds=BUNDLES, gain="the deposit of a paymaster that said no", source="ERC-4337, AA33")
def refused_sponsorship_read_as_an_answer(lab: AttackLab) -> str:
    """A paymaster refuses, and what it refuses with, read as an answer, says: I pay."""
    install(lab, [ACCESS])
    before = deposit_of(lab, PAYMASTER)
    lab.chain.set_code(PAYMASTER, REFUSES_WITH_96)
    send(lab, ping(lab, paymaster=PAYMASTER, paymaster_verification_gas_limit=100_000))
    lost = before - deposit_of(lab, PAYMASTER)
    return f"{lost:,} wei of fees" if lost else ""


@attack("bundles", holds="the session key", gain="gas at the cost of the others' deposits", source="ERC-4337, AA31")
def paymaster_without_a_deposit(lab: AttackLab) -> str:
    """The paymaster has agreed and has paid nothing in."""
    install(lab, [ACCESS])
    poor = address("a paymaster without a deposit")
    lab.chain.set_code(poor, lab.chain.code(PAYMASTER))
    send(lab, ping(lab, paymaster=poor, paymaster_verification_gas_limit=100_000))
    return counts(lab)


@attack("bundles", holds="the session key", gain="validation that the bundler pays", source="ERC-4337, AA26")
def validation_over_its_limit(lab: AttackLab) -> str:
    """So little verification gas that the account still answers, and the EntryPoint's own steps are over it."""
    install(lab, [ACCESS])

    def sent(limit: int) -> BundleOutcome:
        return send(lab, ping(lab, verification_gas_limit=limit))

    limit = least(lab, lambda limit: code_of(trying(lab, lambda: sent(limit))) != "AA23")
    return f"{count(lab)} counts for {limit:,} gas of validation" if sent(limit).included else ""


@attack("bundles", holds="the session key", gain="validation that the bundler pays", source="ERC-4337, AA36")
def sponsorship_over_its_limit(lab: AttackLab) -> str:
    """So little verification gas for the paymaster that only its own answer fits in."""
    install(lab, [ACCESS])

    def sent(limit: int) -> BundleOutcome:
        return send(lab, ping(lab, paymaster=PAYMASTER, paymaster_verification_gas_limit=limit))

    limit = least(lab, lambda limit: code_of(trying(lab, lambda: sent(limit))) != "AA33")
    return f"{count(lab)} counts for {limit:,} gas of validation" if sent(limit).included else ""


@attack("bundles", holds=BUNDLES, gain="the wallet's fees for an operation that had to fail", source="ERC-4337, AA95")
def starved(lab: AttackLab) -> str:
    """The bundle gets so little gas that validation passes and the calls run dry: the nonce is used, the fee is due."""
    dear = address("a contract that needs much gas")
    lab.chain.set_code(dear, NEEDS_3_MILLION)
    install(lab, [ContractAccess(address=dear)])
    op = signed(lab, operation(lab, [Call(dear)], call_gas_limit=4_000_000), SESSION)
    data = handle_ops([op], BUNDLER.address)
    for gas in range(2_000_000, 5_000_000, 250_000):
        snapshot = lab.chain.snapshot()
        receipt = lab.chain.transact(BUNDLER.private, ENTRY_POINT, data, gas=gas)
        try:
            included = read_bundle(receipt)
        except BundleReverted as refused:
            lab.stopped.append(("validation", refused.revert.innermost.reason))
            lab.chain.revert(snapshot)
            continue
        if not included[0].success:
            return f"{included[0].gas_cost:,} wei of fees, and the call did not run"
        break
    return ""


@attack("bundles", holds=BUNDLES, gain="gas limits that nobody signed", source="ERC-4337, AA93")
def unsigned_limits(lab: AttackLab) -> str:
    """A paymaster without limits: what lies behind its address, and is not signed, is read as its gas limits."""
    install(lab, [ACCESS])
    op = operation(lab, PING, max_priority_fee_per_gas=1, max_fee_per_gas=10**7)
    bare = replace(op, paymaster=PAYMASTER)
    mark = address_bytes(PAYMASTER)
    digest_op = signed(lab, _Bare.of(bare), SESSION)
    data = handle_ops([digest_op], BUNDLER.address)
    index = data.index(bytes(31) + b"\x14" + mark) + 32 + 20
    bent = data[:index] + bytes(11) + b"\x01" + data[index + 12 :]
    receipt = lab.chain.transact(BUNDLER.private, ENTRY_POINT, bent, gas=BUNDLE_GAS)
    try:
        read_bundle(receipt)
    except BundleReverted as refused:
        lab.stopped.append(("validation", refused.revert.innermost.reason))
    return f"{2**32:,} gas of limits, for {count(lab)} counts" if count(lab) else ""


class _Bare(UserOperation):
    """An operation whose paymasterAndData consists of an address only."""

    __slots__ = ()

    @classmethod
    def of(cls, op: UserOperation) -> _Bare:
        return cls(**{name: getattr(op, name) for name in op.__dataclass_fields__})

    @property
    def paymaster_and_data(self) -> bytes:
        return address_bytes(self.paymaster or "")


@attack("bundles", holds="the session key", gain="more than its prefund pays for", source="ERC-4337, prefund")
def more_than_its_prefund(lab: AttackLab) -> str:
    """Every limit as tight as it passes: what the EntryPoint itself needs is over all of them together."""
    install(lab, [ACCESS])

    def sent(verification: int, call: int) -> BundleOutcome:
        fields = {"verification_gas_limit": verification, "call_gas_limit": call, "pre_verification_gas": 0}
        return send(lab, ping(lab, **fields))

    verification = least(lab, lambda gas: bool(trying(lab, lambda: sent(gas, MOST)).included))
    call = least(lab, lambda gas: trying(lab, lambda: sent(verification, gas)).reason != "EmptyRevert", 100_000)
    for gas in range(call, call + 8_000, 500):  # the limit's own calldata bytes cost gas too, so not every value fits
        snapshot = lab.chain.snapshot()
        outcome = sent(verification, gas)
        if outcome.included and count(lab):
            item = outcome.included[0]
            over = item.gas_used - (verification + gas)
            if over > 0:
                return f"{count(lab)} count for {over:,} gas more than all limits together"
        lab.chain.revert(snapshot)
    return ""


@attack("bundles", holds="nothing", gain="fees that reach nobody", source="ERC-4337, AA91")
def fees_refused(lab: AttackLab) -> str:
    """The beneficiary takes no value: the fees would stay in the EntryPoint, and belong to nobody."""
    install(lab, [ACCESS])
    before = deposit_of(lab)
    refuses = address("a beneficiary that refuses")
    lab.chain.set_code(refuses, REFUSES_WITH_32)
    send(lab, ping(lab), beneficiary=refuses)
    lost = before - deposit_of(lab) - lab.chain.balance(refuses)
    return f"{lost:,} wei is nobody's" if lost else ""


@attack("bundles", holds="the session key", gain="a bundle inside an operation", source="ERC-4337, reentrancy")
def bundle_in_a_bundle(lab: AttackLab) -> str:
    """An operation calls handleOps: the inner bundle runs in the middle of the outer one's books."""
    install(lab, [ContractAccess(address=ENTRY_POINT)])
    install(lab, [ACCESS], entity=2)
    inner = signed(lab, operation(lab, PING, entity=2), SESSION)
    act(lab, [Call(ENTRY_POINT, data=handle_ops([inner], BUNDLER.address))], call_gas_limit=5_000_000)
    return counts(lab)
