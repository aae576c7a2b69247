"""One bundle: a session is revoked, and operations that were validated before come to run behind that.

Only executeUserOp is told whose operation it is. So where an operation of the revoked session is underway that will
not say whose it is, nothing bare runs behind the revocation, and what is wrapped runs if its session has not ended.
"""

from __future__ import annotations

from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.erc4337.user_operation import UserOperation
from sessionlab.core.permissions import ContractAccess

from .world import COUNTER, INCREMENT, OTHER_SESSION, OWNER, SESSION, World, count, install, operation, send, signed

CALL = [Call(COUNTER, data=INCREMENT)]
ACCESS = ContractAccess(address=COUNTER)


def of_owner(world: World, wrapped: bool, nonce_key: int) -> UserOperation:
    return signed(world, operation(world, CALL, entity=0, wrapped=wrapped, nonce_key=nonce_key), OWNER)


def of_session(world: World, wrapped: bool = False) -> UserOperation:
    return signed(world, operation(world, CALL, wrapped=wrapped), SESSION)


def revoking(world: World) -> UserOperation:
    return signed(world, operation(world, account.uninstall_call(1), entity=0), OWNER)


def ran(world: World, *operations: UserOperation) -> list[bool]:
    return [one.success for one in send(world, *operations).included]


def test_its_own_operation_runs_before_and_not_behind(world: World) -> None:
    install(world, [ACCESS])
    assert ran(world, of_session(world), revoking(world)) == [True, True]
    assert count(world) == 1
    install(world, [ACCESS], generation=1)
    assert ran(world, revoking(world), of_session(world)) == [True, False]
    assert count(world) == 1


def test_wrapped_it_does_not_run_behind_either(world: World) -> None:
    install(world, [ACCESS])
    assert ran(world, revoking(world), of_session(world, wrapped=True)) == [True, False]
    assert count(world) == 0


def test_the_owner_runs_behind_it_where_nothing_of_it_is_underway(world: World) -> None:
    install(world, [ACCESS])
    assert ran(world, revoking(world), of_owner(world, wrapped=False, nonce_key=1)) == [True, True]
    assert count(world) == 1


def test_where_it_is_underway_the_owner_runs_what_is_wrapped(world: World) -> None:
    install(world, [ACCESS])
    bare, wrapped = (of_owner(world, wrapped=form, nonce_key=nonce_key) for nonce_key, form in ((1, False), (2, True)))
    assert ran(world, revoking(world), of_session(world), bare, wrapped) == [True, False, False, True]
    assert count(world) == 1


def test_another_session_runs_what_is_wrapped_and_the_next_bundle_is_as_ever(world: World) -> None:
    install(world, [ACCESS])
    install(world, [ACCESS], entity=2, key=OTHER_SESSION)

    def of_other(wrapped: bool, nonce_key: int = 0) -> UserOperation:
        return signed(world, operation(world, CALL, entity=2, wrapped=wrapped, nonce_key=nonce_key), OTHER_SESSION)

    behind = (of_other(False), of_other(True, nonce_key=1))
    assert ran(world, revoking(world), of_session(world), *behind) == [True, False, False, True]
    assert ran(world, of_other(False)) == [True]
    assert count(world) == 2
