"""Reading a vectors file: what is malformed is refused with the number of its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sessionlab.core.base.errors import InvalidInput
from sessionlab.study.replay.vectors import differences, has, permissions_of, read_vectors, targets_of

TOKEN = "0x" + "ab" * 20
OPERATION = {
    "time": 1,
    "via": "execute",
    "calls": [],
    "gas": {},
    "signer": "SESSION",
    "nonce": "next",
    "wrap": "auto",
    "expect": {},
}
LINE: dict[str, Any] = {
    "id": 7,
    "addresses": {"TOKEN_A": TOKEN},
    "time0": 1,
    "permissions": [
        {"type": "erc20-token-transfer", "data": {"address": "TOKEN_A", "allowance": "0x1"}},
        {"type": "root"},
    ],
    "expiry": 0,
    "valid_after": 0,
    "grant": {"granted": True},
    "ops": [OPERATION, {"kind": "revoke", "time": 2, "how": "no-hook-data", "expect": {}}],
}


def without(name: str, data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}


def test_a_line_without_rules_is_of_the_deployed_rules(tmp_path: Path) -> None:
    file = tmp_path / "vectors.jsonl"
    file.write_text(json.dumps(LINE) + "\n" + json.dumps(LINE | {"rules": "documented"}) + "\n")
    assert [line["rules"] for line in read_vectors(file)] == ["deployed", "documented"]


MALFORMED = {
    "no JSON": "{",
    "empty": "",
    "a number": "5",
    "a list": "[]",
    "null": "null",
    **{f"no {name}": json.dumps(without(name, LINE)) for name in LINE},
    "ops is text": json.dumps(LINE | {"ops": "none"}),
    "an operation is null": json.dumps(LINE | {"ops": [None]}),
    **{
        f"an operation without {name}": json.dumps(LINE | {"ops": [without(name, OPERATION)]})
        for name in OPERATION
        if name != "calls"
    },
    "a revocation without how": json.dumps(LINE | {"ops": [{"kind": "revoke", "time": 2, "expect": {}}]}),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_line_is_refused_by_its_number(case: str, tmp_path: Path) -> None:
    file = tmp_path / "vectors.jsonl"
    file.write_text(f"{json.dumps(LINE)}\n{MALFORMED[case]}\n")
    with pytest.raises(InvalidInput, match=r"Line 2 of .*vectors\.jsonl is not a vector") as refused:
        read_vectors(file)
    assert refused.value.field == "line 2"


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "binary"):
        with pytest.raises(InvalidInput, match="cannot be read") as refused:
            read_vectors(tmp_path / name)
        assert refused.value.field == "path"


def test_symbols_become_addresses() -> None:
    first, second = permissions_of(LINE)
    assert first["data"] == {"address": TOKEN, "allowance": "0x1"}
    assert second == {"type": "root"}
    assert targets_of(LINE, "erc20-token-transfer") == {"TOKEN_A": TOKEN}
    assert has(LINE, "root") and not has(LINE, "gas-limit")


def test_differences_name_the_path() -> None:
    expected = {"a": {"b": 1, "c": 2}, "d": 3}
    assert list(differences(expected, {"a": {"b": 1, "c": 9}, "extra": 0})) == [
        "a.c: expected 2, found 9",
        "d: expected 3, found None",
    ]
    assert list(differences(expected, expected)) == []
