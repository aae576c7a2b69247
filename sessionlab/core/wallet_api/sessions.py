"""wallet_createSession, and lookup of the session that a request names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.addresses import ZERO_ADDRESS, checksum
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.permissions.grant import check_grant, check_install, read_expiry
from sessionlab.core.permissions.json_codec import permissions_from_json
from sessionlab.core.permissions.rows import rows
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.records import SessionRecord, has_root, session_id

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

MAX_ROWS = 256  # the wallet contract's limit, in installing.vy
SESSION_ID_BYTES = 16
UNUSED = ZERO_ADDRESS, 0  # nobody has it, and nobody had
FIELDS = ("account", "chainId", "key", "permissions", "expirySec")
KEY_TYPES = ("secp256k1", "ecdsa")


@dataclass(frozen=True, slots=True)
class InstallState:
    """A session's state on the chain."""

    installed: bool
    #: Whether the owner revoked it, which starts a new generation of its entity id.
    revoked: bool
    generation: int

    def ended(self, generation: int) -> bool:
        """Whether the owner revoked the session that was signed in this generation."""
        return not self.installed and self.generation > generation


@dataclass(frozen=True, slots=True)
class SignedSession:
    """A session with the owner's signature over it."""

    session: SessionRecord
    signature: bytes
    state: InstallState


def create_session(api: WalletApi, params: Any) -> dict[str, Any]:
    """Create a session for the owner to sign. Nothing happens on the chain until its first operation."""
    request = reading.params_object(params, FIELDS)
    api.check_chain(reading.required(request, "chainId"))
    owner = api.account(reading.address(reading.required(request, "account"), "account"))
    if owner.delegates and not api.chain.code(owner.address):
        fix = "let the owner send an operation first (calls: [] will do): it brings the delegation."
        message = "The account does not run a wallet's code yet, so nothing there could enforce permissions."
        raise InvalidInput(message, field="account", asked=owner.address, fix=fix)
    permissions = permissions_from_json(reading.required(request, "permissions"))
    expiry = request.get("expirySec")
    read_expiry(expiry, "expirySec")
    key = _key(reading.required(request, "key"))
    check_grant(permissions, wallet=owner.address, expiry=expiry, now=api.chain.now, rules=api.rules)
    check_install(permissions, expiry=expiry, wallet=owner.address)
    installed = rows(permissions)
    if len(installed) > MAX_ROWS:
        message = f"These permissions need {len(installed)} rows; a wallet takes {MAX_ROWS} at once."
        facts = {"field": "permissions", "asked": len(installed), "left": MAX_ROWS}
        raise InvalidInput(message, **facts, fix="grant fewer functions, or two sessions.")
    entity_id = api.records.next_entity_id(owner.address)
    while _read(api, owner.address, entity_id) != UNUSED:  # by a session that this API did not make
        entity_id += 1
    call = account.install_call(entity_id=entity_id, key=key, rows=installed, valid_until=expiry or 0, generation=0)
    nonce_key = account.nonce_key_of(entity_id, is_global=has_root(permissions), deferred=True)
    session = SessionRecord(
        id=session_id(owner.address, entity_id, call),
        account=owner.address,
        entity_id=entity_id,
        key=key,
        permissions=tuple(permissions),
        expiry=expiry or 0,
        generation=0,
        nonce=api.bundler.next_nonce(owner.address, nonce_key),
        call=call,
    )
    api.records.add_account(owner)
    api.records.add_session(session)
    return {
        "sessionId": session.id,
        "chainId": hex(api.chain.chain_id),
        "signatureRequest": {
            "type": "eth_signTypedData_v4",
            "rawPayload": "0x" + grant_hash(api, session).hex(),
            "data": account.deferred_action(
                wallet=session.account,
                chain_id=api.chain.chain_id,
                nonce=session.nonce,
                deadline=session.expiry,
                call=call,
            ),
        },
    }


def grant_hash(api: WalletApi, session: SessionRecord) -> bytes:
    """Return the 32-byte hash that the owner signs."""
    return account.deferred_action_hash(
        wallet=session.account,
        chain_id=api.chain.chain_id,
        nonce=session.nonce,
        deadline=session.expiry,
        call=session.call,
    )


def find_granted(api: WalletApi, value: Any, sender: str) -> SignedSession:
    """Return the session that ``capabilities.permissions`` names. Checks its sender and the owner's signature."""
    result, signature = _context(value)
    session = api.records.session(result)
    if session.account != sender:
        message = f"The session {session.id} belongs to {session.account}, not to {sender}."
        facts = {"field": "capabilities.permissions", "asked": sender, "left": session.account}
        raise InvalidInput(message, **facts, fix="send from the wallet that granted the session.")
    state = read_state(api, session.account, session.entity_id, session.key)
    # Once it is installed, the wallet has already checked the signature, and the owner may have changed since.
    if not state.installed and recover(grant_hash(api, session), signature) != api.owner_of(sender):
        message = "The session is not signed by the wallet's owner."
        fix = "let the owner sign the typed data of wallet_createSession, unchanged."
        raise InvalidInput(message, field="capabilities.permissions", fix=fix)
    revoked = state.ended(session.generation)
    return SignedSession(session, signature, InstallState(state.installed, revoked, state.generation))


def read_state(api: WalletApi, wallet: str, entity_id: int, key: str) -> InstallState:
    """Return the wallet contract's state for an entity id; empty while the wallet is not deployed."""
    holder, generation = _read(api, wallet, entity_id)
    return InstallState(holder == key, False, generation)


def _read(api: WalletApi, wallet: str, entity_id: int) -> tuple[str, int]:
    """Return the key that has an entity id on the wallet, and how often the id was revoked."""
    contract = artifact("SessionWallet")
    answer = api.chain.view(wallet, contract.encode("session", entity_id))
    if not answer.success or not answer.output:
        return UNUSED
    result, _marks, _window, generation, _scope = contract.decode("session", answer.output)
    return checksum(bytes.fromhex(result[2:])), generation


def recover(digest: bytes, signature: bytes) -> str | None:
    """Return the signer's address; None if the signature has no possible signer."""
    from eth_hash.auto import keccak

    from sessionlab.core.base.secp256k1 import PublicKey

    if signature[64] not in (27, 28):
        return None
    compact = signature[:64] + bytes([signature[64] - 27])
    try:
        point = PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except Exception:  # the curve's library raises no narrower type if no curve point matches
        return None
    return checksum(keccak(point.format(compressed=False)[1:])[12:])


def _key(value: Any) -> str:
    kind = reading.an_object(value, "key", ("type", "publicKey")).get("type")
    if kind not in KEY_TYPES:
        message = f"Keys of type {reading.shown(kind)} are not supported here."
        raise InvalidInput(message, field="key.type", asked=kind, fix="use secp256k1.")
    key = reading.address(reading.required(value, "publicKey", "key."), "key.publicKey")
    if int(key, 16) == 0:
        message, fix = "The zero address is nobody's key.", "make one with new_key()."
        raise InvalidInput(message, field="key.publicKey", asked=key, fix=fix)
    return key


def _context(value: Any) -> tuple[str, bytes]:
    """Read the session id and the owner's signature, concatenated in a context or given separately."""
    field = "capabilities.permissions"
    reading.an_object(value, field, ("context", "sessionId", "signature"))
    if value.get("context") is None:
        result = reading.required(value, "sessionId", f"{field}.")
        signature = reading.required(value, "signature", f"{field}.")
        return (
            "0x" + reading.sized_data(result, f"{field}.sessionId", SESSION_ID_BYTES).hex(),
            reading.sized_data(signature, f"{field}.signature", reading.SIGNATURE_BYTES),
        )
    raw = reading.data(value["context"], f"{field}.context")
    if len(raw) != 1 + SESSION_ID_BYTES + reading.SIGNATURE_BYTES or raw[0] != 0:
        message = "A context is 0x00, the session's id (16 bytes) and the owner's signature (65 bytes)."
        fix = "build it from the answer of wallet_createSession."
        raise InvalidInput(message, field=f"{field}.context", asked=value["context"], fix=fix)
    return "0x" + raw[1:17].hex(), raw[17:]
