"""Findings about numbers: gas limits and their unit, allowances and their decimals."""

from __future__ import annotations

from collections.abc import Iterator

from sessionlab.core.base.amounts import format_units
from sessionlab.core.permissions.kinds import GAS, LIMITS
from sessionlab.core.permissions.operation import MAX_CALLS
from sessionlab.core.permissions.rows import limits_of
from sessionlab.core.permissions.types import Erc20TokenTransfer, GasLimit, NativeTokenTransfer
from sessionlab.study.audit.case import AuditSubject
from sessionlab.study.audit.eth import burnable
from sessionlab.study.audit.findings.table import Finding, finding

#: What an ordinary operation of a session asks for here, all gas limits together: its first one, which installs
#: the session, and each later one. Measured on this project's wallet; with less, not even a transfer passes.
FIRST_OPERATION, LATER_OPERATION = 390_000, 160_000
#: More gas than a thousand full blocks of 30 million: it was meant in wei.
SURELY_WEI = 30_000_000_000
#: An allowance below this many smallest units was meant in whole units.
FEW_UNITS = 1_000


def no_gas_limit(case: AuditSubject) -> Iterator[Finding]:
    """Nothing bounds what the wallet pays for gas. Who bundles keeps the fees: that is theft, and not only waste."""
    if case.policy.is_root or burnable(case, case.price_ceiling) is not None:
        return
    held = case.wallet.balance + case.wallet.deposit
    sentence = f"Nothing limits gas: a thief who bundles is paid all the ETH as fees, {case.eth(held)} today."
    yield finding(case, None, "no-gas-limit", "critical" if held else "high", sentence, "Add a gas-limit.")


def gas_limit_too_small(case: AuditSubject) -> Iterator[Finding]:
    """The limit admits no operation at all: most often a limit in gas where wei count."""
    needed = LATER_OPERATION if case.wallet.installed else FIRST_OPERATION
    in_gas, price = case.rules.gas_limit_counts_gas, case.wallet.gas_price
    asked, unit = (needed, "gas") if in_gas else (needed * price, "wei")
    for place, permission in case.of_type(GasLimit):
        left = case.left.get(GAS, 0)
        if left >= asked or not isinstance(permission, GasLimit):
            continue
        if left < permission.limit:
            sentence = f"Of the gas-limit {left:,} {unit} are left; an ordinary operation asks for {asked:,} or more."
            yield finding(case, place, "gas-limit-used-up", "low", sentence, "Let the owner grant another session.")
            continue
        sentence = (
            f"The gas-limit of {permission.limit:,} {unit} admits no ordinary operation: the "
            f"{'next' if case.wallet.installed else 'first'} one asks for {asked:,} {unit} or more"
        )
        sentence += "." if in_gas else f" at {format_units(price, 9, 'gwei')}; under these rules the limit is in wei."
        first, later = (each if in_gas else each * price for each in (FIRST_OPERATION, LATER_OPERATION))
        remedy = f"Set at least {first:,} {unit} for the first operation, and {later:,} for each later one."
        yield finding(case, place, "gas-limit-too-small", "medium", sentence, remedy)


def gas_limit_in_wei(case: AuditSubject) -> Iterator[Finding]:
    """A number of wei where gas is counted is no limit."""
    for place, permission in case.of_type(GasLimit):
        if case.rules.gas_limit_counts_gas and isinstance(permission, GasLimit) and permission.limit >= SURELY_WEI:
            sentence = f"The gas-limit of {permission.limit:,} gas is more than a thousand blocks hold: it is none."
            remedy = "Under these rules the limit is in gas: write gas, and not wei."
            yield finding(case, place, "gas-limit-in-wei", "high", sentence, remedy)


def gas_price_free(case: AuditSubject) -> Iterator[Finding]:
    """Gas is counted, its price is not."""
    for place, permission in case.of_type(GasLimit):
        if not case.rules.gas_limit_counts_gas or not isinstance(permission, GasLimit) or not case.left.get(GAS):
            continue
        ceiling = format_units(case.price_ceiling, 9, "gwei")
        cost = case.eth(case.left[GAS] * case.price_ceiling)
        sentence = f"The gas-limit counts gas and not its price: at {ceiling} it is {cost}, at a higher price more."
        remedy = "Keep little ETH in the wallet, or let a paymaster pay."
        yield finding(case, place, "gas-price-free", "info", sentence, remedy)


def counts_no_amounts(case: AuditSubject) -> Iterator[Finding]:
    """A limit that counts something else than assets bounds no loss: one operation may take all there is."""
    for place, permission in enumerate(case.permissions):
        for meter in limits_of([permission]):
            limit = LIMITS[meter.kind]
            if limit.is_asset or not limit.counts or not case.left.get(meter):
                continue
            sentence = (
                f"{permission.type} counts {limit.unit}, not amounts: one operation may make up to {MAX_CALLS} calls, "
                "and take all that the other permissions let it take."
            )
            remedy = "Rely on allowances to bound a loss; this limit only bounds how often the key is used."
            yield finding(case, place, "limit-counts-no-amounts", "info", sentence, remedy)


def allowance_over_balance(case: AuditSubject) -> Iterator[Finding]:
    """An allowance that is more than all there is limits nothing today."""
    wallet = case.wallet
    for place, permission in case.of_type(NativeTokenTransfer, Erc20TokenTransfer):
        if isinstance(permission, NativeTokenTransfer):
            held, limit, shown = wallet.balance, permission.allowance, case.eth(permission.allowance)
            holds = case.eth(held)
        elif isinstance(permission, Erc20TokenTransfer) and (token := _holding(case, permission.address)):
            held, limit = token[0], permission.allowance
            shown = case.token_amount(permission.address, limit)
            holds = case.token_amount(permission.address, held)
        else:
            continue
        if limit > held:
            sentence = f"The allowance of {shown} is over what the wallet holds, {holds}: today it limits nothing."
            remedy = "Grant what the application needs, and grant again when it is used up."
            yield finding(case, place, "allowance-over-balance", "low", sentence, remedy)


def decimals(case: AuditSubject) -> Iterator[Finding]:
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


def _holding(case: AuditSubject, token: str) -> tuple[int, int, str] | None:
    """Balance, decimals and symbol."""
    for address, held in case.wallet.tokens.items():
        if address.lower() == token.lower():
            return held.balance, held.decimals, held.symbol
    return None
