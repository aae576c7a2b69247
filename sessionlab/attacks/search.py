"""A bounded, seeded search for the worst theft: mostly random, often repeating moves that worked.

    search(lab, wallet, session, seed=1).eth       # wei that left the wallet
    grab(Thief(lab, wallet, session)).eth          # the same with only the obvious calls, burning no gas

The search knows the contracts and nothing of the audit. One that takes more than the audit's bound has found a bug in
the audit or in the wallet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING, Protocol

from sessionlab.attacks.candidates import Candidates
from sessionlab.attacks.holdings import Known, Taken, pays_back
from sessionlab.attacks.thief import Thief
from sessionlab.core.base.amounts import gwei
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import ENTRY_POINT

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab, Session, SmartWalletClient

BUDGET = 20
#: Probability of repeating a move that worked.
GREED = 0.35
#: Calls that the key's own account and its other wallets try.
HANDY = 4
#: Gas of an operation that burns, so large that little of it is needed for validation.
BURNT = (150_000, 200_000, 1_000_000, 2_500_000)
#: Seconds after which a stake can be withdrawn.
STAKE_DELAY = 10
Move = Callable[[], bool]


class Bound(Protocol):
    """The most of one asset that can be taken, in ``unit``: wei or the address of a token or collection."""

    @property
    def asset(self) -> str:
        """Its name."""

    @property
    def unit(self) -> str:
        """What is counted."""

    @property
    def now(self) -> int:
        """The bound."""


class Bounds(Protocol):
    """What is said of each asset before anything is stolen, and of all ETH together."""

    @property
    def losses(self) -> Sequence[Bound]:
        """Each asset, ETH by each way."""

    @property
    def total(self) -> Bound:
        """All ETH."""


def search(
    lab: Lab,
    wallet: SmartWalletClient,
    session: Session,
    *,
    seed: int = 0,
    budget: int = BUDGET,
    friends: Sequence[str] = (),
    hostile: str | None = None,
    known: Known | None = None,
    elsewhere: Sequence[tuple[SmartWalletClient, Session]] = (),
) -> Taken:
    """Search for the worst theft with the session's key; returns what was taken.

    Tries ``budget`` operations, takes what remains with the obvious calls, burns gas at the price that takes all, pulls
    what was approved to the thief, the key and its other wallets, waits until the session expires, and pulls again.
    ``friends``: accounts that approved something to the wallet. ``hostile``: a ``Hostile`` of the thief that a session
    may call. ``known``: contracts besides the lab's own. ``elsewhere``: the key's sessions on other wallets.
    """
    random = Random(f"{seed} search")
    thief = Thief(lab, wallet, session, friends=friends, known=known, elsewhere=elsewhere)
    candidates = Candidates(thief, random, hostile)
    worked: list[Move] = []
    obvious = candidates.obvious()
    random.shuffle(obvious)
    for _ in range(budget):
        random.shuffle(thief.roles)
        again = worked and random.random() < GREED
        move = random.choice(worked) if again else _move(thief, candidates, random, obvious)
        if move() and not again:
            worked.append(move)
        if thief.is_owner:
            break
    if thief.is_owner:
        _gains(thief)
    else:
        _take_leftovers(thief, candidates)
        _burn(thief, random)()
        if random.random() < 0.7:
            _burn_all(thief)
    _use_hands(thief, Candidates(thief, Random(f"{seed} hands"), hostile))
    if session.expiry_sec:
        lab.travel(max(session.expiry_sec + 1 - lab.now, 0))
    _pull_all(thief, candidates)
    return thief.taken()


def grab(thief: Thief) -> Taken:
    """Take every asset with the obvious calls only, burning no gas."""
    candidates = Candidates(thief, Random(0))
    for call in candidates.obvious():
        thief.call(call)
    _take_leftovers(thief, candidates)
    _pull_all(thief, candidates)
    return thief.taken()


def excess(bounds: Bounds, taken: Taken, collection: str = "", wrapped: Sequence[str] = ()) -> list[str]:
    """Return where a thief took more than was said before; empty if nothing.

    ``collection``: of the collectibles. ``wrapped``: tokens that pay ETH back, whose units count as ETH.
    """
    by_name = {loss.asset: loss.now for loss in bounds.losses if loss.unit == "wei"}
    gas, deposit = by_name.pop("ETH as gas"), by_name.pop("deposit in the EntryPoint")
    stake = by_name.pop("stake in the EntryPoint")
    as_token = sum(_own(bounds, token) for token in wrapped)
    value = sum(by_name.values()) + as_token
    # ETH that first moved into the deposit, as a prefund or by a call, counts as a withdrawn deposit.
    pairs = [
        ("gas", taken.gas, gas),
        ("value", taken.value, value),
        ("deposit", taken.deposit, deposit + gas + value if deposit else 0),
        ("stake", taken.stake, stake + value if stake else 0),
        ("ETH", taken.eth, bounds.total.now + as_token),
        *((token, units, _own(bounds, token)) for token, units in taken.tokens.items()),
        ("collectibles", taken.collectibles, _own(bounds, collection)),
        *((f"{asset} of {who}", units, _of(bounds, asset, who)) for (asset, who), units in taken.of_others.items()),
    ]
    return [f"{asset}: {took:,} over {bound:,}" for asset, took, bound in pairs if took > bound]


def _own(bounds: Bounds, address: str) -> int:
    """Return the bound of what the wallet holds itself of a token or collection."""
    of_it = [loss for loss in bounds.losses if loss.unit.lower() == address.lower()]
    return sum(loss.now for loss in of_it if " that " not in loss.asset)


def _of(bounds: Bounds, address: str, who: str) -> int:
    """Return the bound of what somebody else has approved to the wallet."""
    short = who[:6]
    of_it = [loss for loss in bounds.losses if loss.unit.lower() == address.lower()]
    return sum(loss.now for loss in of_it if " that " in loss.asset and short in loss.asset)


def _move(thief: Thief, candidates: Candidates, random: Random, obvious: list[Call]) -> Move:
    """Return one move to try."""
    fee = random.choice((None, None, None, None, None, 0, 1, gwei(1), _dear(thief, random)))
    wrapped = random.random() < 0.92
    kind = random.random()
    if kind < 0.05:
        return _burn(thief, random)
    if kind < 0.15:
        data = candidates.own_data()
        inside = random.random() < 0.4
        return lambda: _become(thief, data, inside=inside, wrapped=wrapped)
    if kind < 0.2:
        token = random.choice(thief.tokens)
        return lambda: thief.pull(token)
    if kind < 0.6 and obvious:
        call = obvious.pop()
        return lambda: thief.call(call, fee=None if kind < 0.45 else 0)
    calls = [candidates.call() for _ in range(random.choice((1, 1, 1, 2, 3)))]
    batch = len(calls) > 1 or random.random() < 0.2
    return lambda: thief.call(*calls, batch=batch, wrapped=wrapped, fee=fee)


def _take_leftovers(thief: Thief, candidates: Candidates) -> None:
    for ways in candidates.leftovers():
        any(thief.call(call) for call in ways)


def _use_hands(thief: Thief, candidates: Candidates) -> None:
    """Have the key's own account and its other wallets make calls, and pull what they may.

    The thief's contract is left alone: it needs no key for what the owner approved to it, as an audit says.
    """
    for _ in range(HANDY):
        call, make = candidates.call(), candidates.random.choice(list(thief.hands.values()))
        if call.to != candidates.hostile:
            make(Call(call.to, 0, call.data))
    _pull_all(thief, candidates)


def _pull_all(thief: Thief, candidates: Candidates) -> None:
    wrapped = [at for at, made in thief.known.items() if pays_back(made)]
    for token in (*thief.tokens, *wrapped):
        thief.pull(token)
    made, collectible = artifact("Collectible"), thief.lab.collectible
    for id, owner in candidates.things.items():
        for make in thief.hands.values():
            moved = Call(collectible, 0, made.encode("transferFrom", owner, thief.address, id))
            approved = Call(collectible, 0, made.encode("approve", thief.address, id))
            if make(moved) or (make(approved) and thief.transact(moved.to, moved.data)):
                break


def _dear(thief: Thief, random: Random) -> int:
    """Return a price at which one operation costs a large part of what the wallet has."""
    return max(_wei(thief) // random.choice((800_000, 1_500_000, 40_000_000)), 1)


def _wei(thief: Thief) -> int:
    return thief.chain.balance(thief.wallet) + thief.lab.bundler.deposit_of(thief.wallet)


def _burn(thief: Thief, random: Random) -> Move:
    """Return a move that does nothing and burns a lot of gas, at any price."""
    data = account.execute_batch([], wrapped=True)
    held, left = _wei(thief), thief.left("gas-limit")
    gas = random.choice((*BURNT, left, left // 2, held))
    fee = random.choice((1, gwei(1), gwei(100), gwei(5_000), max(held // max(gas, 1), 1)))
    gas = min(gas, held // fee)
    verification = min(90_000, gas)
    return lambda: thief.operate(data, fee=fee, limits=(verification, 0, max(gas - verification, 0)))


def _burn_all(thief: Thief) -> None:
    """Burn all that there is, at the price that takes it; then what a limit in wei leaves."""
    held, left = _wei(thief), thief.left("gas-limit")
    for gas in (left, *BURNT):
        if held and gas and thief.burn(gas, max(held // gas, 1)):
            return
    for wei in (held, left):
        if thief.burn(min(wei, held), 1):
            return


def _become(thief: Thief, data: bytes, *, inside: bool, wrapped: bool) -> bool:
    """Call a function of the wallet and record whether that made the thief the owner."""
    if inside:
        done = thief.call(Call(thief.wallet, 0, data), batch=True, wrapped=wrapped)
    else:
        done = thief.own_function(data, wrapped=wrapped)
    thief.is_owner = thief.is_owner or (done and data == thief.replaces_owner)
    return done


def _gains(thief: Thief) -> None:
    """As the owner, take everything that remains."""
    token, made = artifact("Token"), artifact("Collectible")
    for address in thief.tokens:
        held = thief.lab.token_balance(address, thief.wallet)
        thief.call(Call(address, 0, token.encode("transfer", thief.address, held)))
    for id, owner in Candidates(thief, Random(0)).things.items():
        thief.call(Call(thief.lab.collectible, 0, made.encode("transferFrom", owner, thief.address, id)))
    for at, kept_there in Candidates(thief, Random(0)).kept().items():
        thief.call(Call(at, 0, artifact("Vault").encode("withdraw", kept_there)))
    deposit = thief.lab.bundler.deposit_of(thief.wallet)
    entry_point = artifact("EntryPoint")
    thief.call(Call(ENTRY_POINT, 0, entry_point.encode("withdrawTo", thief.address, deposit)))
    thief.call(Call(ENTRY_POINT, 0, entry_point.encode("unlockStake")))
    thief.lab.travel(STAKE_DELAY)
    thief.call(Call(ENTRY_POINT, 0, entry_point.encode("withdrawStake", thief.address)))
    thief.call(Call(thief.address, thief.chain.balance(thief.wallet)))
