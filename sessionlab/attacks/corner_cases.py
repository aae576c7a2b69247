"""Attacks on edge cases: encodings, sizes, and the EntryPoint's own rules."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COUNTER,
    INCREMENT,
    SESSION,
    STRANGER,
    STRICT,
    SUPPLY,
    TOKEN,
    WALLET,
    AttackLab,
    count,
    next_nonce,
)
from sessionlab.attacks.gains import counts, owner, units
from sessionlab.attacks.operations import act, install, operation, send, signed, transact
from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, handle_ops
from sessionlab.core.permissions import ContractAccess, Root
from sessionlab.core.permissions.functions import EXECUTE

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = Call(COUNTER, data=INCREMENT)
TAKE = Call(TOKEN, data=artifact("Token").encode("transfer", STRANGER.address, SUPPLY))


def smuggled() -> Iterator[bytes]:
    """Yield batches that a decoder with fixed positions reads differently from one that follows the offsets."""
    honest = account.execute_batch([PING, PING], wrapped=False)
    both = account.execute_batch([PING, TAKE], wrapped=False)
    head, table = both[:4], both[68:132]
    first, second = table[:32], table[32:]
    yield both[:68] + second + first + both[132:]  # offset table swapped
    yield both[:68] + first + first + both[132:]  # both offsets point at the first call
    yield head + word(64) + both[36:]  # array at another offset
    yield both[:36] + word(1) + both[68:]  # length omits the second call
    yield honest + both[68:]  # a second batch after the first
    yield both[:68] + word(2**256 - 32) + second + both[132:]  # offset wraps around
    item = account.execute(PING, wrapped=False)
    other = account.execute(TAKE, wrapped=False)
    yield item[:4] + other[4:36] + item[36:]  # another target, same data
    yield item[:68] + word(192) + item[100:] + other[100:]  # data read from a later offset
    yield item[:4] + b"\1" + item[5:]  # dirty upper bytes in the target


@attack("corner_cases", holds=KEY, gain="all tokens", source="SmartSession, RN2 M-1")
def abi_smuggling(lab: AttackLab) -> str:
    """Offsets that make the one who checks and the one who executes read different calls."""
    install(lab, [ACCESS])
    for data in smuggled():
        act(lab, data)
        act(lab, data, wrapped=True)
    return units(lab)


@attack(
    "corner_cases", holds=KEY, gain="code of its own in the wallet's place", source="every proxy that was ever lost"
)
def delegatecall(lab: AttackLab) -> str:
    """Every selector that wallets have used to run another's code in their own storage."""
    install(lab, [Root()])
    names = (
        "execTransactionFromModule(address,uint256,bytes,uint8)",
        "delegatecall(address,bytes)",
        "executeDelegate(address,bytes)",
        "upgradeToAndCall(address,bytes)",
        "upgradeTo(address)",
        "performCreate(uint256,bytes,bool,bytes32)",
        "multicall(bytes[])",
    )
    from eth_hash.auto import keccak

    before = lab.chain.code(WALLET)
    for name in names:
        data = keccak(name.encode())[:4] + word(int(STRICT, 16)) + word(64) + word(4) + INCREMENT.ljust(32, b"\0")
        act(lab, data)
        act(lab, [PING, Call(WALLET, data=data)])
        transact(lab, STRANGER, WALLET, data)
    return owner(lab) or ("the wallet's code" if lab.chain.code(WALLET) != before else "")


@attack("corner_cases", holds=KEY, gain="operations larger than anybody checked", source="bounds of this wallet")
def huge_input(lab: AttackLab) -> str:
    """A batch of 33 calls, and a call of 4,097 bytes: over the bounds, each refused by its name."""
    install(lab, [ACCESS])
    act(lab, [PING] * 33)
    large = act(lab, [Call(COUNTER, 0, bytes(4_097))])
    return counts(lab) or ("a call that is too large" if large.phase == "ok" else "")


@attack("corner_cases", holds=KEY, gain="a call that nobody can name", source="the rule itself")
def less_than_a_selector(lab: AttackLab) -> str:
    """Call data of 0 to 3 bytes, bare and wrapped."""
    install(lab, [ACCESS])
    before = count(lab)
    for size in range(4):
        for wrapped in (False, True):
            act(lab, EXECUTE[:size], wrapped=wrapped)
    return counts(lab, more_than=before)


@attack("corner_cases", holds="a bundle", gain="an operation twice", source="ERC-4337, handleOps")
def twice_in_a_bundle(lab: AttackLab) -> str:
    """The same operation twice in one bundle."""
    install(lab, [ACCESS])
    op = signed(lab, operation(lab, [PING]), SESSION)
    send(lab, op, op)
    return counts(lab, more_than=1)


@attack("corner_cases", holds="a bundler", gain="fees for nobody", source="ERC-4337, beneficiary")
def fees_to_nobody(lab: AttackLab) -> str:
    """The bundle's beneficiary is the zero address."""
    install(lab, [ACCESS])
    send(lab, signed(lab, operation(lab, [PING]), SESSION), beneficiary=ZERO_ADDRESS)
    return counts(lab)


@attack("corner_cases", holds="an account of its own", gain="an operation that nobody validated", source="ERC-4337")
def inner_handle_op(lab: AttackLab) -> str:
    """innerHandleOp, which only the EntryPoint may call on itself, by a stranger."""
    data = handle_ops([operation(lab, [PING], entity=0)], STRANGER.address)[4:]
    for selector in ("0042dc53", "dd01ba01"):
        transact(lab, STRANGER, ENTRY_POINT, bytes.fromhex(selector) + data)
    used = next_nonce(lab, account.nonce_key_of(0, is_global=True)) & (2**64 - 1)
    return counts(lab) or ("a nonce" if used else "")
