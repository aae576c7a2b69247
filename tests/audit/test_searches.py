"""No search on the EVM takes more than the audit says: by seed, ``--audit-searches`` says how many."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.attacks.holdings import Taken
from sessionlab.attacks.policies import draw
from sessionlab.attacks.search import excess, grab, search
from sessionlab.attacks.thief import Thief
from sessionlab.core.permissions import EXTENSIONS
from sessionlab.core.permissions.types import Permission

from .conftest import lab_of
from .world import World, rob, world_of

LARGE = 10**30
#: Up to so many searches each liar is tried under one ruleset, by turns; above, under both.
USUAL = 20


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("audit_searches") // 2))
    if "liar" in metafunc.fixturenames:
        each = [(name, list(seeds)) for name, (_, seeds) in LIARS.items()]
        if metafunc.config.getoption("audit_searches") <= USUAL:
            each = [(name, [known[place % len(known)]]) for place, (name, known) in enumerate(each)]
        metafunc.parametrize(("liar", "rules"), [(name, rules) for name, known in each for rules in known])


def run(lab: sl.Lab, wallet: sl.SmartWalletClient, permissions: list[Permission], seed: int) -> tuple[sl.Audit, Taken]:
    session = wallet.grant_permissions(permissions, expiry_sec=lab.now + 3_600, key=sl.new_key(seed))
    return session.audit(), search(lab, wallet, session, seed=seed)


def over(world: World, seed: int) -> tuple[list[str], str]:
    """Where the search of a seed took more than the audit said, and what was granted."""
    lab, wallet, friends, hostile, _, known = world
    moment = lab.snapshot()
    try:
        robbery = rob(world, seed)
        audit = robbery.session.audit()
        more = {"friends": friends, "hostile": hostile, "known": known, "elsewhere": robbery.elsewhere}
        taken = search(lab, wallet, robbery.session, seed=seed, **more)
        return excess(audit, taken, lab.collectible, world.wrapped), robbery.drawn
    finally:
        lab.revert(moment)


def test_a_search_never_takes_more_than_the_audit_says(rules: str, seed: int) -> None:
    """Every third search is in a lab that knows the extensions."""
    found, drawn = over(world_of(rules, extended=is_extended(seed)), seed)
    assert found == [], drawn


@pytest.fixture
def searches(request: pytest.FixtureRequest) -> int:
    """How many seeds are searched under each ruleset."""
    return int(request.config.getoption("audit_searches")) // 2


def _module(name: str) -> Any:
    """A module of the audit; the package has a function of the same name as some."""
    return import_module(f"sessionlab.study.audit.{name}")


def _without(place: int) -> tuple[Any, ...]:
    kinds = _module("losses").ASSETS
    return kinds[:place] + kinds[place + 1 :]


def _no_stake(case: Any) -> Any:
    return _module("loss").eth_loss(case, _module("eth").STAKE, 0, 0, (), 0)


def _only_with_decimals(patch: pytest.MonkeyPatch) -> None:
    reader = _module("wallet_reader")._Reader
    honest = reader.holding

    def holding(self: Any, token: str, thief: str, *, is_token: bool) -> Any:
        has_decimals = self.number(token, "Token", "decimals") is not None
        return honest(self, token, thief, is_token=is_token) if has_decimals else None

    patch.setattr(reader, "holding", holding)


def _wrapped_is_not_eth(patch: pytest.MonkeyPatch) -> None:
    reader = _module("wallet_reader")._Reader
    honest = reader.kept

    def kept(self: Any, contract: str) -> int:
        is_token = self.number(contract, "Token", "decimals") is not None
        return 0 if is_token else int(honest(self, contract))

    patch.setattr(reader, "kept", kept)


#: Audits that say less than a thief takes, and a seed whose search finds out, for each ruleset.
LIARS: dict[str, tuple[Callable[[pytest.MonkeyPatch], object], dict[str, int]]] = {
    "a price ceiling": (
        lambda patch: patch.setattr(
            _module("eth"), "most_in_fees", lambda case: _module("eth").fees_at(case, case.price_ceiling)
        ),
        {"documented": 0},  # a limit in wei is the same at any price
    ),
    "one session of the key": (
        lambda patch: patch.setattr(_module("subject").AuditSubject, "live_others", ()),
        {"documented": 13, "deployed": 13},
    ),
    "a key that is not the owner's": (
        lambda patch: patch.setattr(_module("loss"), "is_owners", lambda case: False),
        {"documented": 9, "deployed": 9},
    ),
    "no vault": (
        lambda patch: [
            patch.setattr(_module("losses"), "ASSETS", _without(1)),
            *(patch.setattr(_module(name), "kept_elsewhere", lambda case: 0) for name in ("eth", "losses")),
        ],
        {"documented": 8, "deployed": 6},
    ),
    "no stake": (
        lambda patch: patch.setattr(_module("losses"), "stake_loss", _no_stake),
        {"documented": 1, "deployed": 1},
    ),
    "no tokens without decimals": (_only_with_decimals, {"documented": 0, "deployed": 0}),
    "no wrapped ETH": (_wrapped_is_not_eth, {"documented": 46, "deployed": 46}),
    "unknown code refuses ETH": (
        lambda patch: patch.setattr(_module("wallet_reader"), "refused_by", lambda code, asked: [None]),
        {"deployed": 4},  # the documented rules ask for a permission
    ),
    "nothing is left behind": (
        lambda patch: patch.setattr(
            _module("key_reader").KeyReader, "left_behind", lambda self, entity: _module("state").LeftBehind()
        ),
        {"deployed": 30},  # the documented rules clear everything
    ),
    "no account of the key": (
        lambda patch: patch.setattr(_module("tokens"), "controls", lambda case, address: False),
        {"documented": 3, "deployed": 5},
    ),
    "no other wallets of the key": (
        lambda patch: patch.setattr(_module("subject").AuditSubject, "key_wallets", {}),
        {"documented": 3, "deployed": 4},
    ),
    "no collectibles": (
        lambda patch: patch.setattr(_module("losses"), "ASSETS", _without(3)),
        {"documented": 0, "deployed": 0},
    ),
    "nothing of others": (
        lambda patch: patch.setattr(_module("losses"), "ASSETS", _without(4)),
        {"documented": 0, "deployed": 0},
    ),
}


def test_a_search_finds_out_an_audit_that_leaves_something_out(
    rules: str, liar: str, searches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie, seeds = LIARS[liar]
    seed = seeds[rules]
    world = world_of(rules, extended=is_extended(seed))
    if seed >= searches:  # else the true audit of this seed is held against its search above
        assert over(world, seed)[0] == []
    lie(monkeypatch)
    assert over(world, seed)[0] != []


@pytest.mark.parametrize("module", ["thief", "search", "candidates", "holdings"])
def test_the_search_shares_nothing_with_the_audit(module: str) -> None:
    from sessionlab import attacks

    assert "study.audit" not in (Path(attacks.__file__).parent / f"{module}.py").read_text()


def is_extended(seed: int) -> bool:
    return seed % 3 == 1


def test_policies_are_drawn_from_the_extensions_where_a_lab_knows_them(rules: str) -> None:
    for extended in (False, True):
        lab, wallet = lab_of(rules, extended=extended)
        drawn = [draw(lab, wallet.address, Random(f"{number} policy")) for number in range(60) if is_extended(number)]
        assert any({one.type for one in found} & set(EXTENSIONS) for found in drawn) == extended


def test_the_searches_take_all_there_is_where_nothing_holds_them(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    """Else a search that finds nothing would say nothing."""
    audit, taken = run(lab, wallet, [sl.Root()], 1)
    assert taken.eth >= sl.ether(11) * 9 // 10
    assert all(taken.tokens[token] for token in (lab.token, lab.dollar, lab.coin))
    assert audit.total.now == sl.ether(11)


@pytest.mark.parametrize("asset", ["dollar", "coin"])
def test_a_search_finds_out_an_audit_that_is_wrong(lab: sl.Lab, wallet: sl.SmartWalletClient, asset: str) -> None:
    """An audit of less than was granted."""
    token = lab.addresses[asset]
    allowed = sl.Erc20TokenTransfer(address=token, allowance=1_000_000)
    audit = sl.audit([sl.Erc20TokenTransfer(address=token, allowance=999_999)], state_of(lab, wallet, token))
    _, taken = run(lab, wallet, [allowed], 1)
    assert excess(audit, taken) == [f"{token}: 1,000,000 over 999,999"]


def state_of(lab: sl.Lab, wallet: sl.SmartWalletClient, token: str) -> sl.WalletState:
    from sessionlab.study.audit import Holding

    others = {lab.addresses[name]: Holding(LARGE, name, 8) for name in ("token", "dollar", "coin")}
    return sl.WalletState(wallet.address, balance=LARGE, tokens=others)


def test_the_same_seed_takes_the_same(rules: str) -> None:
    lab, wallet = lab_of(rules)
    found = []
    for _ in range(2):
        moment = lab.snapshot()
        found.append(run(lab, wallet, draw(lab, wallet.address, Random("7 policy")), 7)[1])
        lab.revert(moment)
    assert found[0] == found[1]


def test_a_thief_shows_no_private_key(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    session = wallet.grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    thief = Thief(lab, wallet, session)
    for key in (session.key, thief._account):
        assert key.private.hex() not in repr(thief)


@pytest.mark.parametrize(
    "function", ["transfer(address,uint256)", "approve(address,uint256)", "increaseAllowance(address,uint256)"]
)
def test_a_grab_takes_every_token_by_one_function_and_burns_no_gas(
    lab: sl.Lab, wallet: sl.SmartWalletClient, function: str
) -> None:
    everywhere = sl.FunctionsOnAllContracts(functions=[function])
    limited = sl.Erc20TokenTransfer(address=lab.dollar, allowance=25)
    session = wallet.grant_permissions([everywhere, limited], key=sl.new_key(1))
    held = {token: lab.token_balance(token, wallet.address) for token in (lab.token, lab.dollar, lab.coin)}
    taken = grab(Thief(lab, wallet, session))
    assert taken.tokens == {**held, lab.dollar: 25}
    assert taken.gas == 0


def test_a_grab_of_root_takes_all_but_the_gas(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    taken = grab(Thief(lab, wallet, wallet.grant_permissions([sl.Root()], key=sl.new_key(1))))
    assert (taken.value, taken.deposit, taken.gas) == (sl.ether(10), sl.ether(1), 0)
    assert lab.balance(wallet.address) == 0


def test_a_grab_with_a_harmless_key_takes_nothing(lab: sl.Lab, wallet: sl.SmartWalletClient) -> None:
    granted = [sl.FunctionsOnContract(address=lab.counter, functions=["increment()"])]
    taken = grab(Thief(lab, wallet, wallet.grant_permissions(granted, key=sl.new_key(1))))
    assert taken.eth == 0
    assert not any(taken.tokens.values())
