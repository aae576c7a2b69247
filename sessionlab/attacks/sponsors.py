"""Attacks on who pays: the sponsor's paymaster, and the factory that makes wallets."""

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
    Scene,
    ask,
    deposit_of,
)
from sessionlab.attacks.hashes import sponsorship_hash
from sessionlab.attacks.operations import high_s, install, operation, send, signed, transact
from sessionlab.core import deployments as world
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.permissions import ContractAccess

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [RawCall(COUNTER, data=INCREMENT)]


def window(until: int = NOW + 600, after: int = 0) -> bytes:
    """The window in a sponsor's paymasterData: until, after."""
    return until.to_bytes(6, "big") + after.to_bytes(6, "big")


def wanted(scene: Scene, times: bytes = b"") -> UserOperation:
    """One count, with the sponsor's paymaster and a window, unsigned."""
    return operation(
        scene,
        PING,
        paymaster=SPONSORED,
        paymaster_verification_gas_limit=200_000,
        paymaster_data=(times or window()) + bytes(65),
    )


def vouched(scene: Scene, op: UserOperation, key: Key = SPONSOR, chain_id: int = 0) -> bytes:
    """The sponsor's signature over an operation."""
    return key.sign_message(sponsorship_hash(scene, op, chain_id))


def sent_with(scene: Scene, op: UserOperation, signature: bytes) -> str:
    """The session key signs an operation with this sponsorship; what it has got."""
    op = replace(op, paymaster_data=op.paymaster_data[:12] + signature)
    before = deposit_of(scene, SPONSORED)
    send(scene, signed(scene, op, SESSION))
    lost = before - deposit_of(scene, SPONSORED)
    return f"{lost:,} wei of the sponsor's" if lost else ""


@attack(
    "sponsors",
    holds=KEY,
    gain="gas that the sponsor did not agree to",
    source="ERC-4337, paymasters",
    part_of="forged-sponsor",
)
def bent_sponsorship(scene: Scene) -> str:
    """The sponsor signed one operation; its signature goes with another: each field in turn."""
    install(scene, [ACCESS])
    install(scene, [ACCESS], entity=2)
    op = wanted(scene)
    signature = vouched(scene, op)
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
        moment = scene.chain.snapshot()
        if got := sent_with(scene, replace(op, **change), signature):
            return f"{got}: another {next(iter(change)).replace('_', ' ')} than it signed"
        scene.chain.revert(moment)
    return ""


@attack(
    "sponsors",
    holds="another wallet",
    gain="gas that the sponsor gave to somebody else",
    source="ERC-4337",
    part_of="forged-sponsor",
)
def sponsorship_of_another(scene: Scene) -> str:
    """A sponsorship for one wallet, used by another with everything else the same; and its initCode changed."""
    from sessionlab.attacks.attack_lab import OTHER_WALLET

    op = replace(wanted(scene), nonce=operation(scene, PING, entity=0).nonce)
    signature = vouched(scene, op)
    stolen = replace(op, sender=OTHER_WALLET, paymaster_data=op.paymaster_data[:12] + signature)
    before = deposit_of(scene, SPONSORED)
    send(scene, signed(scene, stolen, OWNER))
    factory = artifact("WalletFactory")
    where = factory.decode(
        "getAddressSemiModular",
        scene.chain.call(world.FACTORY, factory.encode("getAddressSemiModular", OWNER.address, 5)).output,
    )
    new = replace(op, sender=where)
    signature = vouched(scene, new)  # for a wallet that stands already
    make = factory.encode("createSemiModularAccount", OWNER.address, 5)
    new = replace(
        new,
        factory=world.FACTORY,
        factory_data=make,
        paymaster_data=new.paymaster_data[:12] + signature,
        verification_gas_limit=op.verification_gas_limit,
    )
    send(scene, signed(scene, new, OWNER))
    lost = before - deposit_of(scene, SPONSORED)
    return f"{lost:,} wei of the sponsor's" if lost else ""


@attack(
    "sponsors", holds=KEY, gain="gas of a sponsor who never signed", source="ERC-4337, AA34", part_of="forged-sponsor"
)
def forged_sponsorship(scene: Scene) -> str:
    """Signed by a stranger, for another chain, for another paymaster, in its second form, or not at all."""
    install(scene, [ACCESS])
    op = wanted(scene)
    honest = vouched(scene, op)
    for signature in (
        vouched(scene, op, STRANGER),
        vouched(scene, op, chain_id=1),
        vouched(scene, replace(op, paymaster=COUNTER)),
        high_s(honest),
        honest[:64] + bytes([honest[64] - 27]),
        bytes(65),
        honest[:64],
        honest + b"\0",
    ):
        moment = scene.chain.snapshot()
        if got := sent_with(scene, op, signature):
            return got
        scene.chain.revert(moment)
    return ""


@attack(
    "sponsors",
    holds=KEY,
    gain="gas after the sponsor's time, and before it",
    source="ERC-4337, AA32",
    part_of="forged-sponsor",
)
def sponsorship_out_of_time(scene: Scene) -> str:
    """A sponsorship that has ended, and one that has not begun."""
    install(scene, [ACCESS])
    for times in (window(NOW - 1), window(NOW + 900, NOW + 600)):
        op = wanted(scene, times)
        if got := sent_with(scene, op, vouched(scene, op)):
            return got
    return ""


@attack("sponsors", holds="an account of its own", gain="the sponsor's deposit", source="ERC-4337, paymasters")
def deposit_of_the_sponsor(scene: Scene) -> str:
    """A stranger takes the paymaster's deposit out."""
    before = deposit_of(scene, SPONSORED)
    call = artifact("SponsorPaymaster").encode("withdrawTo", STRANGER.address, 10**18)
    transact(scene, STRANGER, SPONSORED, call)
    lost = before - deposit_of(scene, SPONSORED)
    return f"{lost:,} wei of the sponsor's" if lost else ""


@attack("sponsors", holds="an account of its own", gain="another's wallet, before it is there", source="CREATE2, salt")
def squatted_address(scene: Scene) -> str:
    """A stranger makes a wallet with another's salt: the address must not be the other's."""
    made = artifact("WalletFactory")

    def where(owner: str) -> str:
        asked = made.encode("getAddressSemiModular", owner, 7)
        return str(made.decode("getAddressSemiModular", scene.chain.call(world.FACTORY, asked).output))

    meant = where(OWNER.address)
    transact(scene, STRANGER, world.FACTORY, made.encode("createSemiModularAccount", STRANGER.address, 7))
    if not scene.chain.code(meant):
        return ""
    owner = ask(scene, "SessionWallet", meant, "owner")
    return "" if owner.lower() == OWNER.address.lower() else f"{meant}, whose owner is now {owner}"
