"""Findings about numbers: gas limits and their unit, allowances and their decimals."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.amounts import format_units
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.eth import burnable, value_loss
from sessionlab.insight.audit.findings.table import Finding, finding
from sessionlab.insight.audit.tokens import ways_with
from sessionlab.permissions.kinds import GAS, LIMITS, Meter, unit_of
from sessionlab.permissions.operation import MAX_CALLS, Operation
from sessionlab.permissions.rows import limits_of
from sessionlab.permissions.types import Erc20TokenTransfer, GasLimit, NativeTokenTransfer

#: What an ordinary operation of a session asks for here, all gas limits together: its first one, which installs
#: the session, and each later one. Measured on this project's wallet; with less, not even a transfer passes.
FIRST_OPERATION, LATER_OPERATION = 390_000, 160_000
#: More gas than a thousand full blocks of 30 million: it was meant in wei.
SURELY_WEI = 30_000_000_000
#: An allowance below this many smallest units was meant in whole units.
FEW_UNITS = 1_000


def no_gas_limit(case: Case) -> Iterator[Finding]:
    """Nothing bounds what the wallet pays for gas. Who bundles keeps the fees: that is theft, and not only waste."""
    if case.policy.is_root or burnable(case, case.price_ceiling) is not None:
        return
    held = case.wallet.balance + case.wallet.deposit
    sentence = f"Nothing limits gas: a thief who bundles is paid all the ETH as fees, {case.eth(held)} today."
    yield finding(case, None, "no-gas-limit", "critical" if held else "high", sentence, "Add a gas-limit.")


def used_up(case: Case) -> Iterator[Finding]:
    """A limit on operations as a whole that admits none: it is used up, it is zero, or it is in another unit."""
    for meter in case.policy.operation_meters:
        limit, left = LIMITS[meter.kind], case.left.get(meter, 0)
        asked = limit.of_operation(_ordinary(case), case.rules) if limit.of_operation else None
        if not limit.counts or asked is None or left >= asked:
            continue
        # Of several that set one limit, the last one counts.
        place = max(i for i, permission in enumerate(case.permissions) if meter in limits_of([permission]))
        granted = limits_of(case.permissions)[meter]
        yield _gas_used_up(case, place, granted, asked) if meter == GAS else _none_left(case, place, meter, granted)


def _ordinary(case: Case) -> Operation:
    """The session's next operation, for which the wallet pays."""
    needed = LATER_OPERATION if case.wallet.installed else FIRST_OPERATION
    return case.operation(batch=True, gas=needed, fee=case.wallet.gas_price)


def _none_left(case: Case, place: int, meter: Meter, granted: int) -> Finding:
    left, unit, kind = case.left.get(meter, 0), unit_of(meter, case.rules), LIMITS[meter.kind].permission
    if left < granted:
        sentence = f"Of the {kind} of {granted:,} {unit}, {left:,} are left: the session can do nothing any more."
        return finding(case, place, "limit-used-up", "low", sentence, "Let the owner grant another session.")
    sentence = f"The {kind} of {granted:,} {unit} admits no operation: the session can do nothing."
    remedy = f"Set the {kind} to what the application needs, or leave the session out."
    return finding(case, place, "limit-used-up", "medium", sentence, remedy)


def _gas_used_up(case: Case, place: int, granted: int, asked: int) -> Finding:
    left, unit, price = case.left.get(GAS, 0), unit_of(GAS, case.rules), case.wallet.gas_price
    in_gas = case.rules.gas_limit_counts_gas
    if left < granted:
        sentence = f"Of the gas-limit {left:,} {unit} are left; an ordinary operation asks for {asked:,} or more."
        return finding(case, place, "gas-limit-used-up", "low", sentence, "Let the owner grant another session.")
    sentence = (
        f"The gas-limit of {granted:,} {unit} admits no ordinary operation: the "
        f"{'next' if case.wallet.installed else 'first'} one asks for {asked:,} {unit} or more"
    )
    sentence += "." if in_gas else f" at {format_units(price, 9, 'gwei')}; under these rules the limit is in wei."
    first, later = (each if in_gas else each * price for each in (FIRST_OPERATION, LATER_OPERATION))
    remedy = f"Set at least {first:,} {unit} for the first operation, and {later:,} for each later one."
    return finding(case, place, "gas-limit-too-small", "medium", sentence, remedy)


def gas_limit_in_wei(case: Case) -> Iterator[Finding]:
    """A number of wei where gas is counted is no limit."""
    for place, permission in case.of_type(GasLimit):
        if not case.rules.gas_limit_counts_gas or burnable(case, case.price_ceiling) == 0:
            continue  # it is in wei, or nothing is paid for gas: another limit is used up
        if isinstance(permission, GasLimit) and permission.limit >= SURELY_WEI:
            sentence = f"The gas-limit of {permission.limit:,} gas is more than a thousand blocks hold: it is none."
            remedy = "Under these rules the limit is in gas: write gas, and not wei."
            yield finding(case, place, "gas-limit-in-wei", "high", sentence, remedy)


def gas_price_free(case: Case) -> Iterator[Finding]:
    """Gas is counted, its price is not."""
    gas = burnable(case, case.price_ceiling)
    for place, _ in case.of_type(GasLimit):
        if not case.rules.gas_limit_counts_gas or not gas:
            continue
        ceiling = format_units(case.price_ceiling, 9, "gwei")
        cost = case.eth(gas * case.price_ceiling)
        sentence = f"The gas-limit counts gas and not its price: at {ceiling} it is {cost}, at a higher price more."
        remedy = "Keep little ETH in the wallet, or let a paymaster pay."
        yield finding(case, place, "gas-price-free", "info", sentence, remedy)


def counts_no_amounts(case: Case) -> Iterator[Finding]:
    """A limit that counts something else than assets bounds no loss: one operation may take all there is."""
    for place, permission in enumerate(case.permissions):
        for meter in limits_of([permission]):
            limit = LIMITS[meter.kind]
            if limit.is_asset or not limit.counts or not case.passes():
                continue  # it bounds an amount, or the session makes no calls: it cannot, or it can no longer
            sentence = (
                f"{permission.type} counts {limit.unit}, not amounts: one operation may make up to {MAX_CALLS} calls, "
                "and take all that the other permissions let it take."
            )
            remedy = "Rely on allowances to bound a loss; this limit only bounds how often the key is used."
            yield finding(case, place, "limit-counts-no-amounts", "info", sentence, remedy)


def allowance_over_balance(case: Case) -> Iterator[Finding]:
    """An allowance that is more than all there is limits nothing today, if anything can leave at all."""
    wallet = case.wallet
    for place, permission in case.of_type(NativeTokenTransfer, Erc20TokenTransfer):
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
            yield finding(case, place, "allowance-over-balance", "low", sentence, remedy)


def decimals(case: Case) -> Iterator[Finding]:
    """An allowance that was written with other decimals than its token has."""
    for place, permission in case.of_type(NativeTokenTransfer, Erc20TokenTransfer):
        if isinstance(permission, NativeTokenTransfer):
            limit, places, held, symbol = permission.allowance, 18, case.wallet.balance, "ETH"
        elif isinstance(permission, Erc20TokenTransfer) and (token := _holding(case, permission.address)):
            limit, (held, places, symbol) = permission.allowance, token
        else:
            continue
        if not _is_odd(limit, places, held):
            continue
        shown = format_units(limit, places, symbol)
        sentence = f"The allowance {limit:,} is {shown}: {symbol} has {places} decimals, and they seem mistaken."
        remedy = f'Write it as units("25", {places}), which is 25 {symbol}.'
        yield finding(case, place, "decimals-look-wrong", "medium", sentence, remedy)


def _is_odd(limit: int, places: int, held: int) -> bool:
    """Below a hundred-thousandth of a token; or over a billion of them, and a thousand times what is there."""
    few = max(FEW_UNITS, 10 ** max(places - 5, 0)) if places >= 5 else 0
    many = 10 ** (places + 9)
    return 0 < limit < few or (many <= limit < 2**128 and limit > 1_000 * held)


def _holding(case: Case, token: str) -> tuple[int, int, str] | None:
    """Balance, decimals and symbol."""
    for address, held in case.wallet.tokens.items():
        if address.lower() == token.lower():
            return held.balance, held.decimals, held.symbol
    return None
