"""How ETH leaves a wallet: as the value of calls, as gas, out of the EntryPoint, and out of contracts that keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sessionlab.core.base.abi_words import address_word, word
from sessionlab.core.base.addresses import address_bytes
from sessionlab.core.permissions.functions import EXECUTE_USER_OP, TRANSFER, VALIDATE_USER_OP
from sessionlab.core.permissions.operation import Operation, PlainCall, plain_call, read_operation
from sessionlab.study.audit import theft_steps
from sessionlab.study.audit.calls import (
    DEPOSIT_TO,
    PAY_THE_CALLER,
    PAYS_BACK,
    UNLOCK_STAKE,
    UNNAMED,
    WITHDRAW_STAKE,
    arguments_of_zeros,
    code,
    withdraw_to,
)
from sessionlab.study.audit.loss import (
    Loss,
    eth_loss,
    is_everything,
    kept_elsewhere,
    owner_steps,
    pays_out,
    taken_as_owner,
)
from sessionlab.study.audit.subject import AuditSubject
from sessionlab.study.audit.theft_steps import TheftStep

VALUE, GAS = "ETH by value", "ETH as gas"
DEPOSIT, STAKE = "deposit in the EntryPoint", "stake in the EntryPoint"
#: No operation of a session with a gas-limit gets by with less gas than this: it recovers a signer (3,000 gas, the
#: price of ecrecover) and takes the gas from the limit (2,900 gas, SSTORE of a warm slot by EIP-2929). A lower bound:
#: a wallet needs several times as much.
LEAST_GAS = 3_000 + 2_900
#: Gas of an operation that a thief burns; all but what validation needs is charged whatever it does.
AMPLE = (2_000_000, 1_000_000, 500_000, 200_000)


def value_calls(case: AuditSubject) -> Iterator[PlainCall]:
    """Yield the calls by which a thief would send ETH: to the thief first, then to addresses the session names."""
    yield plain_call(case.thief)
    for function in sorted(case.anywhere):
        yield plain_call(case.thief, 0, arguments_of_zeros(function))
    yield plain_call(case.wallet.entry_point, 0, code(DEPOSIT_TO) + address_word(case.thief))
    for target, what in case.targets.items():
        for function in (b"", *sorted(what.functions | case.anywhere), UNNAMED):
            yield plain_call(target, 0, arguments_of_zeros(function) if function else b"")
            if function and case.has_conditions:
                yield plain_call(target, 0, function)
        for named in case.named_by_conditions:
            for function in sorted({TRANSFER, UNNAMED} | what.functions | case.anywhere):
                yield plain_call(target, 0, function + address_word(named) + bytes(128))


def takes_value(case: AuditSubject, call: PlainCall) -> bool:
    """Whether a call may accept the ETH sent with it; unknown calls are assumed to."""
    target = call.target
    known = {(address.lower(), function) for address, function in case.wallet.refuses_value}
    return not known & {(target, None), (target, call.data[:4])}


def value_call(case: AuditSubject) -> PlainCall | None:
    """Return the call that can carry the most ETH, the first of several; None if no call can carry any."""
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


def _carrying(case: AuditSubject, call: PlainCall) -> Callable[[int], Operation]:
    return lambda wei: case.operation(call._replace(value=wei))


def withdraws(case: AuditSubject) -> bool:
    """Whether the session can withdraw any of the wallet's deposit from the EntryPoint."""
    wallet = case.wallet
    return case.largest(lambda wei: case.operation(withdraw_to(wallet.entry_point, case.thief, wei))) > 0


def value_loss(case: AuditSubject) -> Loss:
    """Return the ETH that calls can send; an upper bound if only unknown code may take it."""
    wallet = case.wallet
    held = wallet.balance + kept_elsewhere(case)
    call = value_call(case)
    ever = 0 if call is None else case.most(_carrying(case, call))
    if owner_steps(case) is not None and ever is not None:
        all_of_it = (*taken_out(case, held), theft_steps.send(case, plain_call(case.thief, held))) if held else ()
        return eth_loss(case, VALUE, held, None, taken_as_owner(case, all_of_it), held)
    now = held if ever is None else min(ever, held)
    sequence: tuple[TheftStep, ...] = ()
    if call and now:
        each = min(now, case.largest(_carrying(case, call)))
        sequence = theft_steps.repeated((theft_steps.send(case, call._replace(value=each)),), each < now, case.eth(now))
        sequence = (*taken_out(case, now - wallet.balance), *sequence)
    return eth_loss(case, VALUE, now, ever, sequence, held)


def gas_operations(case: AuditSubject) -> Iterator[Operation]:
    """Yield operations of the audited session that do nothing, so that their only cost is gas."""
    yield case.operation(batch=True, gas=1, fee=1)
    for function in sorted(case.policy.account_functions):
        yield read_operation(EXECUTE_USER_OP + arguments_of_zeros(function), gas=1, fee=1)


def _worst_idle(case: AuditSubject, at: Callable[[Operation, int], Operation]) -> tuple[Operation, int | None]:
    """Return the idle operation of the audited session that adds up to most as ``at(operation, amount)``, and how much.

    None: no limit. The wallet pays for an operation even if it fails in execution.
    """
    each = [
        (idle, case.most(partial(at, idle), paid=True) if _runs(case, idle) else 0) for idle in gas_operations(case)
    ]
    unlimited = (pair for pair in each if pair[1] is None)
    return next(unlimited, max(each, key=lambda pair: pair[1] or 0))


def _runs(case: AuditSubject, idle: Operation) -> bool:
    """Whether enough gas is left for one operation, at the lowest price."""
    return case.largest(lambda gas: idle._replace(gas=gas, fee=1), paid=True) >= LEAST_GAS


def burnable(case: AuditSubject, fee: int) -> int | None:
    """Return the most gas that the audited session's operations can charge the wallet at this price; None: no limit."""
    return _worst_idle(case.alone, lambda idle, gas: idle._replace(gas=gas, fee=fee))[1]


def most_in_fees(case: AuditSubject) -> int | None:
    """Return the most wei that operations of all sessions can charge the wallet, at any price; None: no limit.

    The thief bundles and names the price, so a limit in gas bounds nothing as long as one gas is left.
    """
    parts = [_fees(session)[1] for session in case.sessions]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _fees(case: AuditSubject) -> tuple[Operation, int | None]:
    return _worst_idle(case, lambda idle, fee: idle._replace(gas=1, fee=fee))


def fees_at(case: AuditSubject, price: int) -> int | None:
    """Return what the audited session's operations can charge the wallet at this price, in wei; None: no limit."""
    gas = burnable(case, price)
    return None if gas is None else gas * price


def gas_loss(case: AuditSubject) -> Loss:
    """Return what the wallet can be made to pay for gas, at any price."""
    wallet = case.wallet
    held = wallet.balance + wallet.deposit + kept_elsewhere(case)
    ever = most_in_fees(case)
    if owner_steps(case) is not None and ever is not None:
        missing = held - wallet.balance - wallet.deposit
        all_of_it = (*taken_out(case, missing), theft_steps.burn(case, held, *_priced(held))) if held else ()
        return eth_loss(case, GAS, held, None, taken_as_owner(case, all_of_it), held)
    now = held if ever is None else min(ever, held)
    first = taken_out(case, now - wallet.balance - wallet.deposit)
    return eth_loss(case, GAS, now, ever, (*first, *_burning(case, now)), held)


def _burning(case: AuditSubject, wei: int) -> Iterator[TheftStep]:
    """Yield the operations that cost so many wei: one at a free price, or one for each limit in wei."""
    for session in case.sessions:
        idle, most = _fees(session)
        if wei and most is None:
            free = _worst_idle(session, lambda idle, gas: idle._replace(gas=gas, fee=1))[1]
            gas = next((ample for ample in AMPLE if free is None or ample <= free), free or 0)
            yield theft_steps.burn(case, wei, gas, wei // gas, idle.own_data)
            return
    for session in case.sessions:
        idle, most = _fees(session)
        each = min(most or 0, wei)
        wei -= each
        if each:
            yield theft_steps.burn(case, each, *_priced(each), idle.own_data)


def _priced(wei: int) -> tuple[int, int]:
    """Return an amount of gas that one operation may well have, and a price, that come to so many wei."""
    gas = next((ample for ample in AMPLE if wei % ample == 0), min(AMPLE[0], wei))
    return gas, wei // gas


def deposit_loss(case: AuditSubject) -> Loss:
    """Return what can be withdrawn from the EntryPoint."""
    wallet, owner = case.wallet, owner_steps(case)
    held, reached = wallet.deposit, withdraws(case)
    if not reached and owner is None:
        return eth_loss(case, DEPOSIT, 0, 0, (), held)
    if case.own_function(arguments_of_zeros(VALIDATE_USER_OP)):
        held += wallet.balance  # paid into the deposit as a prefund
    call = withdraw_to(wallet.entry_point, case.thief, wallet.deposit)
    words = f"withdraw the deposit of {case.eth(wallet.deposit)} to the thief"
    take = (theft_steps.step(case, call, words),) if wallet.deposit else ()
    return eth_loss(case, DEPOSIT, held, None, take if reached else taken_as_owner(case, take), held)


def stake_loss(case: AuditSubject) -> Loss:
    """Return what can be withdrawn of the stake, once its delay is over."""
    wallet, owner = case.wallet, owner_steps(case)
    call = plain_call(wallet.entry_point, 0, code(WITHDRAW_STAKE) + address_word(case.thief))
    unlock = plain_call(wallet.entry_point, 0, code(UNLOCK_STAKE))
    reached = case.passes(call)
    if not reached and owner is None:
        return eth_loss(case, STAKE, 0, 0, (), wallet.stake)
    free = wallet.stake_is_unlocked or owner is not None or case.passes(unlock)
    now = wallet.stake if free else 0
    words = f"withdraw the stake of {case.eth(wallet.stake)} to the thief, after its delay"
    steps = (theft_steps.step(case, call, words),) if now else ()
    if now and not wallet.stake_is_unlocked:
        steps = (theft_steps.step(case, unlock, "unlock the stake in the EntryPoint"), *steps)
    return eth_loss(case, STAKE, now, None, steps if reached else taken_as_owner(case, steps), wallet.stake)


def taken_out(case: AuditSubject, wei: int) -> tuple[TheftStep, ...]:
    """Return the steps that bring at least so many wei back to the wallet, out of contracts that keep them."""
    steps: list[TheftStep] = []
    for address, kept in case.wallet.elsewhere.items():
        if wei <= 0 or not pays_out(case, address):
            continue
        function = _pays_back(case, address, kept)
        call = plain_call(address, 0, function + word(kept))
        how = "" if function != UNNAMED else ", by any of its functions"
        steps.append(theft_steps.step(case, call, f"withdraw {case.eth(kept)} from {case.called(address)}{how}"))
        wei -= kept
    return tuple(steps)


def _pays_back(case: AuditSubject, address: str, wei: int) -> bytes:
    """Return the function by which a contract pays the wallet back; if none is known, one that no permission names."""
    known = (*map(code, PAYS_BACK),)
    passing = (f for f in known if is_everything(case) or case.passes(plain_call(address, 0, f + word(wei))))
    return next(passing, UNNAMED)


def vault_losses(case: AuditSubject) -> Iterator[Loss]:
    """Yield what each contract that keeps ETH for the wallet may pay to somebody else.

    What a known function pays back to the wallet leaves it as value or as gas, and is counted there.
    """
    for address, wei in case.wallet.elsewhere.items():
        out = pays_out(case, address, PAY_THE_CALLER)
        label = case.wallet.names.labels.get(address_bytes(address))
        name = f"ETH in {'the ' + label if label else case.called(address)}"
        call = plain_call(address, 0, UNNAMED)
        words = f"have {case.called(address)} pay {case.eth(wei)} out, by any of its functions"
        step = (theft_steps.step(case, call, words),) if out and wei else ()
        yield eth_loss(case, name, wei if out else 0, None if out else 0, step, wei)
