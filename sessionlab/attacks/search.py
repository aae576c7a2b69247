"""A bounded, seeded search for the worst theft: mostly random, often repeating moves that worked.

    search(lab, wallet, session, seed=1).eth       # wei that left the wallet
    grab(Thief(lab, wallet, session)).eth          # the same with only the obvious calls, burning no gas

A search that takes more than the audit's bound has found a bug in the audit or in the wallet.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from sessionlab.attacks.candidates import Candidates
from sessionlab.attacks.thief import Taken, Thief
from sessionlab.core.base.amounts import gwei
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT
from sessionlab.core.permissions.limits import LimitKind
from sessionlab.core.permissions.rows import GrantRow, rows
from sessionlab.study.audit import Audit
from sessionlab.study.audit.calls import replace_owner, withdraw_to

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, Session, SmartWalletClient

BUDGET = 20
#: Probability of repeating a move that worked.
GREED = 0.35
Move = Callable[[], bool]


def search(
    lab: Lab,
    wallet: SmartWalletClient,
    session: Session,
    *,
    seed: int = 0,
    budget: int = BUDGET,
    price_ceiling: int = gwei(100),
) -> Taken:
    """Search for the worst theft with the session's key; returns what was taken.

    Tries ``budget`` operations, takes what remains with the obvious calls, waits until the session expires, and pulls
    what was approved.
    """
    random = Random(f"{seed} search")
    thief = Thief(lab, wallet, session)
    candidates = Candidates(thief, random)
    worked: list[Move] = []
    obvious = candidates.obvious()
    random.shuffle(obvious)
    for _ in range(budget):
        again = worked and random.random() < GREED
        move = random.choice(worked) if again else _move(thief, candidates, random, price_ceiling, obvious)
        if move() and not again:
            worked.append(move)
        if thief.is_owner:
            break
    if thief.is_owner:
        _gains(thief)
    else:
        _take_leftovers(thief, candidates)
        _burn(thief, random, price_ceiling)()
    if session.expiry_sec:
        lab.travel(max(session.expiry_sec + 1 - lab.now, 0))
    _pull_all(thief)
    return thief.taken()


def grab(thief: Thief) -> Taken:
    """Take every asset with the obvious calls only, burning no gas."""
    candidates = Candidates(thief, Random(0))
    for call in candidates.obvious():
        thief.call(call)
    _take_leftovers(thief, candidates)
    _pull_all(thief)
    return thief.taken()


def excess(audit: Audit, taken: Taken) -> list[str]:
    """Return where a thief took more than the audit's bound; empty if the audit is right."""
    gas, value, deposit = (audit.loss(name).now for name in ("ETH as gas", "ETH by value", "ETH deposit"))
    # ETH that first moved into the deposit, as a prefund or by a call, counts as a withdrawn deposit.
    pairs = [
        ("gas", taken.gas, gas),
        ("value", taken.value, value),
        ("deposit", taken.deposit, deposit + gas + value if deposit or audit.loss("ETH deposit").ever is None else 0),
        ("ETH", taken.eth, audit.total.now),
        *((token, units, audit.loss(token).now) for token, units in taken.tokens.items()),
    ]
    return [f"{asset}: {took:,} over {bound:,}" for asset, took, bound in pairs if took > bound]


def _move(thief: Thief, candidates: Candidates, random: Random, price_ceiling: int, obvious: list[Call]) -> Move:
    """Return one move to try."""
    fee = random.choice((None, None, None, None, None, 0, 1, gwei(1), price_ceiling))
    wrapped = random.random() < 0.92
    kind = random.random()
    if kind < 0.05:
        return _burn(thief, random, price_ceiling)
    if kind < 0.15:
        data = candidates.own_data()
        inside = random.random() < 0.4
        return lambda: _become(thief, data, inside=inside, wrapped=wrapped)
    if kind < 0.2:
        token = random.choice(thief.tokens)
        return lambda: thief.pull(token)
    if kind < 0.7 and obvious:
        call = obvious.pop()
        return lambda: thief.call(call, fee=None if kind < 0.45 else 0)
    calls = [candidates.call() for _ in range(random.choice((1, 1, 1, 2, 3)))]
    batch = len(calls) > 1 or random.random() < 0.2
    return lambda: thief.call(*calls, batch=batch, wrapped=wrapped, fee=fee)


def _take_leftovers(thief: Thief, candidates: Candidates) -> None:
    for ways in candidates.leftovers():
        any(thief.call(call) for call in ways)


def _pull_all(thief: Thief) -> None:
    for token in thief.tokens:
        thief.pull(token)


def _burn(thief: Thief, random: Random, price_ceiling: int) -> Move:
    """Return a move that does nothing and burns a lot of gas."""
    data = account.execute_batch([], wrapped=True)
    fee = random.choice((1, gwei(1), price_ceiling))
    held = thief.chain.balance(thief.wallet) + thief.lab.bundler.deposit_of(thief.wallet)
    limits = [row.amount for row in _gas_rows(thief)] or [held // fee]
    gas = random.choice((limits[0], limits[0] // fee, limits[0] // 2, held // fee, min(limits[0], held // fee)))
    verification = min(90_000, gas)
    return lambda: thief.operate(data, fee=fee, limits=(verification, 0, max(gas - verification, 0)))


def _gas_rows(thief: Thief) -> list[GrantRow]:
    return [row for row in rows(thief.session.permissions) if row.kind is LimitKind.GAS]


def _become(thief: Thief, data: bytes, *, inside: bool, wrapped: bool) -> bool:
    """Call a function of the wallet and record whether that made the thief the owner."""
    if inside:
        done = thief.call(Call(thief.wallet, 0, data), batch=True, wrapped=wrapped)
    else:
        done = thief.own_function(data, wrapped=wrapped)
    thief.is_owner = thief.is_owner or (done and data == replace_owner(thief.address))
    return done


def _gains(thief: Thief) -> None:
    """As the owner, take everything that remains."""
    token = artifact("Token")
    for address in thief.tokens:
        held = thief.lab.token_balance(address, thief.wallet)
        thief.call(Call(address, 0, token.encode("transfer", thief.address, held)))
    deposit = thief.lab.bundler.deposit_of(thief.wallet)
    take = withdraw_to(ENTRY_POINT, thief.address, deposit)
    thief.call(Call(ENTRY_POINT, 0, take.data))
    thief.call(Call(thief.address, thief.chain.balance(thief.wallet)))
