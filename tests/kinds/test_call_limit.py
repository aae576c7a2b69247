"""``call-limit``, the first extension: at most so many operations of a session over its life."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import strategies as st

import sessionlab as sl
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.erc4337.wallet_encoding import install_call
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED, EXTENSIONS, Ruleset, extended, rows
from sessionlab.server.background import in_background
from sessionlab.study.http_provider import HttpProvider
from sessionlab.study.replay.evm import EvmEngine
from sessionlab.study.replay.model import ModelEngine

from ..agreement.lab import ADDRESSES, T0, evm, model
from ..agreement.machine import machine, run
from ..agreement.test_agreement import PLAIN

NAME = "call-limit"
BOTH = pytest.mark.parametrize("rules", ["documented", "deployed"])
COUNT = {"type": NAME, "data": {"count": "0x5"}}


def granted(lab: sl.Lab, count: int, *more: Any) -> sl.Session:
    permissions = [sl.CallLimit(count=count), sl.ContractAccess(address=lab.counter), *more]
    return lab.wallet().grant_permissions(permissions, expiry_sec=lab.now + 3600, key=sl.new_key(5))


def increment(lab: sl.Lab, times: int = 1) -> list[sl.Call]:
    return [sl.Call(lab.counter, function="increment()")] * times


@pytest.fixture(params=["documented", "deployed"])
def lab(request: pytest.FixtureRequest) -> sl.Lab:
    return sl.Lab(request.param, extensions=(NAME,))


def test_five_operations_pass_and_the_sixth_is_told_in_words(lab: sl.Lab) -> None:
    session = granted(lab, 5)
    assert all(session.send_calls(increment(lab)).ok for _ in range(2))
    assert session.allowances[NAME].sentence == "2 of 5 operations used, 3 left"
    assert repr(session.allowances[NAME]) == "<Allowance call-limit: 2 of 5 operations used, 3 left>"
    assert all(session.send_calls(increment(lab)).ok for _ in range(3))
    before = lab.read("Counter", lab.counter, "number"), lab.balance(session.wallet), session.remaining
    refused = session.send_calls(increment(lab), preflight=False)
    assert refused.denial is not None
    assert refused.denial.sentence == (
        "The operation counts as 1 operation, and nothing of its call-limit allowance remains."
    )
    assert refused.denial.fix == "Ask the owner for a session with a call-limit at least 1 operation higher."
    assert (refused.denial.asked, refused.denial.left, refused.denial.unit) == (1, 0, "operations")
    assert (lab.read("Counter", lab.counter, "number"), lab.balance(session.wallet), session.remaining) == before


def test_a_batch_is_one_operation(lab: sl.Lab) -> None:
    session = granted(lab, 1)
    assert session.send_calls(increment(lab, 7)).ok
    assert not session.send_calls(increment(lab)).ok


def test_what_fails_in_execution_counts_and_what_is_refused_in_validation_does_not(lab: sl.Lab) -> None:
    session = granted(lab, 3)
    fails = [sl.Call(lab.counter, function="fail()")]
    assert session.send_calls(fails, preflight=False).phase == "execution"
    assert session.allowances[NAME].used == 1
    elsewhere = [sl.Call(lab.counter_2, function="increment()")]
    assert session.send_calls(elsewhere, preflight=False).phase == "validation"
    assert session.allowances[NAME].used == 1
    paid = session.send_calls(fails, preflight=False).denial
    assert paid is not None and "and it counted against call-limit" in paid.explain().pays


def test_a_sponsored_operation_counts_too(lab: sl.Lab) -> None:
    session = granted(lab, 1)
    assert session.send_calls(increment(lab), policy_id=lab.policy_id).ok
    refused = session.send_calls(increment(lab), policy_id=lab.policy_id)
    assert refused.denial is not None and refused.denial.code == "ExceededCallLimit"


def test_it_is_no_reason_to_wrap_and_grants_nothing_by_itself(lab: sl.Lab) -> None:
    with pytest.raises(sl.GrantRefused, match="ValidationConfigUnsetError: call-limit allows no call at all"):
        lab.wallet().grant_permissions([sl.CallLimit(count=5)], key=sl.new_key(1))
    with pytest.raises(sl.GrantRefused, match="MultipleCallLimitError") as twice:
        granted(lab, 5, sl.CallLimit(count=6))
    assert twice.value.field == "permissions[2]" and "count" in str(twice.value.fix)
    data = granted(lab, 5).prepare_calls(increment(lab))["data"]["callData"]
    assert not data.startswith("0x8dd7712f")


def test_a_count_of_zero_allows_nothing_and_a_huge_one_everything(lab: sl.Lab) -> None:
    assert granted(lab, 0).send_calls(increment(lab)).phase == "validation"
    session = granted(lab, 2**256 - 1)
    assert session.send_calls(increment(lab)).ok
    assert session.remaining[next(iter(session.remaining))] == 2**256 - 2


def test_revoked_and_granted_again_it_starts_anew(lab: sl.Lab) -> None:
    session = granted(lab, 1)
    (wallet,) = [client for client in lab.wallets() if client.address == session.wallet]
    assert session.send_calls(increment(lab)).ok
    assert wallet.revoke(session).ok
    assert session.allowances[NAME].remaining == 0 and session.allowances[NAME].revoked
    permissions = [sl.CallLimit(count=1), sl.ContractAccess(address=lab.counter)]
    assert wallet.grant_permissions(permissions, key=sl.new_key(6)).send_calls(increment(lab)).ok


def test_two_sessions_count_apart(lab: sl.Lab) -> None:
    wallet = lab.wallet()
    permissions = [sl.CallLimit(count=1), sl.ContractAccess(address=lab.counter)]
    one, two = (wallet.grant_permissions(permissions, key=sl.new_key(n)) for n in (1, 2))
    assert one.send_calls(increment(lab)).ok and two.send_calls(increment(lab)).ok
    assert not one.send_calls(increment(lab)).ok


# -- what an audit makes of it


def test_with_access_to_a_token_it_is_audited_as_what_it_is(lab: sl.Lab) -> None:
    permissions = [sl.CallLimit(count=5), sl.ContractAccess(address=lab.token), sl.NativeTokenTransfer(allowance=0)]
    session = lab.wallet().grant_permissions(permissions, key=sl.new_key(5))
    audit = session.audit()
    assert audit.loss("LAB").ever is None and audit.loss("LAB").now == sl.units(1_000, 18)
    assert audit.found("token-without-limit")[0].severity == "critical"
    (finding,) = audit.found("limit-counts-no-amounts")
    assert finding.index == 0 and "counts operations, not amounts" in finding.sentence
    assert "take all 1,000 LAB" in audit.verdict
    assert not audit.found("permission-without-effect")
    radius = {one.asset: one for one in session.plot("blast").assets}  # type: ignore[attr-defined]
    assert radius["LAB"].share == 1.0 and radius["LAB"].said.word == "unlimited"


def test_one_operation_of_a_thief_takes_what_the_audit_says(lab: sl.Lab) -> None:
    from sessionlab.attacks.thief import Thief

    wallet = lab.wallet()
    permissions = [sl.CallLimit(count=1), sl.ContractAccess(address=lab.token)]
    session = wallet.grant_permissions(permissions, expiry_sec=lab.now + 3600, key=sl.new_key(5))
    told = session.audit().loss("LAB").now
    thief = Thief(lab, wallet, session)
    data = sl.Call(lab.token, function="transfer(address,uint256)", args=[thief.address, told]).data
    thief.call(sl.Call(lab.token, data=data))  # type: ignore[arg-type]  # to, value and data are what is asked for
    assert lab.token_balance("token", thief.address) == told == sl.units(1_000, 18)


def test_used_up_it_leaves_a_thief_nothing(lab: sl.Lab) -> None:
    session = granted(lab, 1, sl.ContractAccess(address=lab.token))
    assert "take all" in session.audit().verdict
    assert session.send_calls(increment(lab)).ok
    assert session.audit().verdict == "Anyone who steals this key can take nothing."


def test_an_allowance_beside_it_still_bounds_the_loss(lab: sl.Lab) -> None:
    permissions = [sl.CallLimit(count=3), sl.Erc20TokenTransfer(address=lab.dollar, allowance=7), sl.GasLimit(limit=9)]
    audit = lab.wallet().grant_permissions(permissions, key=sl.new_key(5)).audit()
    assert (audit.loss("LUSD").now, audit.loss("LUSD").ever) == (7, 7)


# -- the engines


@pytest.mark.parametrize("rules", [DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)
def test_the_engines_agree_with_the_extension_on(rules: Ruleset, request: pytest.FixtureRequest) -> None:
    operations = int(request.config.getoption("--extensions"))
    tally = run(machine(st.just(extended(rules, EXTENSIONS))), operations)
    print(tally)
    assert tally.operations >= operations
    assert ("validation", "ExceededCallLimit") in tally.refusals


@pytest.mark.parametrize("rules", [DOCUMENTED, DEPLOYED], ids=lambda rules: rules.name)
def test_it_is_replayed_from_a_line_of_vectors(rules: Ruleset) -> None:
    from ..agreement.lab import INCREMENT

    ruling = extended(rules, EXTENSIONS)
    line = {
        "id": 0,
        "addresses": ADDRESSES,
        "time0": T0,
        "permissions": [COUNT, {"type": "contract-access", "data": {"address": "COUNTER"}}],
        "expiry": 0,
        "valid_after": 0,
    }
    call = {"to": "COUNTER", "value": "0", "data": "0x" + INCREMENT.hex()}
    step = PLAIN | {"via": "execute", "calls": [call]}
    ends = []
    engines: tuple[EvmEngine | ModelEngine, ...] = (evm(ruling), model(ruling))
    for engine in engines:
        begun = engine.begin(line)
        assert begun["granted"] and begun["remaining"]["operations"] == "5"
        ends.append([engine.run(step) for _ in range(6)])
    assert ends[0] == ends[1]
    assert [end["remaining"]["operations"] for end in ends[0]] == ["4", "3", "2", "1", "0", "0"]
    assert [end["reason"] for end in ends[0]] == [None] * 5 + ["ExceededCallLimit"]


def test_a_lab_without_it_refuses_a_row_that_reaches_the_contract_all_the_same() -> None:
    lab = sl.Lab()
    wallet = lab.wallet()
    permissions = [sl.CallLimit(count=5), sl.ContractAccess(address=lab.counter)]
    install = install_call(entity_id=1, key=sl.new_key(1).address, rows=rows(permissions))
    height = lab.chain.height
    outcome = wallet.send_calls([sl.Call(wallet.address, data=install)])
    assert outcome.denial is not None and outcome.denial.code == "UnsupportedPermissionTypeError"
    assert lab.chain.height == height
    assert lab.read("SessionWallet", wallet.address, "session", 1)[1] == 0


# -- the doors


@pytest.mark.parametrize("names", [["cal-limit"], ["root"], [7], [None]])
def test_an_extension_that_does_not_exist_is_refused_by_name(names: list[Any]) -> None:
    with pytest.raises(InvalidInput, match="is not an extension") as refused:
        sl.Lab(extensions=names)
    assert refused.value.field == "extensions" and NAME in str(refused.value.fix)


def test_a_name_by_itself_is_put_into_a_list() -> None:
    with pytest.raises(InvalidInput, match="is a list of names") as refused:
        sl.Lab(extensions=NAME)
    assert refused.value.fix == "put it into a list: ['call-limit']."


@BOTH
def test_a_client_over_http_knows_what_the_lab_knows(rules: str) -> None:
    with in_background(sl.Lab(rules, extensions=(NAME,))) as url:
        provider = HttpProvider(url)
        client = sl.SmartWalletClient(provider, sl.new_key(3))
        assert client.rules.extensions == (NAME,) and client.rules.name == rules
        counter = next(a for a, label in provider.request("lab_describe")["labels"].items() if label == "counter")
        session = client.grant_permissions(
            [COUNT, {"type": "contract-access", "data": {"address": counter}}], key=sl.new_key(4)
        )
        provider.request("anvil_setBalance", [client.address, hex(10**18)])
        policy = provider.request("lab_describe")
        assert policy["rules"]["extensions"] == [NAME]
        assert session.check([sl.Call(counter, function="increment()")]).left == ("4 operations of call-limit",)


def test_serve_takes_the_extension_and_says_so(tmp_path: Any) -> None:
    manifest = tmp_path / "lab.json"
    command = [sys.executable, "-m", "sessionlab", "serve", "--port", "0", "--extension", NAME, "--quiet"]
    with subprocess.Popen(
        [*command, "--manifest", str(manifest)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            banner = [server.stdout.readline() for _ in range(6)]
            assert any("rules" in line and "documented + call-limit" in line for line in banner), banner
            url = json.loads(manifest.read_text())["url"]
            assert HttpProvider(url).request("lab_describe")["rules"]["extensions"] == [NAME]
        finally:
            server.terminate()


def test_serve_refuses_an_extension_that_does_not_exist() -> None:
    command = [sys.executable, "-m", "sessionlab", "serve", "--port", "0", "--extension", "cal-limit"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode != 0 and "did you mean 'call-limit'?" in run.stderr


def test_a_recording_keeps_the_extension_and_other_rules_bring_it_along() -> None:
    lab = sl.Lab(extensions=(NAME,))
    session = granted(lab, 1)
    session.send_calls(increment(lab)), session.send_calls(increment(lab))
    from sessionlab.study.recording import Recording

    recording = Recording.from_json(json.loads(json.dumps(session.record().to_json())))
    assert recording.rules == lab.rules
    assert [v.decision.reason for v in recording.under(rules="deployed").verdicts] == [None, "ExceededCallLimit"]
    assert sl.CallLimit(count=1) in sl.least_permissions(recording, rules="deployed").permissions


def test_a_truth_table_under_the_name_of_other_rules_knows_the_extension() -> None:
    lab = sl.Lab(extensions=(NAME,))
    grants = {"counted": [sl.CallLimit(count=1), sl.ContractAccess(address=lab.counter)]}
    table = sl.pictures.truth_table(lab, grants, {"increment": increment(lab)}, rules="deployed")
    assert table.answers["counted", "increment"].ok and table.rules == "deployed + call-limit"
