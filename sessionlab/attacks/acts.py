"""What is done on the stage: the owner's transactions, and operations made, signed and bundled by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sessionlab import account
from sessionlab.account import RawCall, Row
from sessionlab.attacks.hashes import operation_hash
from sessionlab.attacks.scene import (
    BUNDLE_GAS,
    BUNDLER,
    GAS,
    HOSTILE,
    OWNER,
    SESSION,
    STRANGER,
    WALLET,
    Outcome,
    Scene,
    next_nonce,
)
from sessionlab.contracts.artifacts import artifact
from sessionlab.contracts.reverts import decode_revert
from sessionlab.erc4337.included import BundleReverted, read_bundle
from sessionlab.erc4337.user_operation import ENTRY_POINT, UserOperation, handle_ops
from sessionlab.keys import CURVE_ORDER, Key
from sessionlab.permissions import LIMITS, Permission, Root, rows

# -- the owner's direct transactions


def install(
    scene: Scene,
    permissions: Sequence[Permission] = (),
    *,
    entity: int = 1,
    key: Key = SESSION,
    given: Sequence[Row] | None = None,
    wallet: str = WALLET,
    sender: Key = OWNER,
    **window: int,
) -> Outcome:
    """The owner installs a session; ``given``: rows in place of permissions."""
    wanted = rows(permissions) if given is None else given
    remember(scene, wanted, entity)
    scene.granted.extend(permissions)
    call = account.install_call(entity_id=entity, key=key.address, rows=wanted, **window)
    outcome = transact(scene, sender, wallet, call)
    if outcome.phase != "ok":
        scene.stopped[-1] = ("grant", outcome.reason)
    return outcome


def remember(scene: Scene, wanted: Sequence[Row], entity: int) -> None:
    """What ``act`` must know of a session."""
    scene.root.discard(entity)
    scene.limited.discard(entity)
    if any(row[0] == rows([Root()])[0].kind for row in wanted):
        scene.root.add(entity)
    in_calls = [int(kind) for kind, limit in LIMITS.items() if limit.of_call]
    if any(row[0] in in_calls for row in wanted):
        scene.limited.add(entity)


def revoke(scene: Scene, entity: int = 1, *, with_hook_data: bool = True) -> Outcome:
    """The owner ends a session."""
    call = account.uninstall_call(entity, with_hook_data=with_hook_data)
    return transact(scene, OWNER, WALLET, call)


def transact(scene: Scene, sender: Key, to: str, data: bytes = b"", value: int = 0, **more: Any) -> Outcome:
    """A plain transaction; it fails in ``execution`` if it fails."""
    receipt = scene.chain.transact(sender.private, to, data, value, **({"gas": BUNDLE_GAS} | more))
    revert = None if receipt.status == 1 else decode_revert(receipt.output)
    return _noted(scene, Outcome("execution" if revert else "ok", revert, receipt, []))


# -- the attacker's contract


def arm(scene: Scene, *moves: RawCall, answer: bytes = b"", reverts: bool = False) -> None:
    """Tell HOSTILE what it calls when it is called next (up to 4 calls), and what it answers."""
    script = [(move.to, move.value, move.data) for move in moves]
    transact(scene, STRANGER, HOSTILE, artifact("Hostile").encode("arm", script, answer, reverts))


# -- operations


def operation(
    scene: Scene,
    call: bytes | Sequence[RawCall],
    *,
    entity: int = 1,
    wrapped: bool | None = None,
    is_global: bool | None = None,
    deferred: bool = False,
    lane: int = 0,
    **fields: Any,
) -> UserOperation:
    """An operation of a session (``entity``; 0: the owner), not yet signed, on its next nonce."""
    if is_global is None:
        is_global = entity == 0 or entity in scene.root
    if wrapped is None:
        wrapped = entity in scene.limited
    sender = fields.pop("sender", WALLET)
    nonce = fields.pop("nonce", None)
    if nonce is None:
        key = account.nonce_key(entity, is_global=is_global, deferred=deferred, lane=lane)
        nonce = next_nonce(scene, key, sender)
    if isinstance(call, bytes):
        data = (account.EXECUTE_USER_OP if wrapped else b"") + call
    elif len(call) == 1:
        data = account.execute(call[0], wrapped=wrapped)
    else:
        data = account.execute_batch(call, wrapped=wrapped)
    return UserOperation(sender=sender, nonce=nonce, call_data=data, **{**GAS, **fields})


def signed(scene: Scene, op: UserOperation, key: Key) -> UserOperation:
    """The operation with this key's signature."""
    digest = operation_hash(scene, op)
    return op.signed(account.signature_envelope(key.sign_message(digest)))


def send(scene: Scene, *operations: UserOperation, beneficiary: str = BUNDLER.address) -> Outcome:
    """One bundle."""
    receipt = scene.chain.transact(BUNDLER.private, ENTRY_POINT, handle_ops(operations, beneficiary), gas=BUNDLE_GAS)
    try:
        included = read_bundle(receipt)
    except BundleReverted as refused:
        return _noted(scene, Outcome("validation", refused.revert, receipt, []))
    failed = next((one for one in included if not one.success), None)
    if failed:
        return _noted(scene, Outcome("execution", failed.revert, receipt, included))
    return _noted(scene, Outcome("ok", None, receipt, included))


def _noted(scene: Scene, outcome: Outcome) -> Outcome:
    if outcome.phase != "ok":
        scene.stopped.append((outcome.phase, outcome.reason))
    return outcome


def act(
    scene: Scene, call: bytes | Sequence[RawCall], *, key: Key | None = None, entity: int = 1, **more: Any
) -> Outcome:
    """One operation in a bundle of its own, signed by the session's key, the owner's, or ``key``."""
    signer = key or (SESSION if entity else OWNER)
    return send(scene, signed(scene, operation(scene, call, entity=entity, **more), signer))


def deferred_operation(
    scene: Scene,
    wanted: Sequence[Row],
    call: bytes | Sequence[RawCall],
    *,
    entity: int = 1,
    key: Key = SESSION,
    deadline: int = 0,
    install_bytes: bytes | None = None,
    owner: Key = OWNER,
    **more: Any,
) -> UserOperation:
    """The first operation of a session: it brings the owner's signature over the install."""
    remember(scene, wanted, entity)
    op = operation(scene, call, entity=entity, deferred=True, **more)
    if install_bytes is None:
        install_bytes = account.install_call(entity_id=entity, key=key.address, rows=wanted)
    digest = account.deferred_action_hash(
        wallet=op.sender,
        chain_id=scene.chain.chain_id,
        nonce=op.nonce,
        deadline=deadline,
        call=install_bytes,
    )
    envelope = account.deferred_envelope(
        deadline=deadline,
        call=install_bytes,
        owner_signature=owner.sign_hash(digest),
        signature=key.sign_message(operation_hash(scene, op)),
    )
    return replace(op, signature=envelope)


def high_s(signature: bytes) -> bytes:
    """The other signature of the same key over the same hash, which EIP-2 forbids."""
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
