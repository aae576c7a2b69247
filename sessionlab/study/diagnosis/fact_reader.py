"""Collect the facts about one refused operation, from the state in which it was refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.keys import personal_hash
from sessionlab.core.contracts.reverts import EMPTY
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.gas import has_fresh_deposit, with_limits
from sessionlab.core.erc4337.simulate import Rejection, Simulated, simulate
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.erc4337.wallet_encoding import DEFERRED_NONCE_KEY, entity_of
from sessionlab.core.evm.records import DELEGATION, OUT_OF_FUNDS, OUT_OF_GAS, CallResult, FailedCall
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.wallet_api.failed_operation import FailedOperation, session_of
from sessionlab.core.wallet_api.sessions import read_state, recover
from sessionlab.study.diagnosis.facts import DiagnosisFacts
from sessionlab.study.diagnosis.failures import proven
from sessionlab.study.diagnosis.owners import is_lab_wallet, owner_behind

if TYPE_CHECKING:
    from sessionlab.core.denials.address_book import AddressBook
    from sessionlab.core.wallet_api.api import WalletApi

SIGNATURE_BYTES = 65
SEQUENCE_MASK = 2**64 - 1
#: More wei than there is.
MUCH = 2**120


def facts_of(api: WalletApi, refused: FailedOperation) -> DiagnosisFacts | None:
    """Return the facts; None if the reason needs none, because a contract has named it."""
    rejection, operation = refused.rejection, refused.operation
    if rejection.phase == "execution":
        return _of_execution(api, refused) if refused.failure else None
    code = rejection.code or ""
    if not code.startswith("AA") and rejection.reason != EMPTY:
        return None
    chain, bundler, request = api.chain, api.bundler, refused.request
    session, paymaster = session_of(api, operation), operation.paymaster
    state = read_state(api, session.account, session.entity_id, session.key) if session else None
    by_session = bool(entity_of(operation.nonce))
    owner = owner_behind(api, request, operation)
    ours = is_lab_wallet(api, request, operation)
    whole = refused.failure or _failure_again(api, refused)
    failure, inside = proven(whole, operation.sender if ours else None)
    needed = _limits_needed(api, refused)
    signer = _signer(api, operation)
    return DiagnosisFacts(
        code=code,
        reason=rejection.reason,
        failure=failure,
        inside=inside,
        raw=rejection.revert.innermost.raw,
        names=api.names,
        wallet=operation.sender,
        code_bytes=len(chain.code(operation.sender)),
        is_lab_wallet=ours,
        call_data=operation.call_data,
        brings_factory=operation.factory is not None,
        factory_bytes=len(chain.code(operation.factory)) if operation.factory else 0,
        gas=operation.gas_limit,
        fee=operation.max_fee_per_gas,
        balance=chain.balance(operation.sender),
        deposit=bundler.deposit_of(operation.sender),
        sequence=operation.nonce & SEQUENCE_MASK,
        next_sequence=bundler.next_nonce(operation.sender, operation.nonce >> 64) & SEQUENCE_MASK,
        verification_gas=operation.verification_gas_limit,
        verification_needs=needed.verification_gas_limit or None,
        now=chain.next_timestamp,
        valid_until=session.expiry if session else 0,
        window=_window(_simulated(api, refused, within_limits=False)),
        installs=bool(operation.nonce >> 64 & DEFERRED_NONCE_KEY),
        installed=state is not None and state.installed,
        revoked=session is not None and state is not None and state.ended(session.generation),
        signer=signer,
        by_session=by_session,
        session_of_signer=_session_of(api, operation.sender, signer),
        wanted_signer=(session.key if session else "") if by_session else owner,
        owner=owner,
        paymaster=paymaster,
        paymaster_bytes=len(chain.code(paymaster)) if paymaster else 0,
        paymaster_deposit=bundler.deposit_of(paymaster) if paymaster else 0,
        paymaster_gas=operation.paymaster_verification_gas_limit,
        paymaster_needs=needed.paymaster_verification_gas_limit or None,
    )


def facts_of_execution(
    names: AddressBook,
    operation: UserOperation,
    rejection: Rejection,
    failure: tuple[FailedCall, ...],
    inside: FailedCall | None,
    *,
    call_needs: int | None = None,
    never_ends: bool = False,
) -> DiagnosisFacts:
    """Return the facts about an operation whose calls failed; ``failure`` and ``inside`` are those of ``proven``."""
    return DiagnosisFacts(
        code="",
        reason=rejection.reason,
        failure=failure,
        inside=inside,
        raw=rejection.revert.innermost.raw,
        names=names,
        wallet=operation.sender,
        call_data=operation.call_data,
        gas=operation.gas_limit,
        fee=operation.max_fee_per_gas,
        paymaster=operation.paymaster,
        call_needs=call_needs,
        call_never_ends=never_ends,
    )


def _of_execution(api: WalletApi, refused: FailedOperation) -> DiagnosisFacts:
    operation, needs, never_ends, gas_to_pay = refused.operation, None, False, 0
    wallet = operation.sender if is_lab_wallet(api, refused.request, operation) else None
    failure, inside = proven(refused.failure, wallet)
    began = refused.failure[-1]
    if began.halt == OUT_OF_GAS:
        plenty = _simulated(api, refused, within_limits=False)
        execution = plenty.execution
        if execution is not None and execution.success:
            needs = with_limits(operation, plenty).call_gas_limit
        elif execution is not None and execution.failure:
            never_ends = proven(execution.failure, wallet)[0][-1].halt == OUT_OF_GAS
    elif inside is None and began.halt == OUT_OF_FUNDS:
        gas_to_pay = _gas_to_pay(api, refused)
    elif inside is not None and inside.halt == OUT_OF_FUNDS and _helps_to_fund(api, refused, inside):
        failure, inside = refused.failure, None
    facts = facts_of_execution(
        api.names, operation, refused.rejection, failure, inside, call_needs=needs, never_ends=never_ends
    )
    return replace(facts, gas_to_pay=gas_to_pay)


def _gas_to_pay(api: WalletApi, refused: FailedOperation) -> int:
    """Return what the wallet has to add for gas, if it had the ETH that its calls send; 0 if its gas is set aside.

    An operation is estimated without gas, so what it will cost is known only from calls that pass. One on the chain was
    charged, and its gas is due again, with the same limits or with those of an estimate.
    """
    operation = refused.operation
    if operation.paymaster is not None or (operation.max_cost and refused.block is None):
        return 0
    plenty = _simulated(api, _funded(api, refused, operation.sender, MUCH), within_limits=False)
    gas = operation.gas_limit
    if plenty.execution is not None and plenty.execution.success:
        limited = with_limits(operation, plenty, fresh_deposit=has_fresh_deposit(api.chain, operation))
        gas = max(gas, limited.gas_limit)
    cost = gas * max(operation.max_fee_per_gas, api.chain.base_fee)
    return max(cost - api.bundler.deposit_of(operation.sender), 0)


def _helps_to_fund(api: WalletApi, refused: FailedOperation, unsent: FailedCall) -> bool:
    """Try whether the operation gets further if a contract has the ETH that it could not send."""
    again = _funded(api, refused, unsent.caller, unsent.value - (unsent.balance or 0))
    execution = _simulated(api, again, within_limits=refused.block is not None).execution
    return execution is not None and (execution.success or execution.output != refused.failure[0].output)


def _funded(api: WalletApi, refused: FailedOperation, address: str, more: int) -> FailedOperation:
    """Return the same refused operation in a state in which an account has more wei than it had."""
    overrides = refused.request.overrides
    held = overrides.get(address.lower(), {})
    had = held.get("balance", api.chain.balance(address, "latest" if refused.block is None else refused.block - 1))
    funded = {**overrides, address.lower(): {**held, "balance": had + more}}
    return replace(refused, request=replace(refused.request, overrides=funded))


def what_stays(api: WalletApi, refused: FailedOperation) -> FailedOperation | None:
    """Return the same calls as the owner's operation, if that fails too; None if it passes or cannot be tried."""
    request, sent = refused.request, refused.operation
    if not entity_of(sent.nonce) or not is_lab_wallet(api, request, sent):
        return None
    nonce = api.bundler.next_nonce(sent.sender, account.OWNER_NONCE_KEY)
    data = sent.call_data.removeprefix(EXECUTE_USER_OP)
    again = replace(sent, nonce=nonce, call_data=data, signature=account.DUMMY_SIGNATURE)
    done = _simulated(api, replace(refused, operation=again), within_limits=False)
    if done.rejection is None or done.rejection.reason == refused.rejection.reason:
        return None
    return replace(refused, operation=again, rejection=done.rejection, failure=done.failure, mined=None)


def _simulated(api: WalletApi, refused: FailedOperation, *, within_limits: bool) -> Simulated:
    """Run the operation again on the state in which it was refused."""
    chain, block = api.chain, refused.block
    now = chain.next_timestamp if block is None else chain.block(block).timestamp
    state = chain.overlay(block="latest" if block is None else block - 1, overrides=refused.request.overrides)
    return simulate(chain, refused.operation, check_signatures=False, within_limits=within_limits, state=state, now=now)


def _failure_again(api: WalletApi, refused: FailedOperation) -> tuple[FailedCall, ...]:
    """Return the calls that led to a refusal that a bundle reported with a code only."""
    done = _simulated(api, refused, within_limits=True)
    return done.failure if done.rejection and done.rejection.phase == "validation" else ()


def _limits_needed(api: WalletApi, refused: FailedOperation) -> UserOperation:
    """Return the operation with the limits that an estimate sets; 0 for a step that fails with plenty of gas, too."""
    none: dict[str, Any] = {"verification_gas_limit": 0, "call_gas_limit": 0, "pre_verification_gas": 0}
    operation = replace(refused.operation, **none, paymaster_verification_gas_limit=0)  # as an estimate runs it
    plenty = _simulated(api, replace(refused, operation=operation), within_limits=False)
    limited = with_limits(
        operation,
        plenty,
        delegated=_code(api, refused).startswith(DELEGATION),
        fresh_deposit=has_fresh_deposit(api.chain, operation),
    )
    return replace(
        limited,
        verification_gas_limit=limited.verification_gas_limit if _passed(plenty.validation) else 0,
        paymaster_verification_gas_limit=limited.paymaster_verification_gas_limit if _passed(plenty.paymaster) else 0,
    )


def _window(plenty: Simulated) -> tuple[int, int] | None:
    """Return the first and the last second of the account's validationData (ERC-4337)."""
    if plenty.validation is None or not plenty.validation.success:
        return None
    answer = int.from_bytes(plenty.validation.output[:32], "big")
    return answer >> 208, answer >> 160 & (2**48 - 1)


def _passed(step: CallResult | None) -> bool:
    return step is not None and step.success


def _code(api: WalletApi, refused: FailedOperation) -> bytes:
    return api.chain.overlay(overrides=refused.request.overrides).code(refused.operation.sender)


def _session_of(api: WalletApi, wallet: str, signer: str | None) -> str:
    """Return the id of the wallet's latest session with this key; empty if there is none."""
    ids = [session.id for session in api.records.sessions(wallet) if session.key == signer]
    return ids[-1] if ids else ""


def _signer(api: WalletApi, operation: UserOperation) -> str | None:
    """Return who signed the operation; None if the signature has no possible signer."""
    signature = operation.signature[-SIGNATURE_BYTES:]
    if len(signature) < SIGNATURE_BYTES:
        return None
    return recover(personal_hash(api.bundler.hash_of(operation)), signature)
