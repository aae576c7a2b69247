"""A policy in a repository: what passes, what fails, and what each failure says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.cli import main
from sessionlab.study.verifying import report
from tests.project.repository import ROOT

EXAMPLE = Path(__file__).parent / "example"
POLICY, WIDENED, CASES = (str(EXAMPLE / name) for name in ("policy.json", "widened.json", "cases.yaml"))


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def test_the_example_passes_and_its_coverage_names_the_unexercised_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", POLICY, "--cases", CASES]) == 0
    said = lines(capsys)
    assert "! no case notices permissions[2].data.allowance one lower" in said
    assert "! no case notices permissions[2].data.allowance one higher" in said
    assert not [line for line in said if "permissions[0]" in line or "permissions[1]" in line or "expiresIn" in line]
    assert said[-1].startswith("✓")


def test_a_limit_without_cases_fails_where_coverage_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", POLICY, "--cases", CASES, "--full-coverage"]) == 1
    assert lines(capsys)[-1].endswith("2 checks failed.")


def test_a_widened_policy_fails_with_a_call_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", WIDENED, "--cases", CASES, "--baseline", POLICY, "--rules", "documented"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "✗ sells what was bought [documented] expected refused for SelectorNotAllowed; it is allowed." in said
    assert (
        "✗ grants something new [documented] A call of the unnamed function 0xdeadbeef on shop (0x5a70…BE22): " in said
    )
    assert "the policy takes it, the baseline refuses it in validation: SelectorNotAllowed." in said


def test_a_narrowed_policy_grants_nothing_new() -> None:
    judged = sl.verify(POLICY, baseline=WIDENED)
    assert judged.ok
    assert {c.relation for c in judged.comparisons.values()} == {"wider"}


@pytest.mark.parametrize(
    ("level", "ok"), [("permissions:medium", False), ("permissions:high", True), ("gas:critical", False)]
)
def test_the_user_says_which_severity_of_which_headline_fails(level: str, ok: bool) -> None:
    name, _, severity = level.partition(":")
    judged = sl.verify(POLICY, fail_on={name: severity})
    assert judged.ok is ok
    assert {check.about for check in judged.failures} == (set() if ok else {"audit"})


def test_a_policy_that_no_rules_grant_fails_with_the_reason() -> None:
    judged = sl.verify([sl.GasLimit(limit=5)])
    assert [check.title for check in judged.failures] == ["cannot be granted"] * 2
    assert "ValidationConfigUnsetError" in judged.failures[0].detail


def test_a_token_allowance_is_in_the_headline() -> None:
    judged = sl.verify([sl.Erc20TokenTransfer(address="0x13A9b14fde1435f21F68921d9813d8F215751f90", allowance=100)])
    assert "100 units of 0x13A9…1f90" in judged.audits["documented"].by_permissions.sentence


def test_annotations_name_the_file_and_escape_what_github_would_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", WIDENED, "--baseline", POLICY, "--rules", "documented", "--format", "github"]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"::error file={WIDENED},title=Against the baseline (documented)%3A grants something new::")
    assert report._escaped("a,b:c%\n", is_property=True) == "a%2Cb%3Ac%25%0A"


def test_a_workflow_reads_no_command_in_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", WIDENED, "--baseline", POLICY, "--cases", CASES, "--format", "github"]) == 1
    said = capsys.readouterr().out.splitlines()
    stop = next(line for line in said if line.startswith("::stop-commands::"))
    at = said.index(stop)
    assert said[-1] == f"::{stop.removeprefix('::stop-commands::')}::"
    assert all(line.startswith("::") for line in said[:at])
    assert sum(line.startswith("::notice") for line in said) <= 10


def test_a_comment_mentions_nobody_and_links_nowhere() -> None:
    said = report._cell("@all [x](http://evil) ![i](i.png) `a` <b>| #1")
    assert not set("@[]`<>|!") & set(said) and "://" not in said
    assert unescape(said) == "@all [x](http://evil) ![i](i.png) `a` <b>| #1"


def test_the_comment_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", WIDENED, "--baseline", POLICY, "--format", "comment"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"### ✗ {WIDENED}: 2 checks failed."
    assert all(line.count(" | ") >= 2 for line in said[4:])


def test_json_has_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", POLICY, "--cases", CASES, "--format", "json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert read["ok"] is True
    assert {check["about"] for check in read["checks"]} == {"grant", "audit", "case", "coverage"}


def test_the_cases_in_the_readme_are_cases(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    path = tmp_path / "cases.yaml"
    path.write_text(block)
    buys = sl.FunctionsOnContract(address="0x5a700d1124D968B640E329410935Eb2D7ABDBE22", functions=["buy(uint256)"])
    judged = sl.verify([buys, sl.NativeTokenTransfer(allowance=sl.ether(1))], cases=path)
    assert [check.ok for check in judged.checks if check.about == "case"] == [True] * 4


def cases_in(path: Path, *cases: dict[str, Any], **others: Any) -> Path:
    path.write_text(json.dumps({"cases": cases, **others}))
    return path


SHOP = "0x" + "11" * 20
BUYS = sl.FunctionsOnContract(address=SHOP, functions=["buy()"])
BUY: dict[str, Any] = {"name": "buys", "calls": [{"to": SHOP, "function": "buy()"}], "expect": "allowed"}


def coverage(judged: sl.Verification) -> list[str]:
    return [check.title for check in judged.checks if check.about == "coverage"]


def test_a_part_that_changes_nothing_is_redundant_and_no_case_is_wanted_for_it(tmp_path: Path) -> None:
    """A function that is also granted anywhere: under the documented rules, one of the two is enough."""
    twice = [BUYS, sl.FunctionsOnAllContracts(functions=["buy()"])]
    judged = sl.verify(twice, cases=cases_in(tmp_path / "c.json", BUY), rules="documented", full_coverage=True)
    assert coverage(judged) == [
        "no case notices permissions[1] without functions-on-all-contracts",
        "permissions[0] is redundant: the policy allows the same without functions-on-contract",
    ]
    elsewhere = {**BUY, "name": "elsewhere", "calls": [{"to": "0x" + "22" * 20, "function": "buy()"}]}
    judged = sl.verify(
        twice, cases=cases_in(tmp_path / "c.json", BUY, elsewhere), rules="documented", full_coverage=True
    )
    assert coverage(judged) == [
        "every grant and every limit is exercised by a case",
        "permissions[0] is redundant: the policy allows the same without functions-on-contract",
    ]
    assert judged.ok


@pytest.mark.parametrize(("rules", "redundant"), [("documented", True), ("deployed", False), ("both", False)])
def test_a_part_is_redundant_only_if_it_is_under_every_ruleset(rules: Any, redundant: bool, tmp_path: Path) -> None:
    """In production, a function that is granted anywhere is not granted where an address is named (R4)."""
    policy = [
        sl.FunctionsOnContract(address=SHOP, functions=["buy()", "sell()"]),
        sl.FunctionsOnAllContracts(functions=["buy()"]),
    ]
    elsewhere = {"name": "elsewhere", "calls": [{"to": "0x" + "22" * 20, "function": "buy()"}], "expect": "allowed"}
    sells = {"name": "sells", "calls": [{"to": SHOP, "function": "sell()"}], "expect": "allowed"}
    said = coverage(sl.verify(policy, cases=cases_in(tmp_path / "c.json", elsewhere, sells), rules=rules))
    assert any(line.startswith("permissions[0].data.functions[0] is redundant") for line in said) is redundant


@pytest.mark.parametrize("allowance", [0, 2**256 - 1])
def test_a_limit_at_its_bound_is_changed_to_the_other_side_alone(allowance: int, tmp_path: Path) -> None:
    policy = [BUYS, sl.NativeTokenTransfer(allowance=allowance)]
    said = coverage(sl.verify(policy, cases=cases_in(tmp_path / "c.json", BUY)))
    assert [line for line in said if "allowance" in line] == [
        f"no case notices permissions[1].data.allowance one {'lower' if allowance else 'higher'}"
    ]


def test_a_thousand_permissions_are_judged_and_their_coverage_is_not_looked_for(tmp_path: Path) -> None:
    many = [sl.ContractAccess(address=f"0x{number:040x}") for number in range(1, 1_001)]
    cases = [{**BUY, "name": str(n), "calls": [{"to": f"0x{n:040x}", "data": f"0x{n:08x}"}]} for n in range(1, 101)]
    judged = sl.verify(many, cases=cases_in(tmp_path / "c.json", *cases), rules="documented", full_coverage=True)
    assert all(check.ok for check in judged.checks if check.about == "case")
    (told,) = [check for check in judged.checks if check.about == "coverage"]
    assert told in judged.failures and "too many for 100 cases" in told.title
    assert any("permissions without effect" in line for line in judged.audits["documented"].assumptions)


def test_a_long_report_is_cut_and_says_so(tmp_path: Path) -> None:
    many = [sl.ContractAccess(address=f"0x{number:040x}") for number in range(1, 71)]
    judged = sl.verify(many, cases=cases_in(tmp_path / "c.json", {**BUY, "expect": "refused"}), rules="deployed")
    assert len(coverage(judged)) == 70
    assert "and 20 more; --format json has all of them" in repr(judged)
    assert len(report.as_comment(judged).splitlines()) < 60


def test_a_case_sent_often_is_counted_and_not_gone_through(tmp_path: Path) -> None:
    policy = [BUYS, sl.NativeTokenTransfer(allowance=499)]
    pays = {"name": "pays", "calls": [{"to": SHOP, "function": "buy()", "value": 1}]}
    judged = sl.verify(
        policy,
        cases=cases_in(
            tmp_path / "c.json",
            {**pays, "times": 499, "expect": "allowed"},
            {**pays, "name": "too often", "times": 500, "expect": "refused", "reason": "ExceededNativeTokenLimit"},
            {**BUY, "name": "stops", "before": [{"calls": pays["calls"], "times": 499}, {"calls": pays["calls"]}]},
        ),
        rules="documented",
    )  # fmt: skip
    assert [check.ok for check in judged.checks if check.about == "case"] == [True, True, False]
    assert not [line for line in coverage(judged) if "allowance" in line]


def test_an_operation_before_says_why_it_is_refused(tmp_path: Path) -> None:
    case = {**BUY, "before": [{"calls": [{"to": SHOP, "value": 1}]}]}
    judged = sl.verify([BUYS], cases=cases_in(tmp_path / "c.json", case), rules="documented")
    (failed,) = (check for check in judged.checks if check.about == "case")
    assert failed.detail == "operation 1, before it, is refused in validation: NoSelectorSpecified."


def test_cases_hold_under_rules_of_ones_own(tmp_path: Path) -> None:
    mine = replace(sl.DOCUMENTED, name="mine", gas_limit_counts_gas=False)
    judged = sl.verify([BUYS], cases=cases_in(tmp_path / "c.json", {**BUY, "expect": "refused"}), rules=mine)
    assert [check.ok for check in judged.checks if check.about == "case"] == [False]


def test_two_rulesets_of_one_name_are_refused() -> None:
    with pytest.raises(sl.InvalidInput, match="appears twice"):
        sl.verify([BUYS], rules=("documented", "documented"))


def test_a_policy_says_until_when_it_can_be_granted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"permissions": [BUYS.to_json()], "expirySec": 1_600_000_000}))
    assert main(["verify", str(path), "--rules", "documented"]) == 0
    assert "✓ can be granted until 2020-09-13 12:26:40 UTC  [documented]" in lines(capsys)
    assert main(["verify", str(path), "--rules", "documented", "--now", "1600000001"]) == 1
    assert "ExpiredDeadlineError" in capsys.readouterr().out


def test_a_later_beginning_of_the_baseline_is_seen() -> None:
    old = {"permissions": [BUYS.to_json()], "validAfter": 1_790_000_000}
    assert not sl.verify({"permissions": [BUYS.to_json()]}, baseline=old, rules="documented").ok
    assert sl.verify(old, baseline={"permissions": [BUYS.to_json()]}, rules="documented").ok


def test_a_name_twice_in_a_policy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{"permissions": [], "permissions": [{"type": "root"}]}')
    with pytest.raises(sl.InvalidInput, match="names 'permissions' twice"):
        sl.verify(path)


def test_cases_are_parameters_of_a_test(tmp_path: Path) -> None:
    test = tmp_path / "test_policy.py"
    test.write_text(
        "import pytest\nimport sessionlab as sl\n\n"
        f"@pytest.mark.parametrize('case', sl.policy_cases({CASES!r}, policy={WIDENED!r}), ids=str)\n"
        "def test_the_policy(case):\n    case.check()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--no-header", "-rf", str(test)],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert "2 failed, 10 passed" in done.stdout, done.stdout
    assert "sells what was bought (deployed): expected refused" in done.stdout


GOOD: dict[str, Any] = {"name": "one", "calls": [{"to": "0x" + "11" * 20}], "expect": "refused"}
BAD: dict[str, tuple[Any, str, str]] = {
    "no cases": ({"cases": []}, "cases", "1 to 1,000"),
    "an unknown member": ({"cases": [GOOD], "nmaes": {}}, "cases file.nmaes", "'names'"),
    "an unknown field": ({"cases": [{**GOOD, "expct": "x"}]}, "cases[0].expct", "'expect'"),
    "no expectation": ({"cases": [{"name": "x", "calls": []}]}, "cases[0].expect", "allowed or refused"),
    "a reason for what is allowed": (
        {"cases": [{**GOOD, "expect": "allowed", "reason": "X"}]}, "cases[0].reason", "reason of a refusal",
    ),
    "a bad address": ({"cases": [{**GOOD, "calls": [{"to": "shop"}]}]}, "cases[0].calls[0].to", "address"),
    "a bad amount": (
        {"cases": [{**GOOD, "calls": [{"to": "0x" + "11" * 20, "value": "1 finney"}]}]},
        "cases[0].calls[0].value", "0.1 ether",
    ),
    "two payers": ({"cases": [{**GOOD, "sponsored": True, "gas": 5}]}, "cases[0].sponsored", "leave out gas"),
    "too often": ({"cases": [{**GOOD, "times": 5_000}]}, "cases[0].times", "1 or more"),
    "one name twice": ({"cases": [GOOD, GOOD]}, "cases[1].name", "rename one"),
    "one case twice": ({"cases": [GOOD, {**GOOD, "name": "two"}]}, "cases[1]", "keep one"),
    "a contradiction": (
        {"cases": [GOOD, {**GOOD, "name": "two", "expect": "allowed"}]}, "cases[1]", "contradicts 'one'",
    ),
    "a refusal with and without its reason": (
        {"cases": [{**GOOD, "reason": "X"}, {**GOOD, "name": "two"}]}, "cases[1]", "is the same case as 'one'",
    ),
    "two reasons": (
        {"cases": [{**GOOD, "reason": "X"}, {**GOOD, "name": "two", "reason": "Y"}]}, "cases[1]", "contradicts 'one'",
    ),
    "one attempt written in two ways": (
        {"cases": [{**GOOD, "times": 2}, {**GOOD, "name": "two", "before": [{"calls": GOOD["calls"]}]}]},
        "cases[1]", "is the same case as 'one'",
    ),
    "a name that a workflow would read": (
        {"cases": [{**GOOD, "name": "x\n::error::y"}]}, "cases[0].name", "one line",
    ),
    "a name that a terminal would obey": ({"cases": [{**GOOD, "name": "\x1b[31m"}]}, "cases[0].name", "one line"),
    "an address that names another": (
        {"cases": [GOOD], "names": {"0x" + "11" * 20: "0x" + "22" * 20}}, "names", "a word",
    ),
    "a part of a wei": (
        {"cases": [{**GOOD, "calls": [{"to": "0x" + "11" * 20, "value": "1.5 wei"}]}]},
        "cases[0].calls[0].value", "more than 0 decimals",
    ),
    "arguments of no function": (
        {"cases": [{**GOOD, "calls": [{"to": "0x" + "11" * 20, "args": [1]}]}]}, "cases[0].calls[0].args", "function",
    ),
    "an unknown ruleset": ({"cases": [{**GOOD, "rules": "dcoumented"}]}, "cases[0].rules", "leave it out"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_cases_are_refused_by_field(name: str, tmp_path: Path) -> None:
    content, field, words = BAD[name]
    path = tmp_path / "cases.yaml"
    path.write_text(json.dumps(content))
    with pytest.raises(sl.InvalidInput) as refused:
        sl.verify(POLICY, cases=path)
    assert refused.value.field == field
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cases: &a [*a]", "aliases"),
        ("[" * 100_000, "within each other"),
        ("cases: [\n", "is not YAML"),
        ("cases: []\ncases: []", "twice"),
        ("x: " + "y" * 2**20, "larger than 1,048,576 bytes"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
    ],
)
def test_a_hostile_file_is_refused_at_once(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(text)
    with pytest.raises(sl.InvalidInput, match=words):
        sl.verify(POLICY, cases=path)


def test_an_address_without_quotes_is_an_address(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(
        "cases:\n- name: x\n  calls: [{to: 0x1111111111111111111111111111111111111111, function: x()}]\n"
        "  expect: refused\n"
    )
    assert sl.verify(POLICY, cases=path).ok


@pytest.mark.parametrize(
    "option", ["permissions", "permission:high", "permissions:grave", "permissions:high,permissions:never"]
)
def test_a_level_that_is_none_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", POLICY, "--fail-on", option]) == 2
    assert "permissions" in capsys.readouterr().err


def test_a_thousand_permissions_are_compared_and_more_are_not() -> None:
    many = [sl.ContractAccess(address=f"0x{number:040x}") for number in range(1, 1_002)]
    assert sl.compare(many[:50], many[:49]).relation == "wider"
    with pytest.raises(sl.InvalidInput, match="1,001 permissions"):
        sl.compare(many, many)
