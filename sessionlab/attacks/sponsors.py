"""Attacks on the sponsor's paymaster and on the wallet factory."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COUNTER,
    INCREMENT,
    NOW,
    OWNER,
    SESSION,
    SPONSOR,
    SPONSORED,
    STRANGER,
    AttackLab,
    ask,
    deposit_of,
)
from sessionlab.attacks.hashes import sponsorship_hash
from sessionlab.attacks.operations import high_s, install, operation, send, signed, transact
from sessionlab.core import deployments
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.permissions import ContractAccess

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [Call(COUNTER, data=INCREMENT)]


def window(until: int = NOW + 600, after: int = 0) -> bytes:
    """Encode the validity window in a sponsor's paymasterData: until, after."""
    return until.to_bytes(6, "big") + after.to_bytes(6, "big")


def wanted(lab: AttackLab, times: bytes = b"") -> UserOperation:
    """Build an unsigned operation that increments the counter, with the sponsor's paymaster and a validity window."""
    return operation(
        lab,
        PING,
        paymaster=SPONSORED,
        paymaster_verification_gas_limit=200_000,
        paymaster_data=(times or window()) + bytes(65),
    )


def vouched(lab: AttackLab, op: UserOperation, key: Key = SPONSOR, chain_id: int = 0) -> bytes:
    """Return the sponsor's signature over an operation."""
    return key.sign_message(sponsorship_hash(lab, op, chain_id))


def sent_with(lab: AttackLab, op: UserOperation, signature: bytes) -> str:
    """Sign the operation with the session key, send it with this sponsorship, and return what it gained."""
    op = replace(op, paymaster_data=op.paymaster_data[:12] + signature)
    before = deposit_of(lab, SPONSORED)
    send(lab, signed(lab, op, SESSION))
    lost = before - deposit_of(lab, SPONSORED)
    return f"{lost:,} wei of the sponsor's" if lost else ""


@attack(
    "sponsors",
    holds=KEY,
    gain="gas that the sponsor did not agree to",
    source="ERC-4337, paymasters",
    part_of="forged-sponsor",
)
def bent_sponsorship(lab: AttackLab) -> str:
    """The sponsor signed one operation; its signature goes with another: each field in turn."""
    install(lab, [ACCESS])
    install(lab, [ACCESS], entity=2)
    op = wanted(lab)
    signature = vouched(lab, op)
    changes = (
        {"nonce": op.nonce + (1 << 64 + 8)},
        {"call_data": op.call_data + bytes(32)},
        {"call_gas_limit": 400_000},
        {"verification_gas_limit": 400_000},
        {"pre_verification_gas": 50_000},
        {"max_fee_per_gas": op.max_fee_per_gas + 7},
        {"max_priority_fee_per_gas": op.max_priority_fee_per_gas - 7},
        {"paymaster_post_op_gas_limit": 100_000},
        {"paymaster_verification_gas_limit": 150_000},
        {"paymaster_data": window(NOW + 86_400) + bytes(65)},
    )
    for change in changes:
        snapshot = lab.chain.snapshot()
        if got := sent_with(lab, replace(op, **change), signature):
            return f"{got}: another {next(iter(change)).replace('_', ' ')} than it signed"
        lab.chain.revert(snapshot)
    return ""


@attack(
    "sponsors",
    holds="another wallet",
    gain="gas that the sponsor gave to somebody else",
    source="ERC-4337",
    part_of="forged-sponsor",
)
def sponsorship_of_another(lab: AttackLab) -> str:
    """A sponsorship for one wallet, used by another with everything else the same; and its initCode changed."""
    from sessionlab.attacks.attack_lab import OTHER_WALLET

    op = replace(wanted(lab), nonce=operation(lab, PING, entity=0).nonce)
    signature = vouched(lab, op)
    stolen = replace(op, sender=OTHER_WALLET, paymaster_data=op.paymaster_data[:12] + signature)
    before = deposit_of(lab, SPONSORED)
    send(lab, signed(lab, stolen, OWNER))
    factory = artifact("WalletFactory")
    where = factory.decode(
        "getAddressSemiModular",
        lab.chain.call(deployments.FACTORY, factory.encode("getAddressSemiModular", OWNER.address, 5)).output,
    )
    new = replace(op, sender=where)
    signature = vouched(lab, new)  # for an already deployed wallet
    make = factory.encode("createSemiModularAccount", OWNER.address, 5)
    new = replace(
        new,
        factory=deployments.FACTORY,
        factory_data=make,
        paymaster_data=new.paymaster_data[:12] + signature,
        verification_gas_limit=op.verification_gas_limit,
    )
    send(lab, signed(lab, new, OWNER))
    lost = before - deposit_of(lab, SPONSORED)
    return f"{lost:,} wei of the sponsor's" if lost else ""


@attack(
    "sponsors", holds=KEY, gain="gas of a sponsor who never signed", source="ERC-4337, AA34", part_of="forged-sponsor"
)
def forged_sponsorship(lab: AttackLab) -> str:
    """Signed by a stranger, for another chain, for another paymaster, in its second form, or not at all."""
    install(lab, [ACCESS])
    op = wanted(lab)
    honest = vouched(lab, op)
    for signature in (
        vouched(lab, op, STRANGER),
        vouched(lab, op, chain_id=1),
        vouched(lab, replace(op, paymaster=COUNTER)),
        high_s(honest),
        honest[:64] + bytes([honest[64] - 27]),
        bytes(65),
        honest[:64],
        honest + b"\0",
    ):
        snapshot = lab.chain.snapshot()
        if got := sent_with(lab, op, signature):
            return got
        lab.chain.revert(snapshot)
    return ""


@attack(
    "sponsors",
    holds=KEY,
    gain="gas after the sponsor's time, and before it",
    source="ERC-4337, AA32",
    part_of="forged-sponsor",
)
def sponsorship_out_of_time(lab: AttackLab) -> str:
    """A sponsorship that has ended, and one that has not begun."""
    install(lab, [ACCESS])
    for times in (window(NOW - 1), window(NOW + 900, NOW + 600)):
        op = wanted(lab, times)
        if got := sent_with(lab, op, vouched(lab, op)):
            return got
    return ""


@attack("sponsors", holds="an account of its own", gain="the sponsor's deposit", source="ERC-4337, paymasters")
def deposit_of_the_sponsor(lab: AttackLab) -> str:
    """A stranger takes the paymaster's deposit out."""
    before = deposit_of(lab, SPONSORED)
    call = artifact("SponsorPaymaster").encode("withdrawTo", STRANGER.address, 10**18)
    transact(lab, STRANGER, SPONSORED, call)
    lost = before - deposit_of(lab, SPONSORED)
    return f"{lost:,} wei of the sponsor's" if lost else ""


@attack("sponsors", holds="an account of its own", gain="another's wallet, before it is there", source="CREATE2, salt")
def squatted_address(lab: AttackLab) -> str:
    """A stranger makes a wallet with another's salt: the address must not be the other's."""
    made = artifact("WalletFactory")

    def where(owner: str) -> str:
        asked = made.encode("getAddressSemiModular", owner, 7)
        return str(made.decode("getAddressSemiModular", lab.chain.call(deployments.FACTORY, asked).output))

    meant = where(OWNER.address)
    transact(lab, STRANGER, deployments.FACTORY, made.encode("createSemiModularAccount", STRANGER.address, 7))
    if not lab.chain.code(meant):
        return ""
    owner = ask(lab, "SessionWallet", meant, "owner")
    return "" if owner.lower() == OWNER.address.lower() else f"{meant}, whose owner is now {owner}"
