"""Attacks on signatures: malleability, another signing domain, and an install that differs from what was signed."""

from __future__ import annotations

from collections.abc import Callable

from eth_hash.auto import keccak

from sessionlab.attacks.attack import attack
from sessionlab.attacks.attack_lab import COUNTER, INCREMENT, OWNER, SESSION, WALLET, AttackLab
from sessionlab.attacks.gains import counts, owner, root
from sessionlab.attacks.hashes import operation_hash
from sessionlab.attacks.operations import act, deferred_operation, install, operation, revoke, send
from sessionlab.core.base.abi_words import word
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import ContractAccess, Root, rows
from sessionlab.node import erc1271

KEY = "the session key"
ACCESS = ContractAccess(address=COUNTER)
PING = [Call(COUNTER, data=INCREMENT)]
wallet_abi = artifact("SessionWallet")
DIGEST = b"\x42" * 32


def valid(lab: AttackLab, envelope: bytes) -> bool:
    """Return whether the wallet accepts this as its signature of DIGEST (ERC-1271)."""
    answer = lab.chain.call(WALLET, wallet_abi.encode("isValidSignature", DIGEST, envelope))
    return answer.success and answer.output[:4] == account.VALID_SIGNATURE


@attack(
    "signatures", holds="a signed message", gain="a second signature of it", source="EIP-2; ERC-1271 replay by form"
)
def second_form_of_a_message(lab: AttackLab) -> str:
    """The owner's signature with a byte more, another head, another entity: services remember signatures used up."""
    safe = erc1271.replay_safe_hash(wallet=WALLET, chain_id=lab.chain.chain_id, digest=DIGEST)
    raw = OWNER.sign_hash(safe)
    good = erc1271.message_envelope(raw, 0)
    bent = {
        "a byte more": good + b"\0",
        "another first byte": b"\1" + good[1:],
        "another locator": good[:6] + b"\1" + good[7:],
        "another entity": erc1271.message_envelope(raw, 1),
    }
    taken = [name for name, envelope in bent.items() if valid(lab, envelope)]
    return f"a signature with {' and '.join(taken)}" if taken else ""


def _signed_in(domain: bytes) -> bytes:
    inner = keccak(erc1271.REPLAY_SAFE_TYPE + DIGEST)
    return erc1271.message_envelope(OWNER.sign_hash(keccak(b"\x19\x01" + keccak(domain) + inner)), 0)


@attack(
    "signatures", holds="a message of another wallet or chain", gain="the same here", source="EIP-712; Sequence M-01"
)
def weaker_domain(lab: AttackLab) -> str:
    """A message signed in a domain that leaves out the wallet, or the chain, would count for all of them."""
    kind = account.DOMAIN_TYPE
    chain, wallet = word(lab.chain.chain_id), bytes(12) + address_bytes(WALLET)
    left_out = {"wallet": kind + chain, "chain": kind + wallet}
    taken = [name for name, domain in left_out.items() if valid(lab, _signed_in(domain))]
    return f"a message for every {' and '.join(taken)}" if taken else ""


@attack(
    "signatures",
    holds="an owner who signs what looks like a session",
    gain="the wallet",
    source="ERC-6900 deferred actions",
)
def deferred_something_else(lab: AttackLab) -> str:
    """The owner's signature over a 'session' is over another function of the wallet: it names another owner."""
    install(lab, [ACCESS])
    call = wallet_abi.encode("updateFallbackSignerData", "0x" + "00" * 19 + "01", False)
    send(lab, deferred_operation(lab, rows([ACCESS]), PING, install_bytes=call))
    return owner(lab)


@attack("signatures", holds="a grant that was used", gain="a session after its end", source="SmartSession, 3.1.2")
def deferred_replay(lab: AttackLab) -> str:
    """The owner's signed install once more: after its use, revocation and deadline, and with other nonce keys."""
    first = deferred_operation(lab, rows([ACCESS]), PING, deadline=lab.chain.now + 60)
    granted = first.signature[: -len(account.DUMMY_SIGNATURE)]

    def again() -> None:
        send(lab, first)
        for entity, nonce_key in ((1, 0), (1, 7), (2, 0)):
            op = operation(lab, PING, entity=entity, nonce_key=nonce_key, deferred=True)
            mine = account.signature_envelope(SESSION.sign_message(operation_hash(lab, op)))
            send(lab, op.signed(granted + mine))

    send(lab, first)
    again()
    revoke(lab)
    again()
    lab.chain.travel(61)
    again()
    return counts(lab, more_than=1)


@attack("signatures", holds=KEY, gain="a session under another id", source="SmartSession audit, 3.1.2")
def deferred_other_session(lab: AttackLab) -> str:
    """A live session's operation brings the install of another session."""
    install(lab, [ACCESS])
    call = account.install_call(entity_id=9, key=SESSION.address, rows=rows([Root()]))
    send(lab, deferred_operation(lab, rows([ACCESS]), PING, install_bytes=call))
    return root(lab)


@attack("signatures", holds="a grant whose session is over", gain="an operation", source="Cantina 3.1.1, high")
def deferred_after_the_end(lab: AttackLab) -> str:
    """The deadline of the install is later than the end of the session that it installs."""
    now = lab.chain.now
    call = account.install_call(entity_id=1, key=SESSION.address, rows=rows([ACCESS]), valid_until=now - 1)
    send(lab, deferred_operation(lab, (), PING, install_bytes=call, deadline=now + 9))
    return counts(lab)


@attack("signatures", holds="a signed grant", gain="a second form of it", source="EIP-2; any envelope read loosely")
def bent_envelope(lab: AttackLab) -> str:
    """The envelope around the owner's signature: its type, its length, its locator."""
    flip: dict[str, Callable[[int], int]] = {
        "type": lambda size: size - 133,
        "length": lambda size: size - 134,
        "locator": lambda size: 4,
    }
    for index in flip.values():
        op = deferred_operation(lab, rows([ACCESS]), PING)
        bent = bytearray(op.signature)
        bent[index(len(bent))] ^= 1
        send(lab, op.signed(bytes(bent)))
    return counts(lab)


@attack(
    "signatures",
    holds="the key of a session that has only an end",
    gain="an operation after it",
    source="the rule itself",
)
def after_the_end(lab: AttackLab) -> str:
    """A session with an end and no beginning, one second after it."""
    install(lab, [ACCESS], valid_until=lab.chain.now + 8)
    lab.chain.travel(9)
    act(lab, PING)
    return counts(lab)


@attack(
    "signatures",
    holds="the key of a session that has only a beginning",
    gain="an operation before it",
    source="the rule itself",
)
def before_the_beginning(lab: AttackLab) -> str:
    """A session with a beginning and no end, one second before it."""
    install(lab, [ACCESS], valid_after=lab.chain.now + 8)
    lab.chain.travel(7)
    act(lab, PING)
    return counts(lab)


@attack("signatures", holds="a revoked root key", gain="the wallet", source="the rule itself")
def revoked_root(lab: AttackLab) -> str:
    """Root has no lists that revocation could clear: the key itself must be gone."""
    from sessionlab.attacks.operations import revoke

    install(lab, [Root()])
    revoke(lab)
    act(lab, PING)
    return counts(lab)
