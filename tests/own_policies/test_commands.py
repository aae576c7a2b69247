"""``sessionlab audit`` and ``sessionlab explain``: what they print, and their exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.cli import main

SHOP = "0x5a700d1124D968B640E329410935Eb2D7ABDBE22"
POLICY = {
    "account": "0x" + "22" * 20,
    "chainId": "0x1",
    "key": {"type": "secp256k1", "publicKey": "0x" + "33" * 20},
    "permissions": [
        {"type": "contract-access", "data": {"address": SHOP}},
        {"type": "native-token-transfer", "data": {"allowance": hex(10**18)}},
    ],
}
BUY = {"to": SHOP, "value": hex(6 * 10**17), "data": "0xd96a094a"}


def written(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return str(path)


def test_the_audit_names_both_headlines_under_each_ruleset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", written(tmp_path, "policy.json", POLICY), "--balance", "3", "--expires-in", "3600"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for rules in ("documented", "deployed"):
        part = said.partition(f"Audit under the {rules} rules.")[2]
        assert part.startswith(" ● medium: Anyone who steals this key can take up to 1 ETH.")
        assert "the thief also collects all 3 ETH in gas fees" in part
    assert "may send up to 1 ETH in total" in said and "Only documented: " in said


def test_the_audit_as_json_is_that_of_the_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "policy.json", POLICY)
    assert main(["audit", path, "--rules", "deployed", "--expiry-sec", "1900000000", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (under,) = told["rulesets"]
    expected = sl.verify(path, rules="deployed", expiry_sec=1_900_000_000).audits["deployed"]
    assert under["audit"]["headlines"] == expected.to_json()["headlines"]
    assert told["comparison"] is None and told["ok"] is True


def test_a_policy_that_a_ruleset_refuses_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = [{"type": "native-token-transfer", "data": {"allowance": "0x1"}}]
    path = written(tmp_path, "policy.json", alone)
    assert main(["audit", path]) == 1
    assert "✗ The deployed rules cannot grant it." in capsys.readouterr().out
    assert main(["audit", path, "--rules", "documented"]) == 0


def test_explain_ends_with_0_only_if_all_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = written(tmp_path, "policy.json", POLICY)
    assert main(["explain", policy, written(tmp_path, "once.json", [BUY])]) == 0
    assert "permissions[1] native-token-transfer: 0.6 ETH of 1 ETH is used" in capsys.readouterr().out
    twice = written(tmp_path, "twice.json", [[BUY], [BUY]])
    assert main(["explain", policy, twice]) == 1
    assert "only 0.4 ETH of its native-token-transfer allowance remains" in " ".join(capsys.readouterr().out.split())
    assert main(["explain", policy, twice, "--rules", "deployed", "--format", "json"]) == 1
    (under,) = json.loads(capsys.readouterr().out)["rulesets"]
    assert [each["ok"] for each in under["operations"]] == [True, False]
    assert under["operations"][1]["denial"]["code"] == "ExceededNativeTokenLimit"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["explain", "{policy}", "{folder}/none.json"], "operations"),
        (["explain", "{folder}/none.json", "{calls}"], "policy"),
        (["explain", "{policy}", "{broken}"], "operations"),
        (["explain", "{policy}", "{policy}"], "operations.account"),
        (["audit", "{calls}"], "policy.permissions[0].type"),
        (["audit", "{policy}", "--balance", "-1"], "--balance"),
        (["audit", "{policy}", "--expires-in", "0"], "expires_in"),
        (["audit", "{policy}", "--extension", "nonsense"], "extensions"),
    ],
)
def test_what_cannot_be_read_ends_with_2_and_names_the_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], field: str
) -> None:
    files = {
        "folder": tmp_path,
        "policy": written(tmp_path, "policy.json", POLICY),
        "calls": written(tmp_path, "calls.json", [BUY]),
        "broken": written(tmp_path, "broken.json", "{"),
    }
    assert main([part.format(**files) for part in arguments]) == 2
    shown = capsys.readouterr()
    assert f"(field: {field})" in shown.err and "Next step:" in shown.err
    assert not shown.out
