"""Every permission type through every view: what it says, under both rulesets, with the extensions switched on.

The figures stand in the scenarios, by hand; what gas comes to is taken from the operation that was sent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from html import unescape
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.core.permissions import EXTENSIONS, PERMISSION_TYPES, LimitKind
from sessionlab.core.permissions.limits import extended
from sessionlab.server.operation_log import OperationLog
from sessionlab.server.view import view
from sessionlab.study.audit import Audit
from sessionlab.study.recording import Recording
from sessionlab.study.replay.evm import EvmEngine
from sessionlab.study.replay.model import ModelEngine
from sessionlab.study.replay.run import replay
from sessionlab.study.widgets import text_fields
from sessionlab.study.widgets.rules import LIMIT_RULES, REFUSED

from .scenarios import SCENARIOS
from .walk import Walk


def test_every_type_has_a_scenario() -> None:
    assert set(SCENARIOS) == set(PERMISSION_TYPES)
    for name, make in SCENARIOS.items():
        lab = sl.Lab(extensions=EXTENSIONS)
        assert make(lab, lab.wallet().address).permissions[0].type == name


def test_send_passes_and_refuses(walk: Walk) -> None:
    assert walk.done.ok
    denial = walk.refused.denial
    assert denial is not None and (denial.code, denial.phase) == (walk.scenario.reason, walk.scenario.phase)
    if walk.kind is not None:
        assert denial.permission == walk.name
        assert walk.name in denial.sentence + denial.fix + denial.rule


def test_check_says_what_would_be_left(walk: Walk) -> None:
    if walk.scenario.left is None:
        assert "nothing is counted" in walk.before
    else:
        assert walk.scenario.left[0] in walk.before
    after = walk.session.check(walk.scenario.refused)
    assert not after.ok and after.denial is not None and after.denial.code == walk.scenario.reason


def test_allowances_say_limit_used_and_left(walk: Walk) -> None:
    if walk.scenario.sentence is None:
        assert len(walk.session.allowances) == 0
        return
    item = walk.session.allowances[walk.name]
    assert walk.scenario.sentence in item.sentence
    assert (item.limit, item.used, item.remaining) == (walk.counted.limit, walk.used, walk.left)
    assert walk.scenario.sentence in walk.session.allowances._repr_html_()
    assert item.remaining in walk.session.remaining.values()


def test_history_names_each_consumption_and_the_refusal(walk: Walk) -> None:
    history = walk.session.history
    assert history[-1].what == "refused" and history[-1].denial == walk.refused.denial
    consumed = [entry for entry in history if entry.what == "consumed" and entry.permission == walk.name]
    assert len(consumed) == walk.counts
    for entry in consumed:
        item = walk.session.allowances[walk.name]
        assert (entry.amount, entry.remaining, entry.unit) == (item.used, item.remaining, item.unit)
        assert f"of {walk.name}" in entry.shown
        assert (entry.amount, entry.remaining, entry.unit) == (walk.used, walk.left, walk.counted.unit)
    assert walk.refused.denial is not None and walk.refused.denial.code in history.to_csv()


def test_the_session_card_shows_the_limit(walk: Walk) -> None:
    from sessionlab.study.pictures import session_card

    card = session_card(walk.session)
    for shown in (card.text(), card.html(), card.alternative_text):
        if walk.scenario.sentence is not None:
            assert walk.scenario.sentence in shown
    assert walk.scenario.reason in card.text()


def test_explain_judges_the_permission_and_finds_what_helps(walk: Walk) -> None:
    explanation = walk.session.explain(walk.scenario.refused)
    assert explanation.denial is not None and explanation.denial.code == walk.scenario.reason
    words = explanation.table() + explanation._repr_html_()
    about = [verdict for verdict in explanation.verdicts if verdict.permission == 0]
    assert about and all(verdict.why in words for verdict in about)
    if walk.kind is not None:
        refusing = [verdict for verdict in about if verdict.answer == "refused"]
        assert refusing
        assert explanation.remedies[0].verified
        if not walk.counts:
            return
        assert refusing[0].asked is not None and refusing[0].left is not None
        raised = [c for remedy in explanation.remedies for c in remedy.changes if c.kind == "raise"]
        assert raised and raised[0].permission is not None and raised[0].permission.type == walk.name


def test_the_denial_of_the_outcome_explains_itself(walk: Walk) -> None:
    denial = walk.refused.denial
    assert denial is not None
    explanation = denial.explain()
    assert explanation.denial is not None and explanation.denial.code == walk.scenario.reason
    assert explanation.verdicts or walk.name == "root"


def test_the_audit_says_what_a_thief_takes(walk: Walk) -> None:
    if walk.session.expiry_sec and walk.lab.now > walk.session.expiry_sec:
        assert walk.session.audit().found("session-is-over")
        return
    audit = walk.session.audit()
    for words in walk.scenario.audit:
        assert words in audit.verdict, audit.verdict
    for words in walk.scenario.audit_not:
        assert words not in audit.verdict, audit.verdict
    assert not [finding for finding in audit.found("permission-without-effect") if finding.index == 0]


def test_the_csv_of_the_history_has_amounts_and_units(walk: Walk) -> None:
    rows = list(csv.DictReader(io.StringIO(walk.session.history.to_csv())))
    consumed = [row for row in rows if row["permission"] == walk.name]
    assert len(consumed) == walk.counts
    for row in consumed:
        found = [row[name] for name in ("what", "amount", "remaining", "unit")]
        assert found == ["consumed", str(walk.used), str(walk.left), walk.counted.unit]
    assert rows[-1]["what"] == "refused" and rows[-1]["reason"] == walk.refused.denial.code  # type: ignore[union-attr]


def test_the_explanation_counts_from_what_was_used(walk: Walk) -> None:
    if not walk.counts:
        return
    explanation, counted = walk.session.explain(walk.scenario.refused), walk.counted
    (verdict,) = [one for one in explanation.verdicts if one.permission == 0]
    assert (verdict.limit, verdict.used, verdict.left) == (counted.limit, walk.used, walk.left)
    assert verdict.unit == counted.unit.lower()
    assert verdict.asked == counted.asked or counted.asked is None
    (raised,) = [c for remedy in explanation.remedies for c in remedy.changes if c.kind == "raise"]
    if counted.raised:
        assert raised.words == f"raise the {counted.raised}"
    assert raised.permission is not None and raised.permission.limited_to is not None and raised.amount is not None
    higher = raised.permission.limited_to
    assert higher == counted.limit + raised.amount
    if walk.kind is LimitKind.GAS:
        ether = (f"{amount / 10**18:.18f}".rstrip("0") for amount in (raised.amount, higher))
        by, to = (f"{raised.amount:,} gas", f"{higher:,} gas") if counted.unit == "gas" else (f"{e} ETH" for e in ether)
        assert raised.words == f"raise the gas-limit by {by}, to {to}"


def test_side_by_side_decides_under_both(walk: Walk) -> None:
    beside = sl.pictures.side_by_side(
        {"it": (walk.scenario.permissions, walk.scenario.passes)},
        wallet=walk.wallet.address,
        gas=100_000,
        extensions=EXTENSIONS,
    )
    (row,) = beside.rows
    # 480,000 gas is far too little wei, and 480,000 gwei is ample gas.
    in_gas = walk.kind is LimitKind.GAS and walk.lab.rules.gas_limit_counts_gas
    # Value passes without native-token-transfer under the deployed rules; here nothing sends any but what may.
    deployed = ("validation", "ExceededNativeTokenLimit") if in_gas else ("ok", None)
    assert (row.documented.phase, row.documented.reason) == ("ok", None)
    assert (row.deployed.phase, row.deployed.reason) == deployed
    assert ("≠ differs" in beside.text()) == row.differs == in_gas
    without = sl.pictures.side_by_side({"it": (walk.scenario.permissions, walk.scenario.passes)}).rows[0]
    unknown = "UnsupportedPermissionTypeError"
    assert (without.documented.reason == without.deployed.reason == unknown) == (walk.name in EXTENSIONS)


def test_a_recording_is_decided_again(walk: Walk) -> None:
    recording = Recording.from_json(walk.session.record().to_json(), names=walk.lab.names)
    assert [(step.phase, step.reason) for step in recording.steps] == [
        ("ok", None),
        (walk.scenario.phase, walk.scenario.reason),
    ]
    again = recording.under()
    assert again.changes == ()
    if not walk.counts:
        return
    item = walk.session.allowances[walk.name]
    assert {i.permission: i.remaining for i in again.allowances}[walk.name] == item.remaining
    first, *rest = walk.scenario.permissions
    lower = recording.under([first.with_limit(item.used - 1), *rest])
    assert [verdict.number for verdict in lower.now_refused] == [0]
    assert lower.verdicts[0].decision.reason == walk.scenario.reason
    assert walk.name in str(lower)


def test_the_refusal_of_a_comparison_says_what_it_counts(walk: Walk) -> None:
    again = walk.session.record().under()
    facts = again.to_json()["operations"][1]
    (row,) = list(csv.DictReader(io.StringIO(again.to_csv())))[1:]
    if not walk.counts:
        assert facts["unit"] == ("seconds" if walk.name == "root" else None)
        return
    assert (facts["unit"], facts["left"]) == (walk.counted.unit, str(walk.left))
    assert (row["unit"], row["left"]) == (walk.counted.unit, str(walk.left))
    assert walk.counted.asked is None or facts["asked"] == str(walk.counted.asked)


def test_a_recording_is_decided_by_the_other_rules(walk: Walk) -> None:
    recording, scenario = walk.session.record(), walk.scenario
    other = recording.under(rules=walk.other_rules)
    assert other.rules.name == other.to_json()["rules"] == walk.other_rules
    assert other.rules.extensions == tuple(sorted(EXTENSIONS))
    found = [(verdict.after, verdict.change) for verdict in other.verdicts]
    if walk.kind is not LimitKind.GAS:
        assert found == [(("ok", None), "same"), ((scenario.phase, scenario.reason), "same")]
    elif walk.lab.rules.gas_limit_counts_gas:  # 480,000 wei pay for no operation
        exceeded = ("validation", "ExceededNativeTokenLimit")
        assert found == [(exceeded, "now refused"), (exceeded, "refused otherwise")]
    else:  # 480,000 gwei are gas for thousands
        assert found == [(("ok", None), "same"), (("ok", None), "now allowed")]


@pytest.mark.parametrize("engine", [ModelEngine, EvmEngine], ids=["model", "evm"])
def test_a_replay_decides_it(walk: Walk, engine: type[ModelEngine] | type[EvmEngine]) -> None:
    """The scenario as a line of vectors, with what must be left, once more in a world of its own."""
    lab, scenario = walk.lab, walk.scenario
    # The replayed wallet owns tokens and ETH enough, and an operation of 420,000 gas at a gwei.
    places = {"TOKEN_A": lab.token, "TOKEN_B": lab.dollar, "TOKEN_C": lab.coin, "COUNTER": lab.counter}
    places |= {"COUNTER_2": lab.counter_2, "STRICT": lab.strict, "PAYMASTER": lab.paymaster, "EOA_1": lab.merchant}
    places["WALLET"] = walk.wallet.address
    left = _left(walk) if walk.counts else {}
    passes = {"accepted": True, "phase": "ok", "reason": None, "remaining": left}
    refused = {"accepted": False, "phase": scenario.phase, "reason": scenario.reason, "remaining": left}
    line = {
        "id": 1,
        "rules": lab.rules.name,
        "addresses": places,
        "time0": lab.now,
        "permissions": [permission.to_json() for permission in scenario.permissions],
        "expiry": lab.now + 60,
        "valid_after": 0,
        "grant": {"granted": True, "where": None, "reason": None},
        "ops": [
            _step(walk, scenario.passes, places, lab.now + 1) | {"expect": passes},
            _step(walk, scenario.refused, places, lab.now + 1 + scenario.wait) | {"expect": refused},
        ],
        "final_state": {"eth": {}, "tokens": {}, "counts": {}},
    }
    report = replay([line], lambda addresses, rules: engine(addresses, extended(rules, EXTENSIONS)))
    assert report.operations == 2 and not report.mismatches, list(map(str, report.mismatches))


def _left(walk: Walk) -> dict[str, object]:
    """What is left of the type's limit after 420,000 gas, by the name that vectors have for it."""
    counted = walk.counted
    gas = 420_000 * (1 if counted.unit == "gas" else sl.gwei(1))
    left = str(counted.limit - (gas if counted.used is None else counted.used))
    if walk.kind is LimitKind.ERC20:
        return {"erc20": {walk.lab.dollar: left}}
    in_wei = walk.kind is LimitKind.GAS and walk.counted.unit == "wei"
    names = {LimitKind.NATIVE: "native", LimitKind.GAS: "gas_wei" if in_wei else "gas"}
    return {names.get(walk.kind, "operations"): left}  # type: ignore[arg-type]  # it counts, so it has a kind


def _step(walk: Walk, calls: Sequence[sl.Call], places: dict[str, str], time: int) -> dict[str, object]:
    """One operation of a line, of one call."""
    (call,) = calls
    names = {address.lower(): name for name, address in places.items()}
    own = call.to.lower() == walk.wallet.address.lower()
    gas = {"verificationGasLimit": 300_000, "callGasLimit": 60_000, "preVerificationGas": 60_000}
    step: dict[str, object] = {"time": time, "gas": gas | {"maxFeePerGas": sl.gwei(1)}, "paymaster": None}
    step |= {"signer": "SESSION", "nonce": "next", "wrap": "auto", "via": "direct" if own else "execute"}
    if own:
        return step | {"calldata": "0x" + call.data.hex()}
    made = {"to": names[call.to.lower()], "value": str(call.value), "data": "0x" + call.data.hex()}
    return step | {"calls": [made]}


def test_mining_proposes_what_was_used(walk: Walk) -> None:
    recording = walk.session.record()
    proposal = sl.least_permissions(recording, gas_margin=0)
    assert proposal.rerun().now_refused == ()
    if not walk.counts:
        return
    (number,) = [place for place, one in enumerate(proposal.permissions) if one.type == walk.name]
    (limit,) = [limit for limit in proposal.limits if limit.permission == number]
    item = walk.session.allowances[walk.name]
    assert (limit.operations, limit.unit) == (1, item.unit)
    if walk.name == "gas-limit":  # more than was used: the proposal ends, and limits operations too
        assert item.used < limit.used < item.used * 5 // 4
    else:
        assert limit.used == item.used
    assert proposal.permissions[number].limited_to == limit.used
    needs = [need for need in proposal.needs if (need.permission, need.part) == (number, "limit")]
    assert [need.reason for need in needs] == [walk.scenario.reason]
    assert walk.name in repr(proposal)
    half_more = limit.used + (limit.used + 1) // 2
    ample = sl.least_permissions(recording, margin=0.5, gas_margin=0)
    assert ample.permissions[number].limited_to == half_more
    assert [limit.limit for limit in ample.limits if limit.permission == number] == [half_more]


def test_the_playground_takes_it(walk: Walk) -> None:
    play = sl.widgets.playground(walk.lab, walk.wallet, permissions=walk.scenario.permissions)
    permission = walk.scenario.permissions[0]
    assert play.json[0] == permission.to_json()
    assert walk.lab.names.permission(permission) in play.text()
    assert not isinstance(play.audit, sl.GrantRefused)
    form = text_fields.write(permission, walk.lab.names)
    assert set(form) <= set(text_fields.FORM)
    assert text_fields.read(walk.name, form, walk.lab.names) == permission


def test_the_playground_judges_and_decides_it(walk: Walk) -> None:
    samples = {"it": walk.scenario.passes}
    play = sl.widgets.playground(walk.lab, walk.wallet, permissions=walk.scenario.permissions, operations=samples)
    for rules in (None, walk.other_rules, walk.lab.rules.name):
        if rules is not None:
            play.set(rules=rules)
        assert play.rules == (rules or walk.lab.rules.name)
        assert isinstance(play.audit, Audit), play.audit
        (row,) = play.decisions.rows
        assert getattr(row, walk.lab.rules.name).ok, row
        assert play.reach is not None and play.reach.allows(*walk.scenario.opens)
    if walk.counts:
        play.set(walk.with_limit(0))
        assert play.audit.verdict.endswith(walk.counted.at_zero) and "up to" not in play.audit.verdict
        assert getattr(play.decisions.rows[0], walk.lab.rules.name).reason == walk.scenario.reason


def test_the_inspector_stops_at_its_rule(walk: Walk) -> None:
    look = sl.widgets.inspector(walk.refused)
    assert look.refused_at is not None
    look.step(look.refused_at)
    assert look.current.answer == REFUSED
    if walk.kind is not None:
        assert look.current.rule == LIMIT_RULES[walk.kind][1]
        assert any("refused" in answer for _, answer, _ in look.current.says)


def test_the_gauge_shows_it(walk: Walk) -> None:
    if not walk.counts:
        assert "nothing is counted" in sl.widgets.gauge(walk.session).text()
        return
    gauge = sl.widgets.gauge(walk.session, walk.name)
    assert walk.session.allowances[walk.name].sentence in gauge.text()
    assert walk.session.allowances[walk.name].sentence in gauge.html()


def test_the_start_page_shows_rules_and_limits(walk: Walk) -> None:
    page = unescape(view(walk.lab, OperationLog()))
    rules = " + ".join([walk.lab.rules.name, *walk.lab.rules.extensions])
    assert f"<dt>rules</dt><dd>{rules}</dd>" in page
    assert f"…, {rules} rules</div>" in page
    permission = walk.scenario.permissions[0]
    assert walk.lab.names.permission(permission).removeprefix("may ") in page
    if walk.scenario.sentence is not None:
        assert walk.scenario.sentence in page


def test_a_saved_lab_goes_on_counting(walk: Walk, tmp_path: Path) -> None:
    walk.lab.save(tmp_path / "my.lab")
    again = sl.Lab.load(tmp_path / "my.lab")
    (session,) = again.wallets()[0].sessions()
    assert again.rules == walk.lab.rules
    assert repr(session.allowances) == repr(walk.session.allowances)
    assert [repr(entry) for entry in session.history] == [repr(entry) for entry in walk.session.history]
    refused = session.send_calls(walk.scenario.refused)
    assert refused.denial is not None and refused.denial.code == walk.scenario.reason
    assert session.history[-1].denial is not None
    kept = session.history[-2].denial
    assert kept is not None and kept.explain().denial == walk.refused.denial


def test_the_json_goes_there_and_back(walk: Walk) -> None:
    from sessionlab.core.permissions import permissions_from_json

    permission = walk.scenario.permissions[0]
    assert permissions_from_json([permission.to_json()]) == [permission]
    assert permission.sentence.startswith("may ")
