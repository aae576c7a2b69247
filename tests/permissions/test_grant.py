"""Each grant rule: what it refuses, in which words, and what it lets through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sessionlab.core.base.errors import GrantRefused, InvalidInput
from sessionlab.core.permissions import (
    DEPLOYED,
    DOCUMENTED,
    EXTENSIONS,
    LIMITS,
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
    Ruleset,
    check_grant,
    check_install,
    read_expiry,
)
from sessionlab.core.permissions.functions import NEVER_GRANTED
from sessionlab.core.permissions.grant import INSTALL_RULES
from sessionlab.core.permissions.grant_rules import BUILDER_RULES, MAX_EXPIRY

WALLET = "0xCd1F75fD719e3F9F08621D0038A95C7602A175E8"
TOKEN = "0x13A9b14fde1435f21F68921d9813d8F215751f90"
COUNTER = "0x5a700d1124D968B640E329410935Eb2D7ABDBE22"
ZERO = "0x" + "0" * 40
NOW = 1_800_000_000
BOTH = (DOCUMENTED, DEPLOYED)

native, gas, access = NativeTokenTransfer(allowance=1), GasLimit(limit=1), ContractAccess(address=COUNTER)
token = Erc20TokenTransfer(address=TOKEN, allowance=1)
lower_token = Erc20TokenTransfer(address=TOKEN.lower(), allowance=2)


def decide(permissions: list[Permission], rules: Ruleset, expiry: int | None = None) -> GrantRefused | None:
    try:
        check_grant(permissions, wallet=WALLET, expiry=expiry, now=NOW, rules=rules)
    except GrantRefused as refused:
        return refused
    return None


# rule, permissions, field, asked, a part of the message, a part of the fix
REFUSED_BY_BOTH: list[tuple[str, list[Permission], str, Any, str, str]] = [
    ("RootPermissionOnlyError", [Root(), gas], "permissions[0]", "root", "cannot be combined", "Grant root alone"),
    ("RootPermissionOnlyError", [gas, Root()], "permissions[1]", "root", "cannot be combined", "Grant root alone"),
    ("RootPermissionOnlyError", [Root(), Root()], "permissions[0]", "root", "cannot be combined", "Grant root alone"),
    (
        "AccountAddressAsTargetError",
        [access, ContractAccess(address=WALLET)],
        "permissions[1].data.address",
        WALLET,
        f"{WALLET} is the wallet itself",
        "account-functions",
    ),
    (
        "AccountAddressAsTargetError",
        [FunctionsOnContract(address=WALLET, functions=["a()"])],
        "permissions[0].data.address",
        WALLET,
        "is the wallet itself",
        "account-functions",
    ),
    (
        "DuplicateTargetAddressError",
        [access, FunctionsOnContract(address=COUNTER, functions=["a()"])],
        "permissions[1].data.address",
        COUNTER,
        "already named in permissions[0].data.address",
        "in one permission",
    ),
    (
        "NoFunctionsProvidedError",
        [access, AccountFunctions(functions=[])],
        "permissions[1].data.functions",
        [],
        "account-functions names no function",
        "at least one",
    ),
    (
        "NoFunctionsProvidedError",
        [FunctionsOnAllContracts(functions=[])],
        "permissions[0].data.functions",
        [],
        "functions-on-all-contracts names no function",
        "at least one",
    ),
    (
        "NoFunctionsProvidedError",
        [FunctionsOnContract(address=COUNTER, functions=[])],
        "permissions[0].data.functions",
        [],
        "functions-on-contract names no function",
        "at least one",
    ),
    (
        "SelectorNotAllowed",
        [AccountFunctions(functions=["0xdeadbeef", "0x1BBF564C"])],
        "permissions[0].data.functions[1]",
        "0x1bbf564c",
        "installValidation",
        "Leave this function out",
    ),
    *[
        (
            "ZeroAddressError",
            [permission],
            "permissions[0].data.address",
            ZERO,
            "zero address",
            "contract's address",
        )
        for permission in (
            Erc20TokenTransfer(address=ZERO, allowance=1),
            ContractAccess(address=ZERO),
            FunctionsOnContract(address=ZERO, functions=["a()"]),
        )
    ],
    (
        "MultipleNativeTokenTransferError",
        [native, access, native],
        "permissions[2]",
        "native-token-transfer",
        "already in permissions[0]",
        "allowance that you mean",
    ),
    (
        "MultipleGasLimitError",
        [access, gas, gas],
        "permissions[2]",
        "gas-limit",
        "already in permissions[1]",
        "limit that you mean",
    ),
    ("ValidationConfigUnsetError", [], "permissions", "an empty list", "allows no call", "contract-access"),
    ("ValidationConfigUnsetError", [gas], "permissions", "gas-limit", "allows no call", "contract-access"),
]


@pytest.mark.parametrize("rules", BOTH, ids=lambda rules: rules.name)
@pytest.mark.parametrize("case", REFUSED_BY_BOTH, ids=lambda case: f"{case[0]}-{case[2]}")
def test_refused_under_both_rulesets(case: tuple[Any, ...], rules: Ruleset) -> None:
    rule, permissions, field, asked, message, fix = case
    refused = decide(permissions, rules)
    assert refused is not None
    assert (refused.rule, refused.field, refused.asked) == (rule, field, asked)
    assert message in refused.message
    assert fix in str(refused.fix)


@pytest.mark.parametrize("code", NEVER_GRANTED)
def test_what_is_never_granted_is_fine_elsewhere(code: str) -> None:
    refused = decide([AccountFunctions(functions=[code])], DOCUMENTED)
    assert refused is not None
    assert refused.rule == "SelectorNotAllowed"
    assert decide([FunctionsOnAllContracts(functions=[code])], DOCUMENTED) is None


def test_the_nine_functions_that_are_never_granted() -> None:
    names = "execute executeBatch performCreate executeWithRuntimeValidation upgradeToAndCall"
    names += " installValidation uninstallValidation installExecution uninstallExecution"
    own = "executeUserOp installSession uninstallSession"  # what this wallet has in their place
    assert sorted(NEVER_GRANTED.values()) == sorted(f"{names} {own}".split(" "))


@pytest.mark.parametrize(
    ("permissions", "expiry", "documented", "deployed"),
    [
        ([native], 0, None, "ValidationConfigUnsetError"),
        ([native, gas], 0, None, "ValidationConfigUnsetError"),
        ([token, lower_token], 0, "DuplicateTargetAddressError", None),
        ([token, token], 0, "DuplicateTargetAddressError", None),
        ([token, token], NOW - 1, "ExpiredDeadlineError", "ExpiredDeadlineError"),
        ([access, ContractAccess(address=COUNTER.lower())], 0, "DuplicateTargetAddressError", None),
        ([ContractAccess(address=WALLET.lower())], 0, "AccountAddressAsTargetError", None),
        ([token, ContractAccess(address=TOKEN)], 0, None, None),
        ([Root()], 0, None, None),
    ],
)
def test_where_the_rulesets_differ(
    permissions: list[Permission], expiry: int, documented: str | None, deployed: str | None
) -> None:
    decided = [decide(permissions, rules, expiry) for rules in BOTH]
    assert [refused and refused.rule for refused in decided] == [documented, deployed]


def test_each_difference_has_its_own_flag() -> None:
    plain = replace(DEPLOYED, native_reaches_plain_transfers=True)
    assert decide([native], plain) is None
    cased = replace(DEPLOYED, addresses_compare_as_addresses=True)
    assert decide([token, lower_token], cased) is not None
    assert decide([native], cased) is not None


@pytest.mark.parametrize("rules", BOTH, ids=lambda rules: rules.name)
@pytest.mark.parametrize(
    ("expiry", "rule"),
    [
        (None, None),
        (0, None),
        (NOW, None),
        (NOW - 1, "ExpiredDeadlineError"),
        (MAX_EXPIRY, None),
        (MAX_EXPIRY + 1, "DeadlineOverLimitError"),
    ],
)
def test_expiry(expiry: int | None, rule: str | None, rules: Ruleset) -> None:
    refused = decide([access], rules, expiry)
    assert (refused and refused.rule) == rule
    if refused:
        assert (refused.field, refused.asked) == ("expiry_sec", expiry)


def test_the_first_broken_rule_gives_the_reason() -> None:
    broken = [
        native,
        native,
        GasLimit(limit=1),
        gas,
        ContractAccess(address=ZERO),
        AccountFunctions(functions=[]),
    ]
    reasons = []
    for rest in range(len(broken)):
        refused = decide(broken[: len(broken) - rest], DOCUMENTED, NOW - 1)
        assert refused is not None
        reasons.append(refused.rule)
    assert reasons == [
        "NoFunctionsProvidedError",
        "ZeroAddressError",
        "MultipleNativeTokenTransferError",
        "MultipleNativeTokenTransferError",
        "MultipleNativeTokenTransferError",
        "ExpiredDeadlineError",
    ]


def test_the_rules_have_their_production_names() -> None:
    own = {LIMITS[kind].single for kind in EXTENSIONS.values()}
    assert [rule for rule, _ in BUILDER_RULES if rule not in own][:-1] == [
        "UnsupportedPermissionTypeError",
        "RootPermissionOnlyError",
        "AccountAddressAsTargetError",
        "DuplicateTargetAddressError",
        "NoFunctionsProvidedError",
        "SelectorNotAllowed",
        "ZeroAddressError",
        "MultipleNativeTokenTransferError",
        "MultipleGasLimitError",
        "ValidationConfigUnsetError",
        "ExpiredDeadlineError",
        "DeadlineOverLimitError",
    ]
    assert INSTALL_RULES == ("AccountAddressAsTargetError", "ValidationAlreadySet", "TimeRangeNotValid")


TWICE = [
    AccountFunctions(functions=["0xdeadbeef"]),
    access,
    AccountFunctions(functions=["a()", "0xDEADBEEF"]),
]


@pytest.mark.parametrize(
    ("asked", "rule", "field"),
    [
        ({"entity_taken": True}, "ValidationAlreadySet", "entity_id"),
        ({"permissions": TWICE}, "ValidationAlreadySet", "permissions[2].data.functions[1]"),
        (
            {"permissions": TWICE, "valid_after": NOW},
            "ValidationAlreadySet",
            "permissions[2].data.functions[1]",
        ),
        ({"valid_after": NOW}, "TimeRangeNotValid", "valid_after"),
        ({"valid_after": NOW + 1}, "TimeRangeNotValid", "valid_after"),
    ],
)
def test_what_the_contract_refuses_on_installing(asked: dict[str, Any], rule: str, field: str) -> None:
    given: dict[str, Any] = {"permissions": [access], "expiry": NOW, **asked}
    with pytest.raises(GrantRefused) as refused:
        check_install(**given)
    assert (refused.value.rule, refused.value.field) == (rule, field)
    assert refused.value.fix


@pytest.mark.parametrize("kind", [ContractAccess, Erc20TokenTransfer])
def test_the_contract_knows_the_wallet_in_any_letter_case(kind: Any) -> None:
    itself = kind(address=WALLET.lower(), **({"allowance": 1} if kind is Erc20TokenTransfer else {}))
    check_install([itself], expiry=NOW)
    with pytest.raises(GrantRefused, match="is the wallet itself") as refused:
        check_install([access, itself], expiry=NOW, wallet=WALLET)
    assert (refused.value.rule, refused.value.field) == ("AccountAddressAsTargetError", "permissions[1].data.address")


@pytest.mark.parametrize(("expiry", "valid_after"), [(0, NOW), (None, NOW), (NOW, NOW - 1), (NOW, 0)])
def test_what_the_contract_installs(expiry: int | None, valid_after: int) -> None:
    same_name_elsewhere = FunctionsOnAllContracts(functions=["0xdeadbeef", "0xdeadbeef"])
    check_install([same_name_elsewhere, TWICE[0]], expiry=expiry, valid_after=valid_after)


@pytest.mark.parametrize("expiry", [None, 0, NOW, 9_999_999_999, MAX_EXPIRY + 1])
def test_expiry_in_seconds_is_taken(expiry: int | None) -> None:
    assert read_expiry(expiry) == expiry


AN_END = "Give whole seconds since 1970, or a datetime with a timezone, or 0 for none."


@pytest.mark.parametrize(
    ("expiry", "message", "fix"),
    [
        (NOW * 1000, "past the year 2286", f"Give seconds, not milliseconds: {NOW}."),
        (MAX_EXPIRY, "past the year 2286", "Give seconds, not milliseconds."),  # the thousandth part is no date either
        (-1, "below zero", AN_END),
        (1.5, "1.5 is not a whole number", AN_END),
        (True, "True is not a whole number", AN_END),
        ("soon", "'soon' is not a whole number", AN_END),
    ],
)
def test_expiry_in_anything_else_is_refused(expiry: Any, message: str, fix: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        read_expiry(expiry)
    assert not isinstance(refused.value, GrantRefused)
    assert (refused.value.field, refused.value.asked, refused.value.fix) == ("expiry_sec", expiry, fix)
