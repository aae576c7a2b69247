"""ETH has three ways out of a wallet: the value of calls, gas, and the deposit in the EntryPoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sessionlab.insight.audit import steps
from sessionlab.insight.audit.calls import (
    DEPOSIT_TO,
    UNNAMED,
    VALIDATE_USER_OP,
    arguments_of_zeros,
    code,
    withdraw_to,
)
from sessionlab.insight.audit.case import Case
from sessionlab.insight.audit.loss import Loss, eth_loss, kept_elsewhere, new_owner
from sessionlab.insight.audit.steps import Step
from sessionlab.permissions.kinds import TRANSFER
from sessionlab.permissions.operation import EXECUTE_USER_OP, Operation, PlainCall, plain_call, read_operation
from sessionlab.words import address_word

VALUE, GAS, DEPOSIT = "ETH by value", "ETH as gas", "ETH deposit"


def value_calls(case: Case) -> Iterator[PlainCall]:
    """The calls by which a thief would send ETH: to itself first, then to whatever the session names."""
    yield plain_call(case.thief)
    for function in sorted(case.policy.anywhere):
        yield plain_call(case.thief, 0, arguments_of_zeros(function))
    yield plain_call(case.wallet.entry_point, 0, code(DEPOSIT_TO) + address_word(case.thief))
    for target, what in case.policy.targets.items():
        for function in (b"", *sorted(what.functions | case.policy.anywhere), UNNAMED):
            yield plain_call(target, 0, arguments_of_zeros(function) if function else b"")
            if function and case.has_conditions:
                yield plain_call(target, 0, function)
        for named in case.named_by_conditions:
            for function in sorted({TRANSFER, UNNAMED} | what.functions | case.policy.anywhere):
                yield plain_call(target, 0, function + address_word(named) + bytes(128))


def takes_value(case: Case, call: PlainCall) -> bool:
    """Whether a call is not known to refuse the ETH that comes with it."""
    target = call.target
    known = {(address.lower(), function) for address, function in case.wallet.refuses_value}
    return not known & {(target, None), (target, call.data[:4])}


def value_call(case: Case) -> PlainCall | None:
    """The call by which the most ETH may leave, the first of several; None if none may carry any."""
    best: tuple[int, PlainCall] | None = None
    for call in value_calls(case):
        if not takes_value(case, call):
            continue
        most = case.most(_carrying(case, call))
        if most is None:
            return call
        if most > (best[0] if best else 0):
            best = most, call
    return best[1] if best else None


def _carrying(case: Case, call: PlainCall) -> Callable[[int], Operation]:
    return lambda wei: case.operation(call._replace(value=wei))


def withdraws(case: Case) -> bool:
    """Whether the session can take the wallet's deposit, or a part of it, out of the EntryPoint."""
    wallet = case.wallet
    return case.largest(lambda wei: case.operation(withdraw_to(wallet.entry_point, case.thief, wei))) > 0


def value_loss(case: Case) -> Loss:
    """What calls can send."""
    wallet = case.wallet
    held = wallet.balance + kept_elsewhere(case)
    owner, call = new_owner(case), value_call(case)
    ever = 0 if call is None else case.most(_carrying(case, call))
    if owner and (ever is not None and ever < held):
        all_of_it = steps.send(case, plain_call(case.thief, held))
        return eth_loss(case, VALUE, held, None, (owner, *steps.as_owner((all_of_it,))))
    now = held if ever is None else min(ever, held)
    sequence: tuple[Step, ...] = ()
    if call and now:
        each = min(now, case.largest(_carrying(case, call)))
        sequence = steps.repeated((steps.send(case, call._replace(value=each)),), each < now, case.eth(now))
    return eth_loss(case, VALUE, now, None if owner else ever, sequence)


def gas_operations(case: Case) -> Iterator[Operation]:
    """Operations that do nothing: what is left of them is their gas."""
    yield case.operation(batch=True, gas=1, fee=1)
    for function in sorted(case.policy.account_functions):
        data = EXECUTE_USER_OP + arguments_of_zeros(function)
        yield read_operation(data, gas=1, fee=1, is_global=case.policy.is_root)


def burnable(case: Case, fee: int) -> int | None:
    """The most gas, at this price, that operations of the session can charge the wallet; None: no limit."""
    most: int | None = 0
    for idle in gas_operations(case):
        # An operation that fails in execution is paid for all the same.
        found = case.most(partial(_at_price, idle, fee), paid=True)
        if found is None:
            return None
        most = max(most or 0, found)
    return most


def _at_price(idle: Operation, fee: int, gas: int) -> Operation:
    return idle._replace(gas=gas, fee=fee)


def gas_loss(case: Case) -> Loss:
    """What the wallet can be made to pay for gas, at up to the price ceiling."""
    wallet = case.wallet
    held = wallet.balance + wallet.deposit + kept_elsewhere(case)
    prices = (1, case.price_ceiling)
    gas = {fee: burnable(case, fee) for fee in prices}
    if None in gas.values():
        ever: int | None = None
        fee = 1
    else:
        fee = max(prices, key=lambda price: (gas[price] or 0) * price)
        ever = (gas[fee] or 0) * fee
    owner = new_owner(case)
    if owner and ever is not None and ever < held:
        all_of_it = steps.burn(case, held, held, 1)
        return eth_loss(case, GAS, held, None, (owner, *steps.as_owner((all_of_it,))))
    now = held if ever is None else min(ever, held)
    sequence = (steps.burn(case, now, now // fee, fee),) if now else ()
    return eth_loss(case, GAS, now, None if owner else ever, sequence)


def deposit_loss(case: Case) -> Loss:
    """What can be withdrawn from the EntryPoint."""
    wallet, owner = case.wallet, new_owner(case)
    reached = withdraws(case)
    if not reached and owner is None:
        return eth_loss(case, DEPOSIT, 0, 0, ())
    held = wallet.deposit
    if case.own_function(arguments_of_zeros(VALIDATE_USER_OP)):
        held += wallet.balance  # it pays the balance in
    call = withdraw_to(wallet.entry_point, case.thief, wallet.deposit)
    amount = case.eth(wallet.deposit)
    take = (steps.step(case, call, f"withdraw the deposit of {amount} to the thief"),) if wallet.deposit else ()
    return eth_loss(
        case, DEPOSIT, held, None, take if reached or owner is None or not take else (owner, *steps.as_owner(take))
    )
