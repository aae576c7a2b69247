"""lab_tryOperation: run an operation of a hypothetical session, then discard it. A method of the lab only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.denials.denial import Context, Denial
from sessionlab.core.erc4337.gas import Gas
from sessionlab.core.erc4337.payment import check_payment
from sessionlab.core.erc4337.sponsor import NotSponsored
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.erc4337.wallet_encoding import nonce_key_of
from sessionlab.core.evm.records import OUT_OF_FUNDS, OUT_OF_GAS
from sessionlab.core.permissions.limits import GrantKind, LimitKind, kind_of
from sessionlab.core.permissions.rows import GrantRow
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.core.wallet_api.accounts import factory_data
from sessionlab.core.wallet_api.errors import denial_by_payer
from sessionlab.core.wallet_api.gas_override import GAS_FIELDS, given
from sessionlab.study.diagnosis import deny_with
from sessionlab.study.diagnosis.fact_reader import MUCH, facts_of_execution
from sessionlab.study.diagnosis.facts import DiagnosisFacts
from sessionlab.study.diagnosis.failures import proven
from sessionlab.study.explain.what_if import WhatIf, WhatIfResult, attempt

if TYPE_CHECKING:
    from sessionlab.core.erc4337.user_operation import UserOperation
    from sessionlab.core.wallet_api.api import WalletApi

FIELDS = (
    "from",
    "rows",
    "callData",
    "time",
    "validAfter",
    "validUntil",
    "entityId",
    "installed",
    "byOwner",
    "sponsored",
    "policyId",
    "gas",
)
ROW = ("kind", "target", "selector", "amount")
MAX_TIME = 2**48 - 1
MAX_ENTITY = 2**32 - 1
SEQUENCE_MASK = 2**64 - 1


def try_operation(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return ``{phase, reason, gas, fee, denial}``; gas is the operation's worst case, null while unknown.

    Takes ``{from, rows, callData, time, validAfter?, validUntil?, entityId?, installed?, byOwner?, sponsored?,
    policyId?, gas?}``; ``entityId`` is that of the existing session, whose nonce key determines the cost of its next
    nonce; ``gas`` has the fields of ``gasParamsOverride``.
    """
    request = reading.params_object(params, FIELDS)
    wallet = api.account(reading.address(reading.required(request, "from"), "from")).address
    named = given(reading.optional_object(request, "gas", GAS_FIELDS), "gas")
    what_if = WhatIf(
        wallet=wallet,
        rows=_rows(reading.required(request, "rows")),
        call_data=reading.data(reading.required(request, "callData"), "callData"),
        now=_time(request, "time", api.chain.next_timestamp),
        valid_after=_time(request, "validAfter", 0),
        valid_until=_time(request, "validUntil", 0),
        installed=_flag(request, "installed", True),
        nonce_key_used=_nonce_key_used(api, wallet, request),
        by_owner=_flag(request, "byOwner", False),
        fee=named.get("maxFeePerGas", api.chain.base_fee),
        tip=named.get("maxPriorityFeePerGas", 0),
        gas=Gas(named.get("callGasLimit"), named.get("verificationGasLimit"), named.get("preVerificationGas")),
        factory_data=b"" if api.chain.code(wallet) else factory_data(api.account(wallet)),
    )
    pay = api.sponsor.placeholder if _flag(request, "sponsored", False) else None
    policy_id = request.get("policyId")
    tried = attempt(api.chain, what_if, pay)
    return _answer(api, what_if, tried, None if tried.rejection else _unpaid(api, tried.operation, policy_id))


def _unpaid(api: WalletApi, operation: UserOperation, policy_id: Any) -> Denial | None:
    """Return why nobody pays for an operation that would pass: its bundler, or its gas policy."""
    try:
        check_payment(operation, api.chain.base_fee)
        if policy_id is not None:
            api.sponsor.judge(operation, policy_id, api.chain.next_timestamp)
    except (NotSponsored, InvalidInput) as error:
        return denial_by_payer(error)
    return None


def _answer(api: WalletApi, what_if: WhatIf, tried: WhatIfResult, unpaid: Denial | None) -> dict[str, Any]:
    operation = tried.operation
    denial = _denial(api, what_if, tried) if tried.rejection else unpaid
    paid = operation.verification_gas_limit + operation.call_gas_limit + operation.pre_verification_gas
    return {
        "phase": denial.phase if denial else "ok",
        "reason": tried.rejection.reason if tried.rejection else denial and denial.code,
        "gas": hex(paid) if tried.gas_known else None,
        "fee": hex(operation.max_fee_per_gas),
        "denial": denial.to_json() if denial else None,
    }


def _denial(api: WalletApi, what_if: WhatIf, tried: WhatIfResult) -> Denial:
    """Return the rejection in words, with what its own run showed: the chain does not have this session."""
    rejection, operation = tried.rejection, tried.operation
    assert rejection is not None
    facts = None
    if rejection.phase == "execution" and tried.failure:
        # Its gas was plenty, or estimated with plenty.
        failure, inside = proven(tried.failure, what_if.wallet)
        never_ends = failure[-1].halt == OUT_OF_GAS
        facts = facts_of_execution(api.names, operation, rejection, failure, inside, never_ends=never_ends)
        if inside is None and failure[-1].halt == OUT_OF_FUNDS and not tried.gas_known:
            facts = replace(facts, gas_to_pay=_gas_to_pay(api, what_if, operation))
    elif rejection.phase == "validation" and what_if.gas.verification is not None:
        facts = _of_validation(api, what_if, tried)
    context = Context(
        wallet=what_if.wallet,
        calls=api.calls_of(operation),
        call_data=operation.call_data,
        names=api.names,
        rules=api.rules,
        is_owner=what_if.by_owner,
        now=what_if.now,
        expiry=what_if.valid_until or None,
    )
    return deny_with(rejection.revert, rejection.phase, context, facts)


def _of_validation(api: WalletApi, what_if: WhatIf, tried: WhatIfResult) -> DiagnosisFacts:
    """Return the facts of a validation within a named limit: whether it passes with the limit of an estimate."""
    operation, rejection, wallet = tried.operation, tried.rejection, what_if.wallet
    assert rejection is not None
    estimated = attempt(
        api.chain, replace(what_if, gas=Gas()), api.sponsor.placeholder if operation.paymaster else None
    )
    return DiagnosisFacts(
        code=rejection.code or "",
        reason=rejection.reason,
        failure=tried.failure,
        raw=rejection.revert.innermost.raw,
        names=api.names,
        wallet=wallet,
        call_data=operation.call_data,
        gas=operation.gas_limit,
        fee=operation.max_fee_per_gas,
        balance=api.chain.balance(wallet),
        deposit=api.bundler.deposit_of(wallet),
        verification_gas=operation.verification_gas_limit,
        verification_needs=estimated.operation.verification_gas_limit if estimated.gas_known else None,
    )


def _gas_to_pay(api: WalletApi, what_if: WhatIf, operation: UserOperation) -> int:
    """Return what the wallet must add for gas, if it had the ETH that its calls send; 0 if a sponsor pays."""
    rich = attempt(api.chain, replace(what_if, balance=MUCH))
    if operation.paymaster is not None or not rich.gas_known:
        return 0
    return max(rich.operation.max_cost - api.bundler.deposit_of(what_if.wallet), 0)


def _nonce_key_used(api: WalletApi, wallet: str, request: Mapping[str, Any]) -> bool:
    if request.get("entityId") is None:
        return False
    entity = reading.quantity(request["entityId"], "entityId", MAX_ENTITY)
    keys = (nonce_key_of(entity, is_global=is_global) for is_global in (False, True))
    return any(api.bundler.next_nonce(wallet, key) & SEQUENCE_MASK for key in keys)


def _rows(value: Any) -> list[GrantRow]:
    if not isinstance(value, list):
        raise InvalidInput("rows must be a list.", field="rows", asked=value, fix="put the rows into [ ].")
    return [_row(reading.an_object(row, f"rows[{i}]", ROW), f"rows[{i}]") for i, row in enumerate(value)]


def _row(row: Mapping[str, Any], where: str) -> GrantRow:
    kind = row.get("kind")
    kinds = {int(known): known.name for known in (*LimitKind, *GrantKind)}
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in kinds:
        known = ", ".join(f"{number} {name}" for number, name in sorted(kinds.items()))
        raise InvalidInput(
            f"{reading.shown(kind)} is not a kind.", field=f"{where}.kind", asked=kind, fix=f"use {known}."
        )
    return GrantRow(
        kind_of(kind),
        reading.address(reading.required(row, "target", f"{where}."), f"{where}.target").lower(),
        reading.sized_data(reading.required(row, "selector", f"{where}."), f"{where}.selector", 4),
        reading.quantity(reading.required(row, "amount", f"{where}."), f"{where}.amount"),
    )


def _time(request: Mapping[str, Any], name: str, otherwise: int) -> int:
    return otherwise if request.get(name) is None else reading.quantity(request[name], name, MAX_TIME)


def _flag(request: Mapping[str, Any], name: str, otherwise: bool) -> bool:
    value = request.get(name, otherwise)
    if not isinstance(value, bool):
        raise InvalidInput(f"{reading.shown(value)} is not a flag.", field=name, asked=value, fix="use true or false.")
    return value
