"""Random runs of random sessions in a real lab, recorded: the same seed gives the same run.

Grants are drawn from production's types, and in every third run from the extensions too; operations are drawn from what
such sessions might try, most of them within their permissions, some not.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sessionlab as sl
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.erc4337.wallet_encoding import install_call
from sessionlab.core.permissions import (
    EXTENSIONS,
    Permission,
    check_grant,
    check_install,
    decide,
    install,
    operation_of,
    rows,
)
from sessionlab.core.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.core.permissions.operation import plain_call, read_operation
from sessionlab.core.permissions.types import types_under
from sessionlab.study.allowances import Allowances

from ..remaining import GAS

SPEND = ("transfer(address,uint256)", "approve(address,uint256)")
REPLACE_OWNER = "updateFallbackSignerData(address,bool)"
PLENTY = 2**255
HERE = "0x" + "11" * 20


@dataclass
class World:
    """A lab with a wallet, and the moment to which every run returns."""

    lab: sl.Lab
    wallet: sl.SmartWalletClient
    start: int = field(default=0)

    @classmethod
    def make(cls, rules: str, *, extended: bool = False, deployed: bool = True) -> World:
        lab = sl.Lab(rules=rules, extensions=EXTENSIONS if extended else ())
        return cls(lab, lab.wallet(deployed=deployed))


@dataclass(frozen=True)
class Run:
    """A recorded run, and what the chain said about its allowances at the end."""

    rules: str
    seed: int
    recording: sl.Recording
    allowances: Allowances
    #: For each operation on the chain, in order, how it was sent: by these options of ``send_calls``.
    options: tuple[dict[str, Any], ...]

    @property
    def is_extended(self) -> bool:
        """Whether its lab knows the extensions."""
        return is_extended(self.seed)

    @property
    def names_gas(self) -> bool:
        """Whether some operation was sent with gas limits of its sender's."""
        return any("gas" in options for options in self.options)

    def fresh_world(self) -> World:
        """A lab as the run found it."""
        return World.make(self.rules, extended=self.is_extended, deployed=is_deployed(self.seed))


def is_extended(seed: int) -> bool:
    """Every third run is in a lab that knows the extensions."""
    return seed % 3 == 1


def is_deployed(seed: int) -> bool:
    """In every seventh run, the first operation deploys the wallet."""
    return seed % 7 != 3


@cache
def _world(rules: str, extended: bool, deployed: bool) -> World:
    return World.make(rules, extended=extended, deployed=deployed)


@cache
def run(rules: str, seed: int) -> Run:
    """The first run from this seed on in which some operation succeeds."""
    world = _world(rules, is_extended(seed), is_deployed(seed))
    rng, options = random.Random(f"{rules} {seed}"), Options(rules, seed)
    while True:
        world.start = world.lab.snapshot()
        try:
            session = _grant(world, rng)
            world.lab.travel(rng.randint(5, 50))
            options.is_installed = False
            sent = [_operate(world, session, rng, options) for _ in range(rng.randint(2, 9))]
            recording = session.record()
            if recording.succeeded:
                mined = tuple(how for how, outcome in sent if outcome.receipt)
                return Run(rules, seed, recording, session.allowances, mined)
        finally:
            world.lab.revert(world.start)


def _grant(world: World, rng: random.Random) -> sl.Session:
    lab, rules = world.lab, world.lab.rules
    while True:
        permissions = any_permissions(lab, rng)
        expiry = rng.choice([None, lab.now + rng.randint(100, 3_000)])
        try:
            check_grant(permissions, wallet=world.wallet.address, expiry=expiry, now=lab.now, rules=rules)
            check_install(permissions, expiry=expiry)
        except GrantRefused:
            continue
        return world.wallet.grant_permissions(permissions, expiry_sec=expiry, key=sl.new_key("session"))


def any_permissions(lab: sl.Lab, rng: random.Random) -> list[Permission]:
    """Draw permissions, which may not be a grant."""
    if rng.random() < 0.08:
        return [sl.Root()]
    price = 1 if lab.rules.gas_limit_counts_gas else lab.chain.base_fee
    functions = {
        lab.counter: ["increment()", "add(uint256)", "deposit()", "fail()"],
        lab.counter_2: ["increment()", "deposit()"],
        lab.vault: ["deposit()", "withdraw(uint256)"],
        lab.strict: ["ping()"],
        lab.token: [*SPEND, "increaseAllowance(address,uint256)"],
        lab.dollar: [*SPEND],
    }
    found: list[Permission] = []
    for chance, make in (
        (0.5, lambda: sl.NativeTokenTransfer(allowance=rng.choice([0, sl.ether("0.5"), sl.ether(3)]))),
        (0.4, lambda: sl.Erc20TokenTransfer(address=lab.token, allowance=rng.randint(0, 300))),
        (0.3, lambda: sl.Erc20TokenTransfer(address=lab.coin, allowance=rng.randint(0, 300))),
        (0.5, lambda: sl.GasLimit(limit=rng.choice([1_500_000, 4_000_000, 30_000_000]) * price)),
        (0.25, lambda: sl.AccountFunctions(functions=rng.choice([[REPLACE_OWNER], ["owner()", REPLACE_OWNER]]))),
        (0.3, lambda: sl.FunctionsOnAllContracts(functions=_some(rng, ["increment()", "deposit()", *SPEND]))),
        (0.1, lambda: sl.FunctionsOnAllContracts(functions=["0x00000000"])),
        (0.1, lambda: sl.FunctionsOnAllContracts(functions=[REPLACE_OWNER, "owner()"])),
    ):
        if rng.random() < chance:
            found.append(make())
    for name, kind in types_under(lab.rules).items():
        if name in EXTENSIONS and rng.random() < 0.5:
            found.append(_drawn(kind, lab, rng))
    for address in (*functions, lab.recipient):
        if rng.random() < 0.3:
            found.append(sl.ContractAccess(address=address))
        elif address in functions and rng.random() < 0.5:
            found.append(sl.FunctionsOnContract(address=address, functions=_some(rng, functions[address])))
    rng.shuffle(found)
    return found


def _drawn(kind: type[Permission], lab: sl.Lab, rng: random.Random) -> Permission:
    """A permission of any type."""
    values = {AMOUNT: rng.choice([1, 2, 3, 9]), ADDRESS: lab.counter, FUNCTIONS: ["increment()"]}
    return kind(**{name: values[form] for name, form in kind.fields().items()})


class Options:
    """How the operations of a run are sent, by draws of their own."""

    def __init__(self, rules: str, seed: int) -> None:
        self._rng = random.Random(f"options {rules} {seed}")
        #: In every fourth run nothing is simulated; in every fifth, gas limits are named and nonce keys used.
        self.fixed, self._names = seed % 4 == 0, seed % 5 == 2
        #: Until it is, only the nonce key that the owner signed for can be used.
        self.is_installed = False

    def draw(self) -> dict[str, Any]:
        """Return further options."""
        found: dict[str, Any] = {}
        if self._names and self._rng.random() < 0.5:
            found["gas"] = self._gas()
        if self._names and self.is_installed and self._rng.random() < 0.3:
            found["nonce_key"] = self._rng.choice([1, 2])
        return found

    def _gas(self) -> sl.Gas:
        call, verification = self._rng.randint(500_000, 900_000), self._rng.randint(1_200_000, 2_000_000)
        place = self._rng.randint(110_000, 200_000)
        return self._rng.choice(
            [
                sl.Gas(call, verification, place),
                sl.Gas(call=call),
                sl.Gas(verification=verification),
                sl.Gas(pre_verification=place),
                sl.Gas(call=call, pre_verification=place),
            ]
        )


def _operate(
    world: World, session: sl.Session, rng: random.Random, options: Options
) -> tuple[dict[str, Any], sl.Outcome]:
    """Send something; return how it was sent, and what became of it."""
    calls = _calls(world, rng)
    for _ in range(12):  # most operations are tried by who may
        if rng.random() < 0.15 or _within_reach(world, session, calls):
            break
        calls = _calls(world, rng)
    if rng.random() < 0.3:
        world.lab.travel(rng.randint(1, 400))
    policy_id = world.lab.policy_id if rng.random() < 0.2 else None
    how = {"preflight": not options.fixed and rng.random() < 0.7, **options.draw()}
    outcome = session.send_calls(calls, policy_id=policy_id, **how)
    options.is_installed |= outcome.receipt is not None
    return how, outcome


def _within_reach(world: World, session: sl.Session, calls: list[sl.Call]) -> bool:
    rules = world.lab.rules
    policy, left = install(rows(session.permissions), wallet=session.wallet, rules=rules)
    if len(calls) == 1 and calls[0].to == session.wallet:
        operation = read_operation(calls[0].data)
    else:
        operation = operation_of([plain_call(call.to, call.value, call.data) for call in calls])
    operation = operation._replace(wrapped=policy.limits_spending, is_global=policy.is_root)
    return decide(policy, {**left, GAS: PLENTY}, operation, world.lab.now, rules).accepted


def any_calls(lab: sl.Lab, wallet: sl.SmartWalletClient, rng: random.Random) -> list[sl.Call]:
    """Draw what an operation does."""
    return _calls(World(lab, wallet), rng)


def _calls(world: World, rng: random.Random) -> list[sl.Call]:
    if rng.random() < 0.1:
        return [_own_call(world, rng)]
    calls = [_call(world.lab, rng) for _ in range(rng.choice([1, 1, 1, 2, 2, 3, 0]))]
    if len(calls) > 1 and rng.random() < 0.2:
        calls[0] = _own_call(world, rng)
    return calls


def _own_call(world: World, rng: random.Random) -> sl.Call:
    """A function of the wallet itself; the owner stays who it is."""
    wallet, chance = world.wallet, rng.random()
    if chance < 0.15:
        call = install_call(
            entity_id=77, key=sl.new_key("another").address, rows=rows([sl.ContractAccess(address=HERE)])
        )
        return sl.Call(wallet.address, data=call)
    if chance < 0.4:
        return sl.Call(wallet.address, function="owner()")
    return sl.Call(wallet.address, function=REPLACE_OWNER, args=[wallet.owner.address, False])


def _call(lab: sl.Lab, rng: random.Random) -> sl.Call:
    value = rng.choice([0, 0, 1, sl.ether("0.2"), sl.ether("0.45")])
    amount, who = rng.randint(0, 90), rng.choice([lab.merchant, lab.recipient])
    makers: list[Callable[[], sl.Call]] = [
        lambda: sl.Call(rng.choice([lab.recipient, lab.merchant, lab.counter]), value),
        lambda: sl.Call(rng.choice([lab.recipient, lab.merchant]), value, rng.choice([b"\x00", b"abc", bytes(4)])),
        lambda: sl.Call(rng.choice([lab.counter, lab.counter_2]), function="increment()"),
        lambda: sl.Call(lab.counter, function="add(uint256)", args=[amount]),
        lambda: sl.Call(rng.choice([lab.counter, lab.counter_2, lab.vault]), value, function="deposit()"),
        lambda: sl.Call(rng.choice([lab.counter, lab.counter_2]), function="fail()"),
        lambda: sl.Call(lab.strict, function="ping()"),
        lambda: sl.Call(rng.choice([lab.token, lab.coin, lab.dollar]), function=SPEND[0], args=[who, amount]),
        lambda: sl.Call(rng.choice([lab.token, lab.coin, lab.dollar]), function=SPEND[1], args=[who, amount]),
        lambda: sl.Call(lab.token, function="increaseAllowance(address,uint256)", args=[who, amount]),
        lambda: sl.Call("0x" + "00" * 20, value, rng.choice([b"", bytes(4), bytes.fromhex("d09de08a")])),
    ]
    return rng.choice(makers)()


def _some(rng: random.Random, functions: list[str]) -> list[str]:
    return rng.sample(functions, rng.randint(1, len(functions)))


def seeds(number: int) -> Iterator[tuple[str, int]]:
    """Half of the runs under each ruleset."""
    for index in range(number):
        yield ("documented", "deployed")[index % 2], index // 2
