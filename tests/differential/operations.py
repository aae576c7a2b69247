"""Signed operations: of lab wallets with the lab's own estimates, and of contracts that a test writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sessionlab.core import deployments
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.bundler import Bundler
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.sponsor import Sponsor, sponsorship_hash
from sessionlab.core.erc4337.user_operation import UserOperation, handle_ops, operation_hash
from sessionlab.core.evm.chain import Chain
from sessionlab.core.permissions import LIMITS as LIMITS_BY_KIND
from sessionlab.core.permissions import Permission, rows
from tests.differential.cast import (
    BENEFICIARY,
    BUNDLER,
    GWEI,
    INCREMENT,
    OPEN_PAYMASTER,
    SPONSOR,
    SPONSOR_PAYMASTER,
    counter,
    grant_of,
    new_wallet,
    owner,
    session_key,
    wallet,
)
from tests.differential.observed import next_nonce
from tests.differential.twins import BUNDLE_GAS, NOW, Transaction, Twins, parties

CHAIN_ID = 1337
FEES = {"max_fee_per_gas": GWEI, "max_priority_fee_per_gas": 0}
UNSET = {"call_gas_limit": 0, "verification_gas_limit": 0, "pre_verification_gas": 0}
#: Enough for the small contracts of these tests.
LIMITS = {"call_gas_limit": 200_000, "verification_gas_limit": 200_000, "pre_verification_gas": 50_000}
PAYMASTER_LIMITS = {"paymaster_verification_gas_limit": 100_000, "paymaster_post_op_gas_limit": 100_000}
#: How a lab wallet's operation is authorized and what it does.
KINDS = ("session", "owner", "deferred install", "deployment")


def of_wallet(
    twins: Twins,
    kind: str,
    number: int,
    *,
    sponsor: str = "",
    parallel: int = 0,
    later: int = 0,
    calls: Sequence[Call] = (),
) -> UserOperation:
    """A signed operation of a lab wallet, with the limits that the lab estimates for it.

    ``sponsor``: empty, open or signed. ``later``: how many of its nonce key come before it in the bundle.
    """
    bare = _bare(twins.right.chain, kind, number, parallel, tuple(calls))
    if sponsor == "open":
        bare = replace(bare, paymaster=OPEN_PAYMASTER)
    elif sponsor == "signed":
        bare = Sponsor(SPONSOR_PAYMASTER, SPONSOR, CHAIN_ID).placeholder(bare)
    operation = _estimated(twins.right.chain, bare)
    operation = replace(operation, nonce=operation.nonce + later)
    if sponsor == "signed":
        operation = _sponsored(operation)
    return _signed(operation, kind, number)


def _bare(chain: Chain, kind: str, number: int, parallel: int, calls: tuple[Call, ...]) -> UserOperation:
    _, permissions, call = grant_of(number)
    made = calls or (call if kind in ("session", "deferred install") else Call(counter(number), data=INCREMENT),)
    entity = {"session": 1, "deferred install": 2}.get(kind, 0)
    key = account.nonce_key_of(entity, is_global=entity == 0, deferred=kind == "deferred install", nonce_key=parallel)
    sender = new_wallet(number) if kind == "deployment" else wallet(number)
    deploys = kind == "deployment"
    bare = UserOperation(
        sender=sender,
        nonce=next_nonce(chain, sender, key),
        call_data=account.call_data(made, wallet=sender, wrapped=entity != 0 and _spends(permissions)),
        factory=deployments.FACTORY if deploys else None,
        factory_data=artifact("WalletFactory").encode("createSemiModularAccount", owner(number).address, 0)
        if deploys
        else b"",
        **UNSET,
        **FEES,
    )
    return bare.signed(_envelope(kind, number, bare, account.DUMMY_ECDSA))


#: The lab's estimates so far.
_estimates: dict[tuple[object, ...], UserOperation] = {}


def _spends(permissions: Sequence[Permission]) -> bool:
    return any(row.kind in LIMITS_BY_KIND and LIMITS_BY_KIND[row.kind].of_call for row in rows(permissions))


def _estimated(chain: Chain, bare: UserOperation) -> UserOperation:
    """Cached: the lab's estimate follows from the operation and from the chain's first moment."""
    known = (id(chain), bare)
    if known not in _estimates:
        _estimates[known] = Bundler(chain, BUNDLER).estimate(bare)
    return _estimates[known]


def _sponsored(operation: UserOperation) -> UserOperation:
    window = (NOW + 3_600).to_bytes(6, "big") + (NOW - 1).to_bytes(6, "big")
    operation = replace(operation, paymaster_data=window)
    return replace(operation, paymaster_data=window + SPONSOR.sign_message(sponsorship_hash(operation, CHAIN_ID)))


def _signed(operation: UserOperation, kind: str, number: int) -> UserOperation:
    key: Key = session_key(number) if kind in ("session", "deferred install") else owner(number)
    signature = key.sign_message(operation_hash(operation, CHAIN_ID))
    return operation.signed(_envelope(kind, number, operation, signature))


def _envelope(kind: str, number: int, operation: UserOperation, signature: bytes) -> bytes:
    if kind != "deferred install":
        return account.signature_envelope(signature)
    install = _install(number)
    digest = account.deferred_action_hash(
        wallet=operation.sender, chain_id=CHAIN_ID, nonce=operation.nonce, deadline=0, call=install
    )
    owned = owner(number).sign_hash(digest)
    return account.deferred_envelope(deadline=0, call=install, owner_signature=owned, signature=signature)


def _install(number: int) -> bytes:
    _, permissions, _ = grant_of(number)
    return account.install_call(entity_id=2, key=session_key(number).address, rows=rows(permissions))


def of_contract(sender: str, *, call: bytes = b"\x01", nonce: int = 0, **fields: object) -> UserOperation:
    """An operation of a contract that a test wrote. Nobody signs it."""
    limits = LIMITS | (PAYMASTER_LIMITS if "paymaster" in fields else {})
    return UserOperation(sender=sender, nonce=nonce, call_data=call, **{**limits, **FEES, **fields})  # type: ignore[arg-type]


def bundle(
    operations: Sequence[UserOperation],
    *,
    beneficiary: str = BENEFICIARY,
    appended: bytes = b"",
    gas: int = BUNDLE_GAS,
    value: int = 0,
    to: str | None = None,
    data: bytes | None = None,
    others: Sequence[str] = (),
) -> Transaction:
    """The transaction that includes them. ``data`` replaces the encoding, ``to`` the contract that is called."""
    payers = [operation.paymaster for operation in operations if operation.paymaster]
    made = Transaction(
        BUNDLER,
        (handle_ops(operations, beneficiary) if data is None else data) + appended,
        gas=gas,
        value=value,
        parties=parties([operation.sender for operation in operations], payers, beneficiary, others),
        keys=frozenset((operation.sender, operation.nonce >> 64) for operation in operations),
        operations=tuple(operations),
    )
    return made if to is None else replace(made, to=to)


def resigned(operation: UserOperation, kind: str, number: int) -> UserOperation:
    """The operation of a lab wallet, signed again after a change. ``number``: whose it is."""
    if operation.paymaster == SPONSOR_PAYMASTER:
        operation = _sponsored(operation)
    return _signed(operation, kind, number)
