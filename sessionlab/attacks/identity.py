"""Attacks on identity: impersonation and replay."""

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
    AttackLab,
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
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import ContractAccess, FunctionsOnContract, Root, rows
from sessionlab.core.permissions.functions import EXECUTE_USER_OP, VALIDATE_USER_OP
from sessionlab.node import erc1271

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [Call(COUNTER, data=INCREMENT)]
wallet_abi = artifact("SessionWallet")


@attack("identity", holds="a key that nobody registered", gain="the session's rights", source="the rule itself")
def wrong_signer(lab: AttackLab) -> str:
    """A key that is not the session's signs its operations."""
    install(lab, [ACCESS])
    for key in (STRANGER, OTHER_SESSION, OWNER):
        act(lab, PING, key=key)
    return counts(lab)


@attack("identity", holds="a signature of the session key", gain="an operation", source="EIP-2; ERC-4337 accounts")
def bent_signature(lab: AttackLab) -> str:
    """The signature's other form (high s), v of 0 and 1, wrong lengths, another prefix."""
    install(lab, [ACCESS])
    op = signed(lab, operation(lab, PING), SESSION)
    good = op.signature
    raw = good[2:]
    bent = [good[:2] + high_s(raw), good[:-1] + bytes([good[-1] - 27]), good + b"\0", good[:-1], raw, b""]
    bent += [b"\x00" + good[1:], b"\xff\x01" + raw, b"\xff\x00" + bytes(65)]
    for signature in bent:
        send(lab, op.signed(signature))
    return counts(lab)


@attack("identity", holds="no key at all", gain="the owner's rights", source="ecrecover answers 0 for nonsense")
def zero_signer(lab: AttackLab) -> str:
    """A session that does not exist, or an owner that is switched off, has signer 0; so has a senseless signature."""
    nonsense = account.SIGNATURE_PREFIX + bytes(64) + b"\x1b"
    for entity in (1, 7):
        for is_global in (False, True):
            op = operation(lab, PING, entity=entity, is_global=is_global)
            send(lab, op.signed(nonsense))
    act(lab, wallet_abi.encode("updateFallbackSignerData", OWNER.address, True), entity=0)
    send(lab, operation(lab, PING, entity=0).signed(nonsense))
    act(lab, PING, entity=0)
    return counts(lab)


@attack("identity", holds="nothing", gain="a session for the zero address", source="ecrecover answers 0 for nonsense")
def session_of_nobody(lab: AttackLab) -> str:
    """A session whose key is the zero address: every senseless signature would be its own."""

    call = account.install_call(entity_id=1, key=ZERO_ADDRESS, rows=rows([ACCESS]))
    transact(lab, OWNER, WALLET, call)
    send(lab, operation(lab, PING).signed(account.SIGNATURE_PREFIX + bytes(64) + b"\x1b"))
    return counts(lab)


@attack("identity", holds="a key that nobody registered", gain="gas of the wallet", source="the losses of July 2026")
def proof_in_execution(lab: AttackLab) -> str:
    """Authorisation that is checked only in execution lets anybody burn the deposit: it must not move."""
    install(lab, [ACCESS])
    for entity in (1, 5):
        act(lab, PING, key=STRANGER, entity=entity)
        act(lab, PING, key=STRANGER, entity=entity, is_global=True, wrapped=True)
    lost = DEPOSIT - deposit_of(lab)
    return f"{lost:,} wei of gas" if lost else ""


@attack(
    "identity", holds="an operation that was mined", gain="the same once more", source="MetaMask, Cyfrin 7.1.1, high"
)
def replay(lab: AttackLab) -> str:
    """The same operation again; with a later nonce or another nonce key; for another chain and another EntryPoint."""
    install(lab, [ACCESS])
    op = signed(lab, operation(lab, PING), SESSION)
    send(lab, op)
    send(lab, op)
    send(lab, signed(lab, operation(lab, PING, nonce=op.nonce + 5), SESSION))
    send(lab, replace(op, nonce=op.nonce + 1))
    send(lab, replace(op, nonce=next_nonce(lab, account.nonce_key_of(1, is_global=False, nonce_key=3))))
    fresh = operation(lab, PING)
    digests = [operation_hash(lab, fresh, 1), operation_hash(lab, fresh, entry_point=COUNTER)]
    for digest in digests:
        send(lab, fresh.signed(account.signature_envelope(SESSION.sign_message(digest))))
    return counts(lab, more_than=1)


@attack("identity", holds="a session of one wallet", gain="another wallet of the owner", source="SmartSession 3.1.4")
def cross_wallet(lab: AttackLab) -> str:
    """Operation, deferred install and message of one wallet, used on another of the same owner."""
    install(lab, [ACCESS])
    op = signed(lab, operation(lab, PING), SESSION)
    send(lab, replace(op, sender=OTHER_WALLET))
    op = deferred_operation(lab, rows([ACCESS]), PING, entity=2)
    send(lab, replace(op, sender=OTHER_WALLET))
    digest = b"\x42" * 32
    safe = erc1271.replay_safe_hash(wallet=WALLET, chain_id=lab.chain.chain_id, digest=digest)
    envelope = erc1271.message_envelope(OWNER.sign_hash(safe))
    answer = lab.chain.call(OTHER_WALLET, wallet_abi.encode("isValidSignature", digest, envelope))
    return counts(lab) or ("a signed message" if answer.output[:4] == account.VALID_SIGNATURE else "")


@attack(
    "identity",
    holds="a deferred install",
    gain="another session than was signed",
    source="SmartSession 3.1.2",
    part_of="deferred-replay",
)
def bent_deferral(lab: AttackLab) -> str:
    """The owner's signed install: changed by one byte, under another id, past its deadline, signed by others."""
    now = lab.chain.now
    op = deferred_operation(lab, rows([ACCESS]), PING)
    for index in range(0, len(op.signature), 7):
        bent = bytearray(op.signature)
        bent[index] ^= 1
        send(lab, op.signed(bytes(bent)))
    other = account.install_call(entity_id=2, key=SESSION.address, rows=rows([Root()]))
    send(lab, deferred_operation(lab, rows([ACCESS]), PING, install_bytes=other))
    send(lab, deferred_operation(lab, rows([ACCESS]), PING, install_bytes=account.uninstall_call(1)))
    send(lab, deferred_operation(lab, rows([ACCESS]), PING, deadline=now - 1))
    send(lab, deferred_operation(lab, rows([ACCESS]), PING, owner=STRANGER))
    send(lab, deferred_operation(lab, rows([ACCESS]), PING, owner=SESSION))
    return counts(lab)


@attack("identity", holds="a signed batch", gain="one of its calls alone", source="Sequence v3 audit, H-02")
def lifted_call(lab: AttackLab) -> str:
    """One call is lifted from a signed batch; the order is changed; a call is added."""
    install(lab, [ACCESS])
    add = Call(COUNTER, data=artifact("Counter").encode("add", 7))
    op = signed(lab, operation(lab, [*PING, add]), SESSION)
    for calls in ([add], [add, *PING], [*PING, add, add]):
        send(lab, replace(op, call_data=operation(lab, calls).call_data))
    return counts(lab)


@attack("identity", holds=KEY, gain="a signature in the wallet's name", source="Openfort audit, OF-2")
def permit2_signature(lab: AttackLab) -> str:
    """The session key signs messages (ERC-1271), such as a Permit2 transfer of every token."""
    install(lab, [Root()])
    digest = b"\x42" * 32
    safe = erc1271.replay_safe_hash(wallet=WALLET, chain_id=lab.chain.chain_id, digest=digest)
    for key, entity in ((SESSION, 1), (SESSION, 0), (STRANGER, 0)):
        envelope = erc1271.message_envelope(key.sign_hash(safe), entity)
        answer = lab.chain.call(WALLET, wallet_abi.encode("isValidSignature", digest, envelope))
        if answer.success and answer.output[:4] == account.VALID_SIGNATURE:
            return "a message signed for the wallet"
    lab.stopped.append(("validation", "SignatureValidationInvalid"))
    return ""


@attack("identity", holds=KEY, gain="root, or another session's rights", source="the rule itself")
def global_flag(lab: AttackLab) -> str:
    """The key claims the root nonce key, the owner's nonce key, another session's id."""
    install(lab, [FunctionsOnContract(address=COUNTER, functions=["0x" + INCREMENT.hex()])])
    install(lab, [Root()], entity=2, key=OTHER_SESSION)
    swap = wallet_abi.encode("updateFallbackSignerData", SESSION.address, False)
    for entity, is_global in ((1, True), (0, True), (0, False), (2, True), (2, False), (3, True)):
        act(lab, swap, entity=entity, is_global=is_global, key=SESSION)
        act(lab, PING * 2, entity=entity, is_global=is_global, key=SESSION)
    return owner(lab) or counts(lab)


@attack(
    "identity", holds="an operation of another", gain="validation without the EntryPoint", source="ERC-4337, account"
)
def validation_at_the_door(lab: AttackLab) -> str:
    """validateUserOp and executeUserOp called by a stranger, with funds missing and with no signature."""
    from sessionlab.core.base.abi_words import word
    from sessionlab.core.erc4337.user_operation import pack

    before = lab.chain.balance(WALLET)
    good = pack(signed(lab, operation(lab, PING, entity=0), OWNER))
    transact(lab, STRANGER, WALLET, VALIDATE_USER_OP + word(96) + word(0) + word(5) + good)
    bare = pack(operation(lab, PING, entity=0, wrapped=True))
    transact(lab, STRANGER, WALLET, EXECUTE_USER_OP + word(64) + word(0) + bare)
    lost = before - lab.chain.balance(WALLET)
    return counts(lab) or (f"{lost} wei as prefund" if lost else "")


@attack("identity", holds="an account of its own", gain="a wallet of another", source="any initializer that runs twice")
def initialize_again(lab: AttackLab) -> str:
    """initialize once more: by a stranger, on the implementation, on the EIP-7702 delegate."""
    from sessionlab.core.deployments import DELEGATE_7702, IMPLEMENTATION

    call = wallet_abi.encode("initialize", STRANGER.address)
    for to in (WALLET, IMPLEMENTATION, DELEGATE_7702):
        transact(lab, STRANGER, to, call)
    taken = [to for to in (IMPLEMENTATION, DELEGATE_7702) if int(ask(lab, "SessionWallet", to, "owner"), 16)]
    claimed = [to for to in taken if ask(lab, "SessionWallet", to, "owner").lower() == STRANGER.address.lower()]
    return owner(lab) or (f"{len(claimed)} contracts of everybody" if claimed else "")
