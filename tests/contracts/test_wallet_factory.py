"""WalletFactory: wallets at addresses that are known before; nobody else can take them."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sessionlab.core import deployments as lab
from sessionlab.core.base.addresses import checksum
from sessionlab.core.base.keys import Key
from sessionlab.core.contracts.artifacts import artifact

from .world import OWNER, STRANGER, WALLET, ZERO, World, ask, events, transact

factory = artifact("WalletFactory")


def predicted(world: World, owner: str, salt: int) -> str:
    return checksum(bytes.fromhex(ask(world, "WalletFactory", lab.FACTORY, "getAddressSemiModular", owner, salt)[2:]))


def make(world: World, owner: str, salt: int, who: Key = STRANGER) -> Any:
    return transact(world, who, lab.FACTORY, factory.encode("createSemiModularAccount", owner, salt))


def test_create_makes_the_wallet_at_the_predicted_address(world: World, owner: Key, stranger: Key) -> None:
    wallet = predicted(world, owner.address, 5)
    assert world.chain.code(wallet) == b""
    outcome = make(world, owner.address, 5, stranger)
    assert checksum(outcome.receipt.output[12:]) == wallet
    assert world.chain.code(wallet) == world.chain.code(WALLET)
    assert ask(world, "SessionWallet", wallet, "owner") == owner.address.lower()
    made = ("WalletCreated", {"wallet": wallet.lower(), "owner": owner.address.lower(), "salt": 5})
    assert events("WalletFactory", outcome.receipt.logs) == [made]


def test_create_returns_the_wallet_that_is_there(world: World, owner: Key) -> None:
    first, second = make(world, owner.address, 5), make(world, owner.address, 5)
    assert first.receipt.output == second.receipt.output
    assert second.phase == "ok"
    assert second.receipt.logs == ()


def test_create_revert_for_an_owner_of_zero(world: World) -> None:
    outcome = make(world, ZERO, 5)
    assert (outcome.phase, outcome.reason) == ("execution", "owner is zero")
    assert world.chain.code(predicted(world, ZERO, 5)) == b""


def test_a_wallet_is_initialized_by_its_making(world: World, owner: Key, stranger: Key) -> None:
    make(world, owner.address, 5)
    call = artifact("SessionWallet").encode("initialize", stranger.address)
    assert transact(world, stranger, predicted(world, owner.address, 5), call).reason == "NotAuthorized"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    owners=st.lists(st.binary(min_size=20, max_size=20).filter(any), min_size=2, max_size=2, unique=True),
    salt=st.integers(0, 2**256 - 1),
)
def test_every_owner_and_salt_has_an_address_of_its_own(world: World, owners: list[bytes], salt: int) -> None:
    first, second = (checksum(owner) for owner in owners)
    where = predicted(world, first, salt)
    assert where not in (predicted(world, second, salt), predicted(world, first, (salt + 1) % 2**256))
    make(world, first, salt)
    assert ask(world, "SessionWallet", where, "owner") == first.lower()


def test_implementation_is_the_labs(world: World) -> None:
    assert ask(world, "WalletFactory", lab.FACTORY, "implementation") == lab.IMPLEMENTATION.lower()
    assert ask(world, "SessionWallet", WALLET, "owner") == OWNER.address.lower()
