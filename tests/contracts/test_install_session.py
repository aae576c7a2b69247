"""installSession, by the owner's transaction: what it writes, what it says, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessionlab.core.base.keys import Key
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import AccountFunctions, ContractAccess, NativeTokenTransfer, Ruleset
from sessionlab.core.permissions.functions import NEVER_GRANTED

from .world import (
    COUNTER,
    INCREMENT,
    MERCHANT,
    NOW,
    OTHER_SESSION,
    OTHER_TOKEN,
    OTHER_WALLET,
    TOKEN,
    WALLET,
    ZERO,
    World,
    act,
    ask,
    events,
    everything,
    install,
    revoke,
)

NO = b"\0\0\0\0"
SELECTOR = INCREMENT[:4]
ROOT_MARK, CALLS, NATIVE, TOKENS, GAS, WINDOW = (1 << n for n in range(6))
NOTHING = (0, False, False)
ROWS: dict[str, tuple[account.Row, int, tuple[int, bool, bool]]] = {
    "native": ((1, ZERO, NO, 5), NATIVE, NOTHING),
    "erc20": ((2, COUNTER, NO, 5), CALLS | TOKENS, (1 | 2 | 8, False, False)),
    "gas": ((3, ZERO, NO, 5), GAS, NOTHING),
    "contract": ((4, COUNTER, NO, 0), CALLS, (1 | 4, False, False)),
    "account function": ((5, ZERO, SELECTOR, 0), 0, NOTHING),
    "function anywhere": ((6, ZERO, SELECTOR, 0), CALLS, (0, False, True)),
    "function on contract": ((7, COUNTER, SELECTOR, 0), CALLS, (1 | 2, True, False)),
    "root": ((8, ZERO, NO, 0), ROOT_MARK, NOTHING),
}


def view(world: World, function: str, *values: Any) -> Any:
    return ask(world, "SessionWallet", WALLET, function, *values)


@pytest.mark.parametrize("kind", ROWS)
def test_install_success_writes_what_the_row_says(
    ruled_world: World, rules: Ruleset, session_key: Key, kind: str
) -> None:
    row, marks, reach = ROWS[kind]
    assert install(ruled_world, given=[row]).phase == "ok"
    if kind == "native" and rules.native_reaches_plain_transfers:
        marks |= CALLS
    key, found, window, generation, _ = view(ruled_world, "session", 1)
    assert (key, found, window, generation) == (session_key.address.lower(), marks, 0, 0)
    assert tuple(view(ruled_world, "reaches", 1, COUNTER, SELECTOR)) == reach
    if row[0] <= 3:
        assert tuple(view(ruled_world, "allowance", 1, row[0], row[1])) == (5, 5)
    own = view(ruled_world, "reaches", 1, WALLET, SELECTOR)[1]
    assert own == (kind == "account function")


def test_install_event_says_what_was_installed(world: World, session_key: Key) -> None:
    outcome = install(world, [ContractAccess(address=COUNTER)], valid_after=7, valid_until=9)
    assert events("SessionWallet", outcome.receipt.logs) == [
        (
            "SessionInstalled",
            {
                "entityId": 1,
                "key": session_key.address.lower(),
                "validAfter": 7,
                "validUntil": 9,
                "generation": 0,
            },
        )
    ]
    assert view(world, "session", 1)[2] == 7 << 208 | 9 << 160


def test_install_success_by_the_owners_operation(world: World, session_key: Key) -> None:
    call = account.install_call(entity_id=1, key=session_key.address, rows=[ROWS["contract"][0]])
    assert act(world, call, entity=0).phase == "ok"
    assert act(world, [Call(COUNTER, data=INCREMENT)]).phase == "ok"


REFUSED: dict[str, tuple[list[account.Row], dict[str, Any], str, dict[str, Any]]] = {
    "root first": ([ROWS["root"][0], ROWS["gas"][0]], {}, "RootPermissionOnlyError", {}),
    "root last": ([ROWS["gas"][0], ROWS["root"][0]], {}, "RootPermissionOnlyError", {}),
    "root twice": ([ROWS["root"][0]] * 2, {}, "RootPermissionOnlyError", {}),
    "wallet as contract": ([(4, WALLET, NO, 0)], {}, "AccountAddressAsTargetError", {"row": 0}),
    "wallet as contract of a function": (
        [ROWS["gas"][0], (7, WALLET, SELECTOR, 0)],
        {},
        "AccountAddressAsTargetError",
        {"row": 1},
    ),
    "wallet as token": ([(2, WALLET, NO, 1)], {}, "AccountAddressAsTargetError", {"row": 0}),
    "zero contract": ([(4, ZERO, NO, 0)], {}, "ZeroAddressError", {}),
    "zero contract of a function": ([(7, ZERO, SELECTOR, 0)], {}, "ZeroAddressError", {}),
    "zero token": ([(2, ZERO, NO, 1)], {}, "ZeroAddressError", {}),
    "no kind": ([(0, COUNTER, NO, 0)], {}, "UnsupportedPermissionTypeError", {"row": 0, "kind": 0}),
    "unknown kind": ([(9, COUNTER, NO, 0)], {}, "UnsupportedPermissionTypeError", {"row": 0, "kind": 9}),
    "an account function twice": (
        [ROWS["account function"][0]] * 2,
        {},
        "ValidationAlreadySet",
        {"entityId": 1},
    ),
    "the owner's id": ([ROWS["contract"][0]], {"entity": 0}, "ValidationAlreadySet", {"entityId": 0}),
    "too many rows": (
        [ROWS["gas"][0]] * 257,
        {},
        "TooManyRows",
        {"asked": 257, "limit": 256},
    ),
    "begins when it ends": (
        [ROWS["contract"][0]],
        {"valid_after": NOW, "valid_until": NOW},
        "TimeRangeNotValid",
        {"validAfter": NOW, "validUntil": NOW},
    ),
    "begins after it ends": (
        [ROWS["contract"][0]],
        {"valid_after": NOW + 1, "valid_until": NOW},
        "TimeRangeNotValid",
        {"validAfter": NOW + 1, "validUntil": NOW},
    ),
    "a life to come": (
        [ROWS["contract"][0]],
        {"generation": 1},
        "GrantSuperseded",
        {"entityId": 1, "asked": 1, "now": 0},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_install_revert(ruled_world: World, case: str) -> None:
    given, fields, reason, args = REFUSED[case]
    before = everything(ruled_world)
    outcome = install(ruled_world, given=given, **fields)
    assert (outcome.reason, outcome.args) == (reason, args)
    assert everything(ruled_world) == before


@pytest.mark.parametrize("selector", sorted(NEVER_GRANTED))
def test_install_revert_functions_that_decide_who_may_do_what(ruled_world: World, selector: str) -> None:
    code = bytes.fromhex(selector.removeprefix("0x"))
    outcome = install(ruled_world, given=[(5, ZERO, code, 0)])
    assert outcome.reason == "SelectorNotAllowed"
    assert outcome.args == {"call": 0, "target": WALLET.lower(), "selector": code}


@pytest.mark.parametrize(
    "name",
    [
        "executeUserOp",
        "installSession",
        "uninstallSession",
        "execute",
        "executeBatch",
    ],
)
def test_install_revert_privileged_functions_of_this_wallet(world: World, name: str) -> None:
    from sessionlab.core.contracts.artifacts import artifact

    code = artifact("SessionWallet").selector(name)
    assert install(world, given=[(5, ZERO, code, 0)]).reason == "SelectorNotAllowed"


def test_install_revert_the_zero_key(world: World) -> None:
    class Nobody(Key):
        address = ZERO  # type: ignore[assignment]

    outcome = install(world, [ContractAccess(address=COUNTER)], key=Nobody(b"\x01" * 32))
    assert outcome.reason == "ZeroAddressError"


def test_install_revert_when_the_id_is_live(world: World) -> None:
    install(world, [ContractAccess(address=COUNTER)])
    before = everything(world)
    outcome = install(world, [ContractAccess(address=TOKEN)], key=OTHER_SESSION)
    assert (outcome.reason, outcome.args) == ("ValidationAlreadySet", {"entityId": 1})
    assert everything(world) == before


def test_install_revert_a_grant_of_an_earlier_life(world: World) -> None:
    install(world, [ContractAccess(address=COUNTER)])
    revoke(world)
    outcome = install(world, [ContractAccess(address=COUNTER)])
    assert (outcome.reason, outcome.args) == ("GrantSuperseded", {"entityId": 1, "asked": 0, "now": 1})
    assert install(world, [ContractAccess(address=COUNTER)], generation=1).phase == "ok"


def test_install_revert_for_anybody_but_the_owner(world: World, stranger: Key, session_key: Key) -> None:
    install(world, [ContractAccess(address=COUNTER)])
    before = everything(world)
    for who in (stranger, session_key):
        outcome = install(world, [ContractAccess(address=COUNTER)], entity=2, sender=who)
        assert (outcome.reason, outcome.args) == ("NotAuthorized", {"caller": who.address.lower()})
    assert everything(world) == before


def test_install_revert_by_a_sessions_operation(world: World, session_key: Key) -> None:
    install(world, [ContractAccess(address=COUNTER)])
    call = account.install_call(entity_id=2, key=session_key.address, rows=[ROWS["root"][0]])
    before = everything(world)
    assert act(world, call).reason == "ValidationFunctionMissing"
    assert act(world, [Call(WALLET, data=call)] * 2).reason == "ValidationFunctionMissing"
    assert everything(world) == before


def test_sessions_of_two_wallets_have_nothing_in_common(world: World) -> None:
    install(world, [ContractAccess(address=COUNTER)])
    outcome = act(world, [Call(COUNTER, data=INCREMENT)], sender=OTHER_WALLET)
    assert outcome.reason == "ValidationFunctionMissing"


def test_sessions_of_one_wallet_do_not_share_allowances(ruled_world: World) -> None:
    for entity, key in ((1, None), (2, OTHER_SESSION)):
        granted = [NativeTokenTransfer(allowance=10), ContractAccess(address=COUNTER)]
        install(ruled_world, granted, entity=entity, **({"key": key} if key else {}))
    assert act(ruled_world, [Call(COUNTER, 10)]).phase == "ok"
    assert act(ruled_world, [Call(COUNTER, 1)]).reason == "ExceededNativeTokenLimit"
    other = act(ruled_world, [Call(COUNTER, 10)], entity=2, key=OTHER_SESSION)
    assert other.phase == "ok"
    assert act(ruled_world, [Call(COUNTER, data=INCREMENT)], entity=2).code == "AA24 signature error"


def test_uninstall_ends_the_session_and_says_so(ruled_world: World, rules: Ruleset) -> None:
    install(ruled_world, [ContractAccess(address=COUNTER), NativeTokenTransfer(allowance=5)])
    outcome = revoke(ruled_world, with_hook_data=False)
    cleared = rules.revocation_is_total
    assert events("SessionWallet", outcome.receipt.logs) == [("SessionRevoked", {"entityId": 1, "cleared": cleared})]
    assert act(ruled_world, [Call(COUNTER, data=INCREMENT)]).reason == "ValidationFunctionMissing"
    assert view(ruled_world, "session", 1)[0] == ZERO
    assert view(ruled_world, "allowance", 1, 1, ZERO)[1] == (0 if cleared else 5)


@pytest.mark.parametrize("with_hook_data", [False, True])
def test_uninstall_what_a_new_session_with_the_same_id_inherits(
    ruled_world: World, rules: Ruleset, with_hook_data: bool
) -> None:
    install(ruled_world, [ContractAccess(address=COUNTER)])
    revoke(ruled_world, with_hook_data=with_hook_data)
    install(ruled_world, [ContractAccess(address=TOKEN)], generation=1)
    inherits = not rules.revocation_is_total and not with_hook_data
    outcome = act(ruled_world, [Call(COUNTER, data=INCREMENT)])
    assert outcome.reason == (None if inherits else "AddressNotAllowed")


def test_uninstall_account_functions_end_with_the_session(ruled_world: World) -> None:
    update = "0x" + account_function().hex()
    install(ruled_world, [AccountFunctions(functions=[update])])
    revoke(ruled_world, with_hook_data=False)
    install(ruled_world, [ContractAccess(address=OTHER_TOKEN)], generation=1)
    call = account_function() + bytes(64)
    assert act(ruled_world, call).reason == "ValidationFunctionMissing"


def account_function() -> bytes:
    from sessionlab.core.contracts.artifacts import artifact

    return artifact("SessionWallet").selector("updateFallbackSignerData")


def test_uninstall_of_what_is_not_installed(ruled_world: World, rules: Ruleset) -> None:
    outcome = revoke(ruled_world, 7, with_hook_data=True)
    if rules.revocation_is_total:
        assert outcome.phase == "ok"
    else:
        assert outcome.reason == "ArrayLengthMismatch"
    assert revoke(ruled_world, 8, with_hook_data=False).phase == "ok"


def test_uninstall_revert_for_anybody_but_the_owner(world: World, stranger: Key, session_key: Key) -> None:
    from .world import transact

    install(world, [ContractAccess(address=COUNTER)])
    before = everything(world)
    for who in (stranger, session_key):
        outcome = transact(world, who, WALLET, account.uninstall_call(1))
        assert (outcome.reason, outcome.args) == ("NotAuthorized", {"caller": who.address.lower()})
    assert act(world, account.uninstall_call(1)).reason == "ValidationFunctionMissing"
    assert everything(world) == before


def test_an_operation_that_was_signed_before_the_revocation_is_worthless_after_it(world: World) -> None:
    from .world import SESSION, operation, send, signed

    install(world, [ContractAccess(address=COUNTER)])
    op = signed(world, operation(world, [Call(COUNTER, data=INCREMENT)]), SESSION)
    revoke(world)
    assert send(world, op).reason == "ValidationFunctionMissing"
    assert send(world, replace(op, sender=MERCHANT)).phase == "validation"
