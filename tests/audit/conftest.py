"""A wallet with a deposit in a lab under each ruleset, and what an audit is told about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import sessionlab as sl
from sessionlab.insight.audit import Holding
from sessionlab.permissions import EXTENSIONS

LABS: dict[tuple[str, bool], tuple[sl.Lab, sl.SmartWalletClient]] = {}


def lab_of(rules: str, *, extended: bool = False) -> tuple[sl.Lab, sl.SmartWalletClient]:
    """One lab for each ruleset and its wallet: 10 ETH, 1 ETH deposit, 1,000 of each token. Tests put it back."""
    if (rules, extended) not in LABS:
        lab = sl.Lab(rules=rules, extensions=EXTENSIONS if extended else ())
        wallet = lab.wallet()
        lab.deposit(wallet.address, sl.ether(1))
        LABS[rules, extended] = (lab, wallet)
    return LABS[rules, extended]


@pytest.fixture(params=["documented", "deployed"])
def rules(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lab(rules: str) -> Iterator[sl.Lab]:
    lab, _ = lab_of(rules)
    moment = lab.snapshot()
    yield lab
    lab.revert(moment)


@pytest.fixture
def wallet(lab: sl.Lab, rules: str) -> sl.SmartWalletClient:
    return lab_of(rules)[1]


@pytest.fixture
def grant(lab: sl.Lab, wallet: sl.SmartWalletClient) -> Callable[..., sl.Session]:
    """A session for an hour."""

    def make(*permissions: sl.Root) -> sl.Session:
        return wallet.grant_permissions(permissions, expiry_sec=lab.now + 3_600, key=sl.new_key("stolen"))

    return make


TOKEN, DOLLAR, COUNTER = ("0x" + digits * 20 for digits in ("a1", "b2", "c3"))
VAULT, WALLET, STRANGER = ("0x" + digits * 20 for digits in ("d4", "e5", "f6"))
NOW = 1_800_000_000


def state(**changes: object) -> sl.WalletState:
    """A wallet that no chain knows: 10 ETH, 1 ETH deposit, 1,000 TOK (18 decimals), 1,000 DOL (6 decimals)."""
    tokens = {TOKEN: Holding(1_000 * 10**18, "TOK", 18), DOLLAR: Holding(1_000 * 10**6, "DOL", 6)}
    facts = {"now": NOW, "expiry": NOW + 3_600, "balance": sl.ether(10), "deposit": sl.ether(1), "tokens": tokens}
    return sl.WalletState(WALLET, **(facts | changes))  # type: ignore[arg-type]
