"""The permission types: from Python, from JSON and back, in words, and as rows of the contract."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sessionlab as sl
import sessionlab.core.permissions as permissions_door
from sessionlab.core.base.amounts import MAX_UINT256, ether
from sessionlab.core.permissions import (
    PERMISSION_TYPES,
    AccountFunctions,
    CallLimit,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    GrantRow,
    NativeTokenTransfer,
    Permission,
    Root,
    permission_from_json,
    permissions_from_json,
    permissions_to_json,
    rows,
)
from sessionlab.core.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.core.permissions.limits import GrantKind, LimitKind, kind_of
from sessionlab.core.permissions.types import Permission as Base

TOKEN = "0x13A9b14fde1435f21F68921d9813d8F215751f90"
TRANSFER, ADD = bytes.fromhex("a9059cbb"), bytes.fromhex("1003e2d2")

# permission, JSON data, sentence, rows
EACH: list[tuple[Permission, dict[str, Any] | None, str, list[GrantRow]]] = [
    (
        NativeTokenTransfer(allowance=ether(1)),
        {"allowance": "0xde0b6b3a7640000"},
        "may send up to 1 ETH in total",
        [GrantRow(LimitKind.NATIVE, amount=10**18)],
    ),
    (
        Erc20TokenTransfer(address=TOKEN, allowance=1000),
        {"address": TOKEN, "allowance": "0x3e8"},
        "may transfer or approve up to 1,000 units of token 0x13A9…1f90 in total",
        [GrantRow(LimitKind.ERC20, TOKEN.lower(), amount=1000)],
    ),
    (
        GasLimit(limit=3_000_000),
        {"limit": "0x2dc6c0"},
        "may spend the wallet's gas up to 3,000,000 in total (gas; wei under the deployed rules)",
        [GrantRow(LimitKind.GAS, amount=3_000_000)],
    ),
    (
        ContractAccess(address=TOKEN),
        {"address": TOKEN},
        "may call every function of 0x13A9…1f90",
        [GrantRow(GrantKind.CONTRACT, TOKEN.lower())],
    ),
    (
        AccountFunctions(functions=["0xDEADBEEF"]),
        {"functions": ["0xdeadbeef"]},
        "may call 0xdeadbeef of the wallet itself",
        [GrantRow(GrantKind.ACCOUNT_FUNCTION, selector=b"\xde\xad\xbe\xef")],
    ),
    (
        FunctionsOnAllContracts(functions=["transfer(address, uint256)", "0x1003e2d2"]),
        {"functions": ["0xa9059cbb", "0x1003e2d2"]},
        "may call transfer(address,uint256), add(uint256) on any address",
        [GrantRow(GrantKind.FUNCTION_ANYWHERE, selector=TRANSFER), GrantRow(GrantKind.FUNCTION_ANYWHERE, selector=ADD)],
    ),
    (
        FunctionsOnContract(address=TOKEN, functions=("transfer(address,uint256)",)),
        {"address": TOKEN, "functions": ["0xa9059cbb"]},
        "may call transfer(address,uint256) on 0x13A9…1f90",
        [GrantRow(GrantKind.FUNCTION_ON_CONTRACT, TOKEN.lower(), TRANSFER)],
    ),
    (Root(), None, "may do everything that the owner may, without limit", [GrantRow(GrantKind.ROOT)]),
    (
        CallLimit(count=5),
        {"count": "0x5"},
        "may send up to 5 operations in total",
        [GrantRow(LimitKind.OPERATIONS, amount=5)],
    ),
]


def test_every_type_is_here() -> None:
    assert [permission.type for permission, *_ in EACH] == list(PERMISSION_TYPES)


@pytest.mark.parametrize("case", EACH, ids=lambda case: case[0].type)
def test_each_type(case: tuple[Permission, dict[str, Any] | None, str, list[GrantRow]]) -> None:
    permission, data, sentence, installed = case
    written = {"type": permission.type} if data is None else {"type": permission.type, "data": data}
    assert permission.to_json() == written
    assert permission_from_json(written) == permission
    assert permission.sentence == sentence
    assert repr(permission) == str(permission) == f"<{type(permission).__name__}: {sentence}>"
    assert list(permission.rows()) == installed


def test_rows_come_in_the_order_of_the_permissions() -> None:
    permissions = [permission for permission, *_ in EACH]
    assert list(rows(permissions)) == [row for *_, installed in EACH for row in installed]
    assert rows([]) == ()


def test_kinds_are_those_of_the_contract_and_zero_is_none() -> None:
    names = [
        "NATIVE", "ERC20", "GAS", "CONTRACT",
        "ACCOUNT_FUNCTION", "FUNCTION_ANYWHERE", "FUNCTION_ON_CONTRACT", "ROOT",
    ]  # fmt: skip
    production = [kind_of(number) for number in range(1, 9)]
    assert [kind.name for kind in production] == names
    with pytest.raises(ValueError, match="0 is not a valid"):
        kind_of(0)


def test_a_list_without_functions_is_left_to_the_grant_rules() -> None:
    assert FunctionsOnAllContracts(functions=[]).rows() == ()
    assert AccountFunctions(functions=[]).sentence == "may call no function of the wallet itself"
    assert permissions_from_json([]) == []


def test_permissions_cannot_be_changed() -> None:
    with pytest.raises(sl.ReadOnly, match=r"A GasLimit's limit cannot be set.*make another permission"):
        GasLimit(limit=1).limit = 2  # type: ignore[misc]


def test_the_base_is_no_permission() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]


def test_the_door_is_complete() -> None:
    assert all(hasattr(permissions_door, name) for name in permissions_door.__all__)
    assert {kind.__name__ for kind in PERMISSION_TYPES.values()} <= set(permissions_door.__all__)


amounts = st.integers(0, MAX_UINT256).map(hex)
hex_digits = st.text("0123456789abcdef", min_size=40, max_size=40)
addresses = (hex_digits | hex_digits.map(str.upper)).map("0x{}".format) | st.just(TOKEN)
functions = st.lists(st.binary(min_size=4, max_size=4).map(lambda code: "0x" + code.hex()), max_size=4)
VALUES = {AMOUNT: amounts, ADDRESS: addresses, FUNCTIONS: functions}


def json_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    fields = PERMISSION_TYPES[name].fields()
    if not fields:
        return st.just({"type": name})
    return st.fixed_dictionaries({field: VALUES[form] for field, form in fields.items()}).map(
        lambda data: {"type": name, "data": data}
    )


@given(st.lists(st.sampled_from(list(PERMISSION_TYPES)).flatmap(json_of)))
def test_json_is_written_as_it_was_read(items: list[dict[str, Any]]) -> None:
    permissions = permissions_from_json(items)
    assert permissions_to_json(permissions) == items
    assert len(rows(permissions)) == sum(len(item.get("data", {}).get("functions", [None])) for item in items)


@given(st.integers(0, MAX_UINT256), st.integers(0, 10))
def test_leading_zeros_are_read_and_not_written(amount: int, zeros: int) -> None:
    limit = permission_from_json({"type": "gas-limit", "data": {"limit": "0x" + "0" * zeros + f"{amount:X}"}})
    assert limit == GasLimit(limit=amount)
    assert limit.to_json()["data"] == {"limit": hex(amount)}
