"""Findings about numbers: gas limits and their unit, allowances and their decimals."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.core.base.amounts import format_units
from sessionlab.core.permissions.limits import GAS, LIMITS, Meter, unit_of
from sessionlab.core.permissions.operation import MAX_CALLS, Operation
from sessionlab.core.permissions.rows import limits_of
from sessionlab.core.permissions.types import Erc20TokenTransfer, GasLimit, NativeTokenTransfer
from sessionlab.study.audit.eth import burnable, gas_loss, value_loss
from sessionlab.study.audit.findings.table import Finding, finding
from sessionlab.study.audit.loss import Loss
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.tokens import ways_with

#: The gas that an ordinary operation of a session requests, all gas limits together: the first operation, which
#: installs the session, and each later one. Measured on this project's wallet; with less, even a transfer fails.
FIRST_OPERATION, LATER_OPERATION = 390_000, 160_000
#: A gas limit above this, more than a thousand full blocks of 30 million gas, was meant in wei.
SURELY_WEI = 30_000_000_000
#: An allowance of fewer base units than this was meant in whole tokens.
FEW_UNITS = 1_000


#: What bounds the gas that a thief takes, where the thief names the price.
BOUNDS = (
    "Only two things bound this: how much ETH the wallet holds (none, if a sponsor pays) and, under the deployed "
    "rules, a gas-limit, which is in wei."
)


def no_gas_limit(case: AuditSubject) -> Iterator[Finding]:
    """Nothing limits what the wallet pays for gas. A thief who bundles keeps the fees: theft, not just waste."""
    if case.policy.is_root or burnable(case, case.price_ceiling) is not None:
        return
    gas = gas_loss(case)
    sentence = f"Nothing limits gas, and a thief who bundles keeps the fees. {_at_risk(gas)}"
    remedy = BOUNDS
    if not case.rules.gas_limit_counts_gas:
        remedy = "Add a gas-limit; under these rules it is in wei."
    yield finding(case, None, "no-gas-limit", gas.severity, sentence, remedy)


def _at_risk(gas: Loss) -> str:
    return f"They can amount to {gas.shown[0]}." if gas.now else "ETH that arrives can be taken."


def used_up(case: AuditSubject) -> Iterator[Finding]:
    """A limit on whole operations that allows none: it is used up, is zero, or is in another unit."""
    for meter in case.policy.operation_meters:
        limit, left = LIMITS[meter.kind], case.left.get(meter, 0)
        asked = limit.of_operation(_ordinary(case), case.rules) if limit.of_operation else None
        if not limit.counts or asked is None or left >= asked:
            continue
        # If several permissions set the same limit, the last one counts.
        index = max(i for i, permission in enumerate(case.permissions) if meter in limits_of([permission]))
        granted = limits_of(case.permissions)[meter]
        yield _gas_used_up(case, index, granted, asked) if meter == GAS else _none_left(case, index, meter, granted)


def _ordinary(case: AuditSubject) -> Operation:
    """Return the session's next operation, paid for by the wallet."""
    needed = LATER_OPERATION if case.wallet.installed else FIRST_OPERATION
    return case.operation(batch=True, gas=needed, fee=case.wallet.gas_price)


def _none_left(case: AuditSubject, index: int, meter: Meter, granted: int) -> Finding:
    left, unit, kind = case.left.get(meter, 0), unit_of(meter, case.rules), LIMITS[meter.kind].permission
    if left < granted:
        sentence = f"Of the {kind} of {granted:,} {unit}, {left:,} are left: the session can no longer do anything."
        return finding(case, index, "limit-used-up", "low", sentence, "Let the owner grant another session.")
    sentence = f"The {kind} of {granted:,} {unit} admits no operation: the session can do nothing."
    remedy = f"Set the {kind} to what the application needs, or leave the session out."
    return finding(case, index, "limit-used-up", "medium", sentence, remedy)


def _gas_used_up(case: AuditSubject, index: int, granted: int, asked: int) -> Finding:
    left, unit, price = case.left.get(GAS, 0), unit_of(GAS, case.rules), case.wallet.gas_price
    in_gas = case.rules.gas_limit_counts_gas
    if left < granted:
        sentence = f"Of the gas-limit {left:,} {unit} is left; an ordinary operation asks for {asked:,} or more."
        return finding(case, index, "gas-limit-used-up", "low", sentence, "Let the owner grant another session.")
    sentence = (
        f"The gas-limit of {granted:,} {unit} admits no ordinary operation: the "
        f"{'next' if case.wallet.installed else 'first'} one asks for {asked:,} {unit} or more"
    )
    sentence += "." if in_gas else f" at {format_units(price, 9, 'gwei')}; under these rules the limit is in wei."
    first, later = (each if in_gas else each * price for each in (FIRST_OPERATION, LATER_OPERATION))
    remedy = f"Set at least {first:,} {unit} for the first operation, and {later:,} for each later one."
    return finding(case, index, "gas-limit-too-small", "medium", sentence, remedy)


def gas_limit_in_wei(case: AuditSubject) -> Iterator[Finding]:
    """An amount in wei where gas is counted limits nothing."""
    for index, permission in case.of_type(GasLimit):
        if not case.rules.gas_limit_counts_gas or burnable(case, case.price_ceiling) == 0:
            continue  # it is in wei, or gas costs nothing because another limit is used up
        if isinstance(permission, GasLimit) and permission.limit >= SURELY_WEI:
            sentence = (
                f"The gas-limit of {permission.limit:,} gas is more than a thousand blocks hold: it limits nothing."
            )
            remedy = "Under these rules the limit is in gas: write gas, not wei."
            gas = gas_loss(case)
            yield finding(case, index, "gas-limit-in-wei", gas.severity, sentence, remedy)


def gas_price_free(case: AuditSubject) -> Iterator[Finding]:
    """Gas is counted, but its price is not limited: the wallet's ETH is the only bound."""
    if not case.rules.gas_limit_counts_gas or not burnable(case, 1):
        return
    gas = gas_loss(case)
    for index, _ in case.of_type(GasLimit):
        sentence = (
            "The gas-limit counts gas and not its price, and a thief who bundles chooses the price and keeps the fees. "
            f"{_at_risk(gas)}"
        )
        yield finding(case, index, "gas-price-free", gas.severity, sentence, BOUNDS)


def counts_no_amounts(case: AuditSubject) -> Iterator[Finding]:
    """A limit that does not count assets bounds no loss: one operation may take everything."""
    for index, permission in enumerate(case.permissions):
        for meter in limits_of([permission]):
            limit = LIMITS[meter.kind]
            if limit.is_asset or not limit.counts or not case.passes():
                continue  # it bounds an amount, or the session cannot make calls (any more)
            sentence = (
                f"{permission.type} counts {limit.unit}, not amounts: one operation may make up to {MAX_CALLS} calls, "
                "and take all that the other permissions let it take."
            )
            remedy = "Rely on allowances to bound a loss; this limit only bounds how often the key is used."
            yield finding(case, index, "limit-counts-no-amounts", "info", sentence, remedy)


def allowance_over_balance(case: AuditSubject) -> Iterator[Finding]:
    """An allowance above the wallet's balance limits nothing today, if the asset can leave at all."""
    wallet = case.wallet
    for index, permission in case.of_type(NativeTokenTransfer, Erc20TokenTransfer):
        if isinstance(permission, NativeTokenTransfer):
            held, limit, shown = wallet.balance, permission.allowance, case.eth(permission.allowance)
            holds, leaves = case.eth(held), value_loss(case).ever != 0
        elif isinstance(permission, Erc20TokenTransfer) and (token := _holding(case, permission.address)):
            held, limit = token[0], permission.allowance
            shown = case.token_amount(permission.address, limit)
            holds = case.token_amount(permission.address, held)
            leaves = any(ways_with(case, permission.address))
        else:
            continue
        if limit > held and leaves:
            sentence = f"The allowance of {shown} is over what the wallet holds, {holds}: today it limits nothing."
            remedy = "Grant what the application needs, and grant again when it is used up."
            yield finding(case, index, "allowance-over-balance", "low", sentence, remedy)


def decimals(case: AuditSubject) -> Iterator[Finding]:
    """An allowance that seems to be written with the wrong number of decimals."""
    for index, permission in case.of_type(NativeTokenTransfer, Erc20TokenTransfer):
        if isinstance(permission, NativeTokenTransfer):
            limit, places, held, symbol = permission.allowance, 18, case.wallet.balance, "ETH"
        elif isinstance(permission, Erc20TokenTransfer) and (token := _holding(case, permission.address)):
            limit, (held, places, symbol) = permission.allowance, token
        else:
            continue
        if not _is_odd(limit, places, held):
            continue
        shown = format_units(limit, places, symbol)
        sentence = f"The allowance {limit:,} is {shown}: {symbol} has {places} decimals, so this looks like a mistake."
        remedy = f'Write it as units("25", {places}), which is 25 {symbol}.'
        yield finding(case, index, "decimals-look-wrong", "medium", sentence, remedy)


def _is_odd(limit: int, places: int, held: int) -> bool:
    """Whether it is below 0.00001 tokens, or above a billion tokens and a thousand times the balance."""
    few = max(FEW_UNITS, 10 ** max(places - 5, 0)) if places >= 5 else 0
    many = 10 ** (places + 9)
    return 0 < limit < few or (many <= limit < 2**128 and limit > 1_000 * held)


def _holding(case: AuditSubject, token: str) -> tuple[int, int, str] | None:
    """Return the balance, decimals and symbol."""
    for address, held in case.wallet.tokens.items():
        if address.lower() == token.lower():
            return held.balance, held.decimals, held.symbol
    return None
