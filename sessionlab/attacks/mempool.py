"""Attacks on a bundler's mempool: operations that it validates for nothing, because nobody pays for them afterwards."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

from eth_hash.auto import keccak

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import BUNDLER, ETHER, GWEI, AttackLab, address
from sessionlab.attacks.operations import transact
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.bundler import OperationRejected
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation
from sessionlab.core.evm.chain import Chain
from sessionlab.node.bundler.mempool import SAME_SENDER_MEMPOOL_COUNT
from sessionlab.node.bundler.pool_bundler import PoolBundler

HOLDS = "accounts of its own"
MANY = 5
#: An account that answers 32 zero bytes, which as validationData mean: valid at any time.
VALID = bytes.fromhex("60205ff3")
#: A paymaster, or an account, that answers 96 zero bytes: no context, and valid at any time.
SPONSORS = bytes.fromhex("60605ff3")
#: Keeps the word that it is called with in slot 0, and answers slot 0 if it is called without one.
SWITCH = bytes.fromhex("36600c575f545f5260205ff35b5f355f5500")
#: Refuses the second time, because it sets slot 0 the first time.
ONCE = bytes.fromhex("5f54156009575f5ffd5b60015f55")


def unless(asked: bytes) -> bytes:
    """Return an account's code that is valid unless what is asked leaves a word that is not zero."""
    behind = len(asked) + 8
    return asked + bytes([0x15, 0x61]) + behind.to_bytes(2, "big") + bytes.fromhex("575f5ffd5b") + VALID


def asks(where: str) -> bytes:
    """Return code that calls a contract without data, and leaves the word that it answers."""
    return bytes.fromhex("60205f5f5f73") + address_bytes(where) + bytes.fromhex("5afa505f51")


_bundlers: WeakKeyDictionary[Chain, PoolBundler] = WeakKeyDictionary()


def strict_bundler(lab: AttackLab) -> PoolBundler:
    """Return a strict bundler on this chain, whose mempool is empty and waits to be told."""
    bundler = _bundlers.setdefault(lab.chain, PoolBundler(lab.chain, BUNDLER))
    bundler.be_strict()
    bundler.set_manual(True)
    bundler.clear_pool()
    bundler.clear_reputation()
    return bundler


def place(lab: AttackLab, name: str, code: bytes, deposit: int = ETHER) -> str:
    """Put an account of the attacker's on the chain, with a deposit for its gas."""
    where = address(name)
    lab.chain.set_code(where, code)
    if deposit:
        transact(lab, BUNDLER, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", where), deposit)
    return where


def operation_of(sender: str, nonce_key: int = 0, **fields: object) -> UserOperation:
    """Return an operation of an account that asks for no signature."""
    limits = {"call_gas_limit": 50_000, "verification_gas_limit": 100_000, "pre_verification_gas": 60_000}
    if "paymaster" in fields:
        limits |= {"paymaster_verification_gas_limit": 100_000, "paymaster_post_op_gas_limit": 10_000}
    fees = {"max_fee_per_gas": 2 * GWEI, "max_priority_fee_per_gas": GWEI}
    return UserOperation(sender, nonce_key << 64, b"", **limits | fees | fields)  # type: ignore[arg-type]


def taken(lab: AttackLab, bundler: PoolBundler, operation: UserOperation) -> bool:
    """Whether the mempool takes an operation; notes what stops it if not."""
    try:
        bundler.take(operation)
    except OperationRejected as rejected:
        code = rejected.rejection.code or ""
        lab.stopped.append(("validation", code.partition(" ")[0]))
        return False
    return True


@attack("mempool", holds=HOLDS, gain="5 operations that a bundler validated for one write", source="ERC-7562, STO-033")
def mass_invalidation(lab: AttackLab) -> str:
    """Many accounts read one slot of a contract: one write to it makes all of their operations invalid."""
    bundler = strict_bundler(lab)
    switch = place(lab, "a switch", SWITCH, deposit=0)
    senders = [place(lab, f"an account that asks {n}", unless(asks(switch))) for n in range(MANY)]
    waiting = sum(taken(lab, bundler, operation_of(sender)) for sender in senders)
    transact(lab, BUNDLER, switch, (1).to_bytes(32, "big"))
    lost = waiting - len(bundler.bundle_now())
    return f"{lost} operations of the mempool are invalid for 1 write" if lost else ""


@attack("mempool", holds=HOLDS, gain="an operation that is valid until it is mined", source="ERC-7562, OP-011")
def valid_by_the_clock(lab: AttackLab) -> str:
    """Validation reads the time: it passes now, and fails in the block of the bundle."""
    bundler = strict_bundler(lab)
    end = lab.chain.next_timestamp + 60
    later = bytes.fromhex("64") + end.to_bytes(5, "big") + bytes.fromhex("4211")  # TIMESTAMP > end
    waiting = taken(lab, bundler, operation_of(place(lab, "an account with a clock", unless(later))))
    lab.chain.travel(120)
    lost = waiting - len(bundler.bundle_now())
    return f"{lost} operation of the mempool is invalid, and nobody paid" if lost else ""


@attack("mempool", holds=HOLDS, gain="a bundle with code that nobody validated", source="ERC-7562, COD-010")
def code_that_changes_in_between(lab: AttackLab) -> str:
    """The account has other code when its operation is bundled than when it was validated."""
    bundler = strict_bundler(lab)
    sender = place(lab, "an account that changes", VALID)
    taken(lab, bundler, operation_of(sender))
    lab.chain.set_code(sender, bytes.fromhex("5f50") + VALID)
    mined = len(bundler.bundle_now())
    if not mined:
        lab.stopped.append(("validation", "COD-010"))
    return f"{mined} operation is mined with other code" if mined else ""


@attack("mempool", holds="a paymaster", gain="2 operations on a deposit for 1", source="ERC-7562, EREP-010")
def deposit_promised_twice(lab: AttackLab) -> str:
    """Each operation is covered by the paymaster's deposit, and all of them together are not."""
    bundler = strict_bundler(lab)
    senders = [place(lab, f"a sponsored account {n}", VALID, deposit=0) for n in range(2)]
    paymaster = address("a paymaster with one deposit")
    cost = operation_of(senders[0], paymaster=paymaster).max_cost
    place(lab, "a paymaster with one deposit", SPONSORS, deposit=2 * cost - 1)
    waiting = sum(taken(lab, bundler, operation_of(sender, paymaster=paymaster)) for sender in senders)
    return f"{waiting} operations on {2 * cost - 1:,} wei, which pay for 1" if waiting > 1 else ""


@attack("mempool", holds=HOLDS, gain="room for the operations of others", source="ERC-7562, UREP-010")
def flood_by_one_sender(lab: AttackLab) -> str:
    """One account sends operations under ever new nonce keys, and invalidates them all by spending its deposit."""
    bundler = strict_bundler(lab)
    sender = place(lab, "an account with many nonces", VALID)
    many = 2 * SAME_SENDER_MEMPOOL_COUNT
    waiting = sum(taken(lab, bundler, operation_of(sender, key)) for key in range(many))
    over = waiting - SAME_SENDER_MEMPOOL_COUNT
    return f"{over} operations more than {SAME_SENDER_MEMPOOL_COUNT} wait" if over > 0 else ""


@attack("mempool", holds=HOLDS, gain="validation after validation for one fee", source="Bundlers' rule of replacement")
def replaced_for_nothing(lab: AttackLab) -> str:
    """The same nonce is sent again and again, each time for one wei more: each is validated, and one is paid."""
    bundler = strict_bundler(lab)
    first = operation_of(place(lab, "an account that replaces", VALID))
    taken(lab, bundler, first)
    raised = [
        replace(first, max_fee_per_gas=first.max_fee_per_gas + n, max_priority_fee_per_gas=GWEI + n)
        for n in range(1, MANY)
    ]
    again = sum(taken(lab, bundler, operation) for operation in raised)
    return f"{again} replacements for {again} wei" if again else ""


@attack("mempool", holds="an account that is a paymaster too", gain="a bundle that fails", source="ERC-7562, STO-040")
def sender_that_is_a_paymaster(lab: AttackLab) -> str:
    """In one operation it is the account, whose storage is free, and in another one the paymaster that reads it."""
    bundler = strict_bundler(lab)
    both = place(lab, "an account and paymaster", SPONSORS)
    other = place(lab, "its sponsored account", VALID)
    waiting = [taken(lab, bundler, operation_of(both)), taken(lab, bundler, operation_of(other, paymaster=both))]
    return f"{sum(waiting)} operations wait that name 1 address in two roles" if all(waiting) else ""


@attack("mempool", holds=HOLDS, gain="a bundle that one operation fails for all", source="ERC-7562, GREP-040")
def only_fails_in_a_bundle(lab: AttackLab) -> str:
    """A staked factory makes accounts that pass one by one, and fail when two of them are in one bundle."""
    bundler = strict_bundler(lab)
    victim = place(lab, "an account of somebody else", VALID)
    factory, senders = _factory_of_one(lab)
    for index, sender in enumerate(senders):
        data = index.to_bytes(32, "big")
        taken(lab, bundler, operation_of(sender, factory=factory, factory_data=data, verification_gas_limit=300_000))
    taken(lab, bundler, operation_of(victim))
    before = lab.chain.balance(bundler.address)
    mined = [item.included.sender for item in bundler.bundle_now()]
    lost = before - lab.chain.balance(bundler.address)
    if victim in mined:
        lab.stopped.append(("validation", "GREP-040"))
        return "" if lost <= 0 else f"{lost:,} wei of the bundler's"
    return "1 operation of somebody else was not mined"


def _factory_of_one(lab: AttackLab) -> tuple[str, list[str]]:
    """Place a staked factory that makes an account by the salt that it is given, and refuses to make another one."""
    init_code = b"\x63" + VALID + bytes.fromhex("5f526004601cf3")
    makes = b"\x6b" + init_code + bytes.fromhex("5f525f35600c60145ff55f5260205ff3")
    factory = _staked(lab, "a factory that makes one")
    lab.chain.set_code(factory, ONCE + makes)
    salts = (number.to_bytes(32, "big") for number in range(2))
    made = [keccak(b"\xff" + address_bytes(factory) + salt + keccak(init_code)) for salt in salts]
    senders: list[str] = [checksum(digest[12:]) for digest in made]
    for sender in senders:
        transact(lab, BUNDLER, ENTRY_POINT, artifact("EntryPoint").encode("depositTo", sender), ETHER)
    return factory, senders


def _staked(lab: AttackLab, name: str) -> str:
    """Return an address that has a stake of 1 ETH for a day, which it paid in by itself."""
    data = artifact("EntryPoint").encode("addStake", 86_400)
    stores = (
        b"\x7f" + data[:32] + bytes.fromhex("5f52") + b"\x7f" + data[32:].ljust(32, b"\0") + bytes.fromhex("602052")
    )
    calls = bytes.fromhex("5f5f60245f3473") + address_bytes(ENTRY_POINT) + bytes.fromhex("5af100")
    where = place(lab, name, stores + calls, deposit=0)
    transact(lab, BUNDLER, where, value=ETHER)
    return where
