"""Actions in the attack lab: the owner's transactions, and operations built, signed and bundled by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sessionlab.attacks.attack_lab import (
    BUNDLE_GAS,
    BUNDLER,
    GAS,
    HOSTILE,
    OWNER,
    SESSION,
    STRANGER,
    WALLET,
    AttackLab,
    BundleOutcome,
    next_nonce,
)
from sessionlab.attacks.hashes import operation_hash
from sessionlab.core.base.keys import CURVE_ORDER, Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.contracts.reverts import decode_revert
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.included import BundleReverted, read_bundle
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.core.erc4337.wallet_encoding import Row
from sessionlab.core.permissions import LIMITS, Permission, Root, rows
from sessionlab.core.permissions.functions import EXECUTE_USER_OP

# -- the owner's direct transactions


def install(
    lab: AttackLab,
    permissions: Sequence[Permission] = (),
    *,
    entity: int = 1,
    key: Key = SESSION,
    given: Sequence[Row] | None = None,
    wallet: str = WALLET,
    sender: Key = OWNER,
    **window: int,
) -> BundleOutcome:
    """Install a session as the owner. ``given``: rows to install instead of permissions."""
    wanted = rows(permissions) if given is None else given
    remember(lab, wanted, entity)
    lab.granted.extend(permissions)
    call = account.install_call(entity_id=entity, key=key.address, rows=wanted, **window)
    outcome = transact(lab, sender, wallet, call)
    if outcome.phase != "ok":
        lab.stopped[-1] = ("grant", outcome.reason)
    return outcome


def remember(lab: AttackLab, wanted: Sequence[Row], entity: int) -> None:
    """Record whether a session has root permission or limits on calls, which ``act`` needs to know."""
    lab.root.discard(entity)
    lab.limited.discard(entity)
    if any(row[0] == rows([Root()])[0].kind for row in wanted):
        lab.root.add(entity)
    in_calls = [int(kind) for kind, limit in LIMITS.items() if limit.of_call]
    if any(row[0] in in_calls for row in wanted):
        lab.limited.add(entity)


def revoke(lab: AttackLab, entity: int = 1, *, with_hook_data: bool = True) -> BundleOutcome:
    """Revoke a session as the owner."""
    call = account.uninstall_call(entity, with_hook_data=with_hook_data)
    return transact(lab, OWNER, WALLET, call)


def transact(lab: AttackLab, sender: Key, to: str, data: bytes = b"", value: int = 0, **more: Any) -> BundleOutcome:
    """Send a plain transaction. If it reverts, the phase is ``execution``."""
    receipt = lab.chain.transact(sender.private, to, data, value, **({"gas": BUNDLE_GAS} | more))
    revert = None if receipt.status == 1 else decode_revert(receipt.output)
    return _noted(lab, BundleOutcome("execution" if revert else "ok", revert, receipt, []))


# -- the attacker's contract


def arm(lab: AttackLab, *candidates: Call, answer: bytes = b"", reverts: bool = False) -> None:
    """Set the calls (at most 4) that HOSTILE makes when it is next called, and the data it returns."""
    script = [(move.to, move.value, move.data) for move in candidates]
    transact(lab, STRANGER, HOSTILE, artifact("Hostile").encode("arm", script, answer, reverts))


# -- operations


def operation(
    lab: AttackLab,
    call: bytes | Sequence[Call],
    *,
    entity: int = 1,
    wrapped: bool | None = None,
    is_global: bool | None = None,
    deferred: bool = False,
    nonce_key: int = 0,
    **fields: Any,
) -> UserOperation:
    """Build an unsigned operation with the next nonce. ``entity``: the session's entity id; 0 is the owner."""
    if is_global is None:
        is_global = entity == 0 or entity in lab.root
    if wrapped is None:
        wrapped = entity in lab.limited
    sender = fields.pop("sender", WALLET)
    nonce = fields.pop("nonce", None)
    if nonce is None:
        key = account.nonce_key_of(entity, is_global=is_global, deferred=deferred, nonce_key=nonce_key)
        nonce = next_nonce(lab, key, sender)
    if isinstance(call, bytes):
        data = (EXECUTE_USER_OP if wrapped else b"") + call
    elif len(call) == 1:
        data = account.execute(call[0], wrapped=wrapped)
    else:
        data = account.execute_batch(call, wrapped=wrapped)
    return UserOperation(sender=sender, nonce=nonce, call_data=data, **{**GAS, **fields})


def signed(lab: AttackLab, op: UserOperation, key: Key) -> UserOperation:
    """Return the operation signed with this key."""
    digest = operation_hash(lab, op)
    return op.signed(account.signature_envelope(key.sign_message(digest)))


def send(lab: AttackLab, *operations: UserOperation, beneficiary: str = BUNDLER.address) -> BundleOutcome:
    """Send the operations in one bundle."""
    receipt = lab.chain.transact(BUNDLER.private, ENTRY_POINT, handle_ops(operations, beneficiary), gas=BUNDLE_GAS)
    try:
        included = read_bundle(receipt)
    except BundleReverted as refused:
        return _noted(lab, BundleOutcome("validation", refused.revert, receipt, []))
    failed = next((item for item in included if not item.success), None)
    if failed:
        return _noted(lab, BundleOutcome("execution", failed.revert, receipt, included))
    return _noted(lab, BundleOutcome("ok", None, receipt, included))


def _noted(lab: AttackLab, outcome: BundleOutcome) -> BundleOutcome:
    if outcome.phase != "ok":
        lab.stopped.append((outcome.phase, outcome.reason))
    return outcome


def act(
    lab: AttackLab, call: bytes | Sequence[Call], *, key: Key | None = None, entity: int = 1, **more: Any
) -> BundleOutcome:
    """Send one operation in its own bundle, signed by ``key`` or, by default, the session's or the owner's key."""
    signer = key or (SESSION if entity else OWNER)
    return send(lab, signed(lab, operation(lab, call, entity=entity, **more), signer))


def deferred_operation(
    lab: AttackLab,
    wanted: Sequence[Row],
    call: bytes | Sequence[Call],
    *,
    entity: int = 1,
    key: Key = SESSION,
    deadline: int = 0,
    install_bytes: bytes | None = None,
    owner: Key = OWNER,
    **more: Any,
) -> UserOperation:
    """Build a session's first operation, which carries the owner's signature over the install."""
    remember(lab, wanted, entity)
    op = operation(lab, call, entity=entity, deferred=True, **more)
    if install_bytes is None:
        install_bytes = account.install_call(entity_id=entity, key=key.address, rows=wanted)
    digest = account.deferred_action_hash(
        wallet=op.sender,
        chain_id=lab.chain.chain_id,
        nonce=op.nonce,
        deadline=deadline,
        call=install_bytes,
    )
    envelope = account.deferred_envelope(
        deadline=deadline,
        call=install_bytes,
        owner_signature=owner.sign_hash(digest),
        signature=key.sign_message(operation_hash(lab, op)),
    )
    return replace(op, signature=envelope)


def high_s(signature: bytes) -> bytes:
    """Return the malleable high-s form of a signature, which EIP-2 forbids."""
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
