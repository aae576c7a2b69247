"""Malformed permissions: the exact field, what came, and how to write it instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sessionlab.core.base.errors import GrantRefused, InvalidInput
from sessionlab.core.permissions import (
    CallLimit,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    GasLimit,
    NativeTokenTransfer,
    permissions_from_json,
)

TOKEN = "0x13A9b14fde1435f21F68921d9813d8F215751f90"
WRONG = TOKEN[:-1] + "1"
HEX = "Write it as hex text that begins with 0x, such as '0x3e8' for 1000."
NUMBER = "Give a whole number: ether('0.3') and gwei(2) make one."
ADDRESS = "Write the address as 0x and 40 hex digits."
SELECTOR = "Write the selector as 0x and 8 hex digits, such as '0xa9059cbb'."
EIGHT = "; the selector of a function has 8 (4 bytes)."
TYPES = (
    "Use one of: native-token-transfer, erc20-token-transfer, gas-limit, contract-access, "
    "account-functions, functions-on-all-contracts, functions-on-contract, root"
)


def gas(limit: Any) -> dict[str, Any]:
    return {"type": "gas-limit", "data": {"limit": limit}}


def access(address: Any) -> dict[str, Any]:
    return {"type": "contract-access", "data": {"address": address}}


def anywhere(*functions: Any) -> dict[str, Any]:
    return {"type": "functions-on-all-contracts", "data": {"functions": list(functions)}}


LIMIT, AT, CODE = "permissions[1].data.limit", "permissions[1].data.address", "permissions[1].data.functions"

# permission, field, what came, message, fix
JSON_CASES: list[tuple[Any, str, Any, str, str]] = [
    (gas("0xzz"), LIMIT, "0xzz", "'0xzz' is not a hex number.", HEX),
    (gas("0x"), LIMIT, "0x", "'0x' is not a hex number.", HEX),
    (gas("0x1\n"), LIMIT, "0x1\n", "'0x1\\n' is not a hex number.", HEX),
    (gas("300"), LIMIT, "300", "'300' does not begin with 0x.", HEX),
    (gas("0X1"), LIMIT, "0X1", "'0X1' does not begin with 0x.", HEX),
    (gas("-0x1"), LIMIT, "-0x1", "'-0x1' is below zero.", "Give zero or more."),
    (gas(300), LIMIT, 300, "300 is of type int, not an amount.", HEX),
    (gas(True), LIMIT, True, "True is of type bool, not an amount.", HEX),
    (gas(1.5), LIMIT, 1.5, "1.5 is of type float, not an amount.", HEX),
    (gas(None), LIMIT, None, "None is of type NoneType, not an amount.", HEX),
    (
        gas("0x1" + "0" * 64),
        LIMIT,
        "0x1" + "0" * 64,
        f"'0x1{'0' * 64}' is more than 256 bits can hold.",
        "Give at most 2**256 - 1.",
    ),
    (
        gas("0x" + "f" * 200),
        LIMIT,
        "0x(64 hex digits or more, not shown)",
        "'0x(64 hex digits or more, not shown)...' is more than 256 bits can hold.",
        "Give at most 2**256 - 1.",
    ),
    (access(TOKEN[2:]), AT, TOKEN[2:], f"'{TOKEN[2:]}' does not begin with 0x.", ADDRESS),
    (access("0x123"), AT, "0x123", "'0x123' has 3 hex digits, not 40.", ADDRESS),
    (access(TOKEN + "00"), AT, TOKEN + "00", f"'{TOKEN}00' has 42 hex digits, not 40.", ADDRESS),
    (access("0x" + "g" * 40), AT, "0x" + "g" * 40, f"'0x{'g' * 40}' is not hex.", ADDRESS),
    (access(5), AT, 5, "5 is of type int, not an address.", ADDRESS),
    (
        access(WRONG),
        AT,
        WRONG,
        f"'{WRONG}' has a wrong checksum: a letter or digit has changed.",
        "Copy the address again, or write 0x13a9b14fDE1435F21f68921D9813d8f215751F91 if you are sure.",
    ),
    (anywhere("0xa9059cbb", "0xa9"), f"{CODE}[1]", "0xa9", "'0xa9' has 2 hex digits" + EIGHT, SELECTOR),
    (anywhere("0x"), f"{CODE}[0]", "0x", "'0x' has 0 hex digits" + EIGHT, SELECTOR),
    (
        anywhere("0x" + "00" * 32),
        f"{CODE}[0]",
        "0x" + "00" * 32,
        f"'0x{'00' * 32}' has 64 hex digits" + EIGHT,
        SELECTOR,
    ),
    (anywhere("0xa9059cbg"), f"{CODE}[0]", "0xa9059cbg", "'0xa9059cbg' is not hex.", SELECTOR),
    (anywhere("ping()"), f"{CODE}[0]", "ping()", "'ping()' does not begin with 0x.", SELECTOR),
    (anywhere(7), f"{CODE}[0]", 7, "7 is of type int, not a function.", SELECTOR),
    (
        {"type": "account-functions", "data": {"functions": "0xa9059cbb"}},
        CODE,
        "0xa9059cbb",
        "'0xa9059cbb' is of type str, not a list.",
        "Put the functions in a list: [...].",
    ),
    (
        {"type": "account-functions", "data": {"functions": ("0xa9059cbb",)}},
        CODE,
        ("0xa9059cbb",),
        "('0xa9059cbb',) is of type tuple, not a list.",
        "Put the functions in a list: [...].",
    ),
    ({"type": "gas-limit", "data": {}}, LIMIT, None, f"{LIMIT} is missing.", "Add 'limit'."),
    (
        {"type": "gas-limit", "data": {"limt": "0x1"}},
        "permissions[1].data.limt",
        "0x1",
        "permissions[1].data.limt is not part of this permission.",
        "Did you mean 'limit'?",
    ),
    (
        {"type": "gas-limit", "data": {"limit": "bad", "note": 1}},
        "permissions[1].data.note",
        1,
        "permissions[1].data.note is not part of this permission.",
        "Leave out 'note'.",
    ),
    (
        {"type": "gas-limit"},
        "permissions[1].data",
        None,
        "permissions[1].data is missing.",
        "Add 'data' with: limit.",
    ),
    (
        {"type": "erc20-token-transfer", "data": None},
        "permissions[1].data",
        None,
        "permissions[1].data is not a JSON object.",
        "Write it as an object with: address, allowance.",
    ),
    ({"type": "root", "data": {}}, "permissions[1].data", {}, "root carries no data.", "Leave out 'data'."),
    (
        {**gas("0x1"), "note": 1},
        "permissions[1].note",
        1,
        "'note' is not part of a permission.",
        "Leave out 'note'.",
    ),
    ({"data": {}}, "permissions[1].type", None, "permissions[1].type is missing.", TYPES),
    (
        "root",
        "permissions[1]",
        "root",
        "permissions[1] is not a JSON object.",
        "Write it as {'type': ..., 'data': {...}}.",
    ),
]


@pytest.mark.parametrize("case", JSON_CASES, ids=lambda case: str(case[0])[:60])
def test_malformed_json(case: tuple[Any, str, Any, str, str]) -> None:
    item, field, asked, message, fix = case
    with pytest.raises(InvalidInput) as refused:
        permissions_from_json([{"type": "root"}, item])
    error = refused.value
    assert (error.field, error.asked, error.message, error.fix) == (field, asked, message, fix)


@pytest.mark.parametrize(
    ("name", "fix"),
    [("gas-limt", "Did you mean 'gas-limit'?"), ("xyz", TYPES), (7, TYPES), (["root"], TYPES), ("", TYPES)],
)
def test_unknown_types(name: Any, fix: str) -> None:
    with pytest.raises(GrantRefused, match="is not a permission type") as refused:
        permissions_from_json([{"type": name, "data": {}}])
    error = refused.value
    assert (error.rule, error.field) == ("UnsupportedPermissionTypeError", "permissions[0].type")
    assert (error.asked, error.fix) == (name, fix)


def test_what_is_no_list() -> None:
    with pytest.raises(InvalidInput, match="permissions is not a list") as refused:
        permissions_from_json({"type": "root"})
    assert refused.value.field == "permissions"


@pytest.mark.parametrize("address", [TOKEN, TOKEN.lower(), "0x" + TOKEN[2:].upper()])
def test_letter_case_of_an_address_is_kept(address: str) -> None:
    assert ContractAccess(address=address).address == address


@pytest.mark.parametrize("limit", [5, "0x5", "0x05"])
def test_python_takes_numbers_and_hex(limit: Any) -> None:
    assert GasLimit(limit=limit) == GasLimit(limit=5)


@pytest.mark.parametrize(
    ("limit", "message", "fix"),
    [
        (0.5, "0.5 is of type float, not an amount.", NUMBER),
        (True, "True is of type bool, not an amount.", NUMBER),
        (-1, "-1 is below zero.", "Give zero or more."),
        ("300", "'300' is not a whole number.", NUMBER),
    ],
)
def test_python_amounts_are_refused_by_name(limit: Any, message: str, fix: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        GasLimit(limit=limit)
    assert (refused.value.field, refused.value.message, refused.value.fix) == ("limit", message, fix)


@pytest.mark.parametrize("text", ["transfer(address,uint256)", "transfer(address, uint)", "0xA9059CBB"])
def test_python_takes_signatures_and_selectors(text: str) -> None:
    assert FunctionsOnAllContracts(functions=[text]).functions == ("0xa9059cbb",)


@pytest.mark.parametrize("text", ["transfer", "transfer(address", "0xa9059c", "transfer(notatype)", "f(uint7)"])
def test_python_functions_are_refused_by_place(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"field: functions\[1\]") as refused:
        FunctionsOnAllContracts(functions=["ping()", text])
    assert "transfer(address,uint256)" in str(refused.value.fix)


@pytest.mark.parametrize(("make", "is_asset"), [
    (lambda value: CallLimit(count=value), False),
    (lambda value: NativeTokenTransfer(allowance=value), True),
    (lambda value: Erc20TokenTransfer(address="0x" + "c3" * 20, allowance=value), True),
    (lambda value: GasLimit(limit=value), True),
], ids=["call-limit", "native-token-transfer", "erc20-token-transfer", "gas-limit"])  # fmt: skip
def test_ether_is_advised_for_assets_alone(make: Callable[[Any], Any], is_asset: bool) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(1.5)
    assert refused.value.fix == (NUMBER if is_asset else "Give a whole number, such as 5.")
