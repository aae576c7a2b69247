"""The tour: each of the eight types, one operation done, one refused and why, the allowance before and after."""

from __future__ import annotations

import json

import pytest

from sessionlab.cli import main
from sessionlab.permissions import ruleset
from sessionlab.permissions.types import types_under

RULES = ("documented", "deployed")
REFUSED = {
    "native-token-transfer": ("execution", "ExceededNativeTokenLimit"),
    "erc20-token-transfer": ("execution", "ExceededTokenLimit"),
    "contract-access": ("validation", "AddressNotAllowed"),
    "account-functions": ("validation", "ValidationFunctionMissing"),
    "functions-on-all-contracts": ("validation", "AddressNotAllowed"),
    "functions-on-contract": ("validation", "SelectorNotAllowed"),
    "root": ("validation", "AA22 expired or not due"),
}
GAS_REFUSED = {"documented": "ExceededGasLimit", "deployed": "ExceededNativeTokenLimit"}
UNITS = {"documented": "gas", "deployed": "wei"}


@pytest.fixture(params=RULES)
def rules(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def lines(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main(["tour", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_json_has_one_line_for_each_type(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "--rules", rules)
    known = types_under(ruleset(rules))
    assert sorted(str(line["permission"]) for line in found) == sorted(known)
    assert len(known) == 8


def test_each_type_allows_one_and_refuses_one_for_its_own_reason(
    rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = REFUSED | {"gas-limit": ("validation", GAS_REFUSED[rules])}
    for line in lines(capsys, "--rules", rules):
        assert line["allowed"]["ok"] is True
        assert line["allowed"]["gas"] > 21_000
        denied = line["denied"]
        assert denied["ok"] is False
        assert (denied["phase"], denied["code"]) == expected[line["permission"]]
        assert len(denied["message"]) > 40


def test_allowances_add_up_and_belong_to_the_counted_types(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = {line["permission"]: line["allowance"] for line in lines(capsys, "--rules", rules)}
    counted = {"native-token-transfer", "erc20-token-transfer", "gas-limit"}
    assert {name for name, allowance in found.items() if allowance} == counted
    for name in counted:
        allowance = found[name]
        assert set(allowance) == {"limit", "used", "remaining", "unit"}
        assert int(allowance["used"]) + int(allowance["remaining"]) == int(allowance["limit"])
        assert int(allowance["used"]) > 0
    assert found["native-token-transfer"]["used"] == str(4 * 10**17)
    assert found["erc20-token-transfer"]["remaining"] == "15500000"
    assert found["gas-limit"]["unit"] == UNITS[rules]


def test_the_same_seed_tells_the_same_and_another_seed_another_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert lines(capsys) == lines(capsys, "--seed", "0")
    assert lines(capsys)[1]["allowance"]["unit"] != lines(capsys, "--seed", "1")[1]["allowance"]["unit"]


def test_text_shows_why_what_helps_and_the_allowance_before_and_after(
    rules: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tour", "--rules", rules]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.count("✓ done") == text.count("✗ refused") == text.count(" why ") == 8
    assert "0 ETH of 1 ETH used, 1 ETH left" in text
    assert "0.4 ETH of 1 ETH used, 0.6 ETH left" in text
    assert "8 of 8 types" in text
