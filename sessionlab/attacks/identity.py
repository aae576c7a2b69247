"""Attacks on identity: acting as somebody else, or again."""

from __future__ import annotations

from dataclasses import replace

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import (
    COUNTER,
    DEPOSIT,
    INCREMENT,
    OTHER_SESSION,
    OTHER_WALLET,
    OWNER,
    SESSION,
    STRANGER,
    WALLET,
    Scene,
    ask,
    deposit_of,
    next_nonce,
)
from sessionlab.attacks.gains import counts, owner
from sessionlab.attacks.hashes import operation_hash
from sessionlab.attacks.operations import act, deferred_operation, high_s, install, operation, send, signed, transact
from sessionlab.core.base.addresses import ZERO_ADDRESS
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.wallet_encoding import RawCall
from sessionlab.core.permissions import ContractAccess, FunctionsOnContract, Root, rows
from sessionlab.core.permissions.functions import EXECUTE_USER_OP, VALIDATE_USER_OP

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [RawCall(COUNTER, data=INCREMENT)]
wallet_abi = artifact("SessionWallet")


@attack("identity", holds="a key that nobody registered", gain="the session's rights", source="the rule itself")
def wrong_signer(scene: Scene) -> str:
    """A key that is not the session's signs its operations."""
    install(scene, [ACCESS])
    for key in (STRANGER, OTHER_SESSION, OWNER):
        act(scene, PING, key=key)
    return counts(scene)


@attack("identity", holds="a signature of the session key", gain="an operation", source="EIP-2; ERC-4337 accounts")
def bent_signature(scene: Scene) -> str:
    """The signature's other form (high s), v of 0 and 1, wrong lengths, another prefix."""
    install(scene, [ACCESS])
    op = signed(scene, operation(scene, PING), SESSION)
    good = op.signature
    raw = good[2:]
    bent = [good[:2] + high_s(raw), good[:-1] + bytes([good[-1] - 27]), good + b"\0", good[:-1], raw, b""]
    bent += [b"\x00" + good[1:], b"\xff\x01" + raw, b"\xff\x00" + bytes(65)]
    for signature in bent:
        send(scene, op.signed(signature))
    return counts(scene)


@attack("identity", holds="no key at all", gain="the owner's rights", source="ecrecover answers 0 for nonsense")
def zero_signer(scene: Scene) -> str:
    """A session that does not exist, or an owner that is switched off, has signer 0; so has a senseless signature."""
    nonsense = account.SIGNATURE_PREFIX + bytes(64) + b"\x1b"
    for entity in (1, 7):
        for is_global in (False, True):
            op = operation(scene, PING, entity=entity, is_global=is_global)
            send(scene, op.signed(nonsense))
    act(scene, wallet_abi.encode("updateFallbackSignerData", OWNER.address, True), entity=0)
    send(scene, operation(scene, PING, entity=0).signed(nonsense))
    act(scene, PING, entity=0)
    return counts(scene)


@attack("identity", holds="nothing", gain="a session for the zero address", source="ecrecover answers 0 for nonsense")
def session_of_nobody(scene: Scene) -> str:
    """A session whose key is the zero address: every senseless signature would be its own."""

    call = account.install_call(entity_id=1, key=ZERO_ADDRESS, rows=rows([ACCESS]))
    transact(scene, OWNER, WALLET, call)
    send(scene, operation(scene, PING).signed(account.SIGNATURE_PREFIX + bytes(64) + b"\x1b"))
    return counts(scene)


@attack("identity", holds="a key that nobody registered", gain="gas of the wallet", source="the losses of July 2026")
def proof_in_execution(scene: Scene) -> str:
    """Authorisation that is checked only in execution lets anybody burn the deposit: it must not move."""
    install(scene, [ACCESS])
    for entity in (1, 5):
        act(scene, PING, key=STRANGER, entity=entity)
        act(scene, PING, key=STRANGER, entity=entity, is_global=True, wrapped=True)
    lost = DEPOSIT - deposit_of(scene)
    return f"{lost:,} wei of gas" if lost else ""


@attack(
    "identity", holds="an operation that was mined", gain="the same once more", source="MetaMask, Cyfrin 7.1.1, high"
)
def replay(scene: Scene) -> str:
    """The same operation again; with a later nonce; in another lane; for another chain and another EntryPoint."""
    install(scene, [ACCESS])
    op = signed(scene, operation(scene, PING), SESSION)
    send(scene, op)
    send(scene, op)
    send(scene, signed(scene, operation(scene, PING, nonce=op.nonce + 5), SESSION))
    send(scene, replace(op, nonce=op.nonce + 1))
    send(scene, replace(op, nonce=next_nonce(scene, account.nonce_key(1, is_global=False, lane=3))))
    fresh = operation(scene, PING)
    digests = [operation_hash(scene, fresh, 1), operation_hash(scene, fresh, entry_point=COUNTER)]
    for digest in digests:
        send(scene, fresh.signed(account.signature_envelope(SESSION.sign_message(digest))))
    return counts(scene, more_than=1)


@attack("identity", holds="a session of one wallet", gain="another wallet of the owner", source="SmartSession 3.1.4")
def cross_wallet(scene: Scene) -> str:
    """Operation, deferred install and message of one wallet, used on another of the same owner."""
    install(scene, [ACCESS])
    op = signed(scene, operation(scene, PING), SESSION)
    send(scene, replace(op, sender=OTHER_WALLET))
    op = deferred_operation(scene, rows([ACCESS]), PING, entity=2)
    send(scene, replace(op, sender=OTHER_WALLET))
    digest = b"\x42" * 32
    safe = account.replay_safe_hash(wallet=WALLET, chain_id=scene.chain.chain_id, digest=digest)
    envelope = account.message_envelope(OWNER.sign_hash(safe))
    answer = scene.chain.call(OTHER_WALLET, wallet_abi.encode("isValidSignature", digest, envelope))
    return counts(scene) or ("a signed message" if answer.output[:4] == account.VALID_SIGNATURE else "")


@attack(
    "identity",
    holds="a deferred install",
    gain="another session than was signed",
    source="SmartSession 3.1.2",
    part_of="deferred-replay",
)
def bent_deferral(scene: Scene) -> str:
    """The owner's signed install: changed by one byte, under another id, past its deadline, signed by others."""
    now = scene.chain.now
    op = deferred_operation(scene, rows([ACCESS]), PING)
    for place in range(0, len(op.signature), 7):
        bent = bytearray(op.signature)
        bent[place] ^= 1
        send(scene, op.signed(bytes(bent)))
    other = account.install_call(entity_id=2, key=SESSION.address, rows=rows([Root()]))
    send(scene, deferred_operation(scene, rows([ACCESS]), PING, install_bytes=other))
    send(scene, deferred_operation(scene, rows([ACCESS]), PING, install_bytes=account.uninstall_call(1)))
    send(scene, deferred_operation(scene, rows([ACCESS]), PING, deadline=now - 1))
    send(scene, deferred_operation(scene, rows([ACCESS]), PING, owner=STRANGER))
    send(scene, deferred_operation(scene, rows([ACCESS]), PING, owner=SESSION))
    return counts(scene)


@attack("identity", holds="a signed batch", gain="one of its calls alone", source="Sequence v3 audit, H-02")
def lifted_call(scene: Scene) -> str:
    """One call is lifted from a signed batch; the order is changed; a call is added."""
    install(scene, [ACCESS])
    add = RawCall(COUNTER, data=artifact("Counter").encode("add", 7))
    op = signed(scene, operation(scene, [*PING, add]), SESSION)
    for calls in ([add], [add, *PING], [*PING, add, add]):
        send(scene, replace(op, call_data=operation(scene, calls).call_data))
    return counts(scene)


@attack("identity", holds=KEY, gain="a signature in the wallet's name", source="Openfort audit, OF-2")
def permit2_signature(scene: Scene) -> str:
    """The session key signs messages (ERC-1271), such as a Permit2 transfer of every token."""
    install(scene, [Root()])
    digest = b"\x42" * 32
    safe = account.replay_safe_hash(wallet=WALLET, chain_id=scene.chain.chain_id, digest=digest)
    for key, entity in ((SESSION, 1), (SESSION, 0), (STRANGER, 0)):
        envelope = account.message_envelope(key.sign_hash(safe), entity)
        answer = scene.chain.call(WALLET, wallet_abi.encode("isValidSignature", digest, envelope))
        if answer.success and answer.output[:4] == account.VALID_SIGNATURE:
            return "a message signed for the wallet"
    scene.stopped.append(("validation", "SignatureValidationInvalid"))
    return ""


@attack("identity", holds=KEY, gain="root, or another session's rights", source="the rule itself")
def global_flag(scene: Scene) -> str:
    """The key claims the root lane, the owner's lane, another session's id."""
    install(scene, [FunctionsOnContract(address=COUNTER, functions=["0x" + INCREMENT.hex()])])
    install(scene, [Root()], entity=2, key=OTHER_SESSION)
    swap = wallet_abi.encode("updateFallbackSignerData", SESSION.address, False)
    for entity, is_global in ((1, True), (0, True), (0, False), (2, True), (2, False), (3, True)):
        act(scene, swap, entity=entity, is_global=is_global, key=SESSION)
        act(scene, PING * 2, entity=entity, is_global=is_global, key=SESSION)
    return owner(scene) or counts(scene)


@attack(
    "identity", holds="an operation of another", gain="validation without the EntryPoint", source="ERC-4337, account"
)
def validation_at_the_door(scene: Scene) -> str:
    """validateUserOp and executeUserOp called by a stranger, with funds missing and with no signature."""
    from sessionlab.core.base.abi_words import word
    from sessionlab.core.erc4337.user_operation import pack

    before = scene.chain.balance(WALLET)
    good = pack(signed(scene, operation(scene, PING, entity=0), OWNER))
    transact(scene, STRANGER, WALLET, VALIDATE_USER_OP + word(96) + word(0) + word(5) + good)
    bare = pack(operation(scene, PING, entity=0, wrapped=True))
    transact(scene, STRANGER, WALLET, EXECUTE_USER_OP + word(64) + word(0) + bare)
    lost = before - scene.chain.balance(WALLET)
    return counts(scene) or (f"{lost} wei as prefund" if lost else "")


@attack("identity", holds="an account of its own", gain="a wallet of another", source="any initializer that runs twice")
def initialize_again(scene: Scene) -> str:
    """initialize once more: by a stranger, on the implementation, on the EIP-7702 delegate."""
    from sessionlab.core.deployments import DELEGATE_7702, IMPLEMENTATION

    call = wallet_abi.encode("initialize", STRANGER.address)
    for to in (WALLET, IMPLEMENTATION, DELEGATE_7702):
        transact(scene, STRANGER, to, call)
    taken = [to for to in (IMPLEMENTATION, DELEGATE_7702) if int(ask(scene, "SessionWallet", to, "owner"), 16)]
    claimed = [to for to in taken if ask(scene, "SessionWallet", to, "owner").lower() == STRANGER.address.lower()]
    return owner(scene) or (f"{len(claimed)} contracts of everybody" if claimed else "")
