"""Collect the facts behind an EntryPoint code from the chain, for one refused operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.core.base.keys import personal_hash
from sessionlab.core.denials.diagnosis import Cause, DiagnosisFacts, cause_of
from sessionlab.core.erc4337.simulate import Rejection, simulate
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.wallet_api.owners import owner_behind
from sessionlab.core.wallet_api.sessions import recover

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi
    from sessionlab.core.wallet_api.prepare_request import PrepareRequest

SIGNATURE_BYTES = 65
SEQUENCE_MASK = 2**64 - 1


def cause(api: WalletApi, rejection: Rejection, request: PrepareRequest, operation: UserOperation) -> Cause | None:
    """Return the tree of causes; None unless the EntryPoint refused with a code."""
    if rejection.code is None or not rejection.code.startswith("AA"):
        return None
    chain, bundler = api.chain, api.bundler
    granted, paymaster = request.granted, operation.paymaster
    nonce_key = operation.nonce >> 64
    owner = owner_behind(api, request, operation)
    facts = DiagnosisFacts(
        code=rejection.code,
        reason=rejection.reason,
        names=api.names,
        wallet=operation.sender,
        code_bytes=len(chain.code(operation.sender)),
        brings_factory=operation.factory is not None,
        factory_bytes=len(chain.code(operation.factory)) if operation.factory else 0,
        gas=operation.gas_limit,
        fee=operation.max_fee_per_gas,
        balance=chain.balance(operation.sender),
        deposit=bundler.deposit_of(operation.sender),
        sequence=operation.nonce & SEQUENCE_MASK,
        next_sequence=bundler.next_nonce(operation.sender, nonce_key) & SEQUENCE_MASK,
        verification_gas=operation.verification_gas_limit,
        verification_needs=_verification_needs(api, request, operation),
        now=chain.next_timestamp,
        valid_until=granted.session.expiry if granted else 0,
        signer=_signer(api, operation),
        wanted_signer=granted.session.key if granted else owner,
        owner=owner,
        paymaster=paymaster,
        paymaster_bytes=len(chain.code(paymaster)) if paymaster else 0,
        paymaster_deposit=bundler.deposit_of(paymaster) if paymaster else 0,
        paymaster_gas=operation.paymaster_verification_gas_limit,
    )
    return cause_of(facts)


def _verification_needs(api: WalletApi, request: PrepareRequest, operation: UserOperation) -> int | None:
    """Return the gas that validation uses when given plenty; None if it still fails."""
    state = api.chain.overlay(overrides=request.overrides)
    done = simulate(api.chain, operation, check_signatures=False, within_limits=False, state=state)
    if done.validation is None or not done.validation.success:
        return None
    return done.validation.gas_used + (done.creation.gas_used if done.creation else 0)


def _signer(api: WalletApi, operation: UserOperation) -> str | None:
    """Return who signed the operation; None if the signature has no possible signer."""
    signature = operation.signature[-SIGNATURE_BYTES:]
    if len(signature) < SIGNATURE_BYTES:
        return None
    return recover(personal_hash(api.bundler.hash_of(operation)), signature)
