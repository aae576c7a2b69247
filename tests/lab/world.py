"""A lab with what the calls of the doors need, made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab import course

#: A line that Counter.vy has once.
ADDED = "self.number += amount"

TYPED = {
    "types": {"EIP712Domain": [{"name": "name", "type": "string"}], "Note": [{"name": "text", "type": "string"}]},
    "primaryType": "Note", "domain": {"name": "n"}, "message": {"text": "t"},
}  # fmt: skip


@dataclass
class World:
    """A lab, and what is made in it for the calls."""

    folder: Path
    lab: sl.Lab = field(default_factory=lambda: sl.Lab(seed=5, extensions=("call-limit",)))
    #: Ends what runs beside the tests.
    ends: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def address(self) -> str:
        """Where the lab is served until the world ends."""
        return self.ends.enter_context(sl.in_background(self.lab))

    @cached_property
    def wallet(self) -> sl.SmartWalletClient:
        return self.lab.wallet()

    @cached_property
    def session(self) -> sl.Session:
        limits = [sl.NativeTokenTransfer(allowance=sl.ether(1)), sl.ContractAccess(address=self.lab.counter)]
        session = self.wallet.grant_permissions(limits, key=sl.new_key(5))
        assert session.send_calls([self.call])
        return session

    @cached_property
    def mine(self) -> sl.Contract:
        return self.lab.token("Mine", "MINE", 6)

    @property
    def op(self) -> dict[str, Any]:
        """An operation that names a paymaster of one's own, which is none."""
        return sl.attacks.sponsored_by(self.mine, self.wallet, [self.call], self.lab)

    @property
    def call(self) -> sl.Call:
        return sl.Call(self.lab.counter, function="increment()")

    @cached_property
    def connected(self) -> sl.LabClient:
        """The lab as another process has it, without the HTTP between."""
        provider: Any = self.lab.provider
        return sl.LabClient(provider)

    @cached_property
    def recording(self) -> sl.Recording:
        return self.session.record()

    @cached_property
    def prepared(self) -> dict[str, Any]:
        return self.session.prepare_calls([self.call])

    @cached_property
    def outcome(self) -> sl.Outcome:
        return self.session.send_calls([self.call])

    @cached_property
    def refused(self) -> sl.Outcome:
        return self.session.send_calls([sl.Call(self.lab.merchant, sl.ether(2))])

    @cached_property
    def thief(self) -> sl.attacks.Thief:
        return sl.attacks.Thief(self.lab, self.wallet, self.session)

    @cached_property
    def changed(self) -> Any:
        return sl.vyper.change("Counter", ADDED, "self.number = 7")

    @cached_property
    def sweep(self) -> Any:
        return sl.experiments.passes_within([sl.ether(1)], operations=1)

    @cached_property
    def state(self) -> sl.WalletState:
        return sl.WalletState(address=self.wallet.address, balance=5)

    def snapshot(self) -> int:
        return self.lab.snapshot()

    def cases(self) -> Path:
        path = self.folder / "cases.yaml"
        path.write_text("cases: [{name: one, calls: [], expect: allowed}]")
        return path


def undone(lab: sl.Lab, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose steps are taken back, so that it can be called again."""

    @wraps(function)
    def call(*args: Any, **named: Any) -> None:
        snapshot = lab.snapshot()
        try:
            function(*args, **named)
        finally:
            lab.revert(snapshot)

    return call


def flags() -> dict[str, bool]:
    return {flag.name: True for flag in sl.FLAGS}


def served(lab: sl.Lab, *, port: int = 0, api_key: str | None = None) -> str:
    with sl.in_background(lab, port=port, api_key=api_key) as url:
        return url


SERVED_AT = "http://127.0.0.1:9"


def connecting(world: World) -> Callable[..., sl.LabClient]:
    """``sl.connect``, for which the lab is served at an address that stands for the true one."""

    @wraps(sl.connect)
    def connect(url: Any, **named: Any) -> sl.LabClient:
        return sl.connect(world.address if url == SERVED_AT else url, **named)

    return connect


@wraps(sl.attacks.successful)
def successful(mutant: Any, among: Any) -> Any:
    """All attacks, which ``among=None`` stands for, are one here."""
    one = sl.attacks.find_attack("batch-split")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sessionlab.attacks.by_name.attacks", lambda: (one,))
        return sl.attacks.successful(mutant, among)


@wraps(course.grade)
def graded(folder: Path, seconds: int = 60, **options: Any) -> Iterator[Any]:
    return iter(list(course.grade(folder, seconds, **options)))


def playground(world: World) -> Any:
    return sl.widgets.playground(world.lab, world.wallet, permissions=[sl.Root()])


def hash(world: World) -> str:
    return world.lab.chain.block().transactions[0].hash


def account() -> Any:
    from sessionlab.core.evm.genesis import GenesisAccount

    return GenesisAccount(balance=3)


def funded(world: World) -> bytes:
    world.lab.fund(world.wallet.owner.address, sl.ether(1))
    return world.wallet.owner.private


def raw(world: World) -> bytes:
    from eth_account import Account

    fields = {"to": world.lab.merchant, "value": 1, "gas": 21_000, "gasPrice": 10**9, "nonce": 0, "chainId": 1337}
    world.lab.fund(sl.new_key(9).address, sl.ether(1))
    return bytes(Account.sign_transaction(fields, sl.new_key(9).private).raw_transaction)


def operation(world: World) -> Any:
    from sessionlab.core.erc4337.user_operation import UserOperation

    return UserOperation(world.wallet.address, 0, b"", 100_000, 100_000, 50_000, 10**9, 0)
