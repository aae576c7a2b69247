"""Every permission type through every view: what it says, under both rulesets, with the extensions switched on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import sessionlab as sl
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.permissions import EXTENSIONS, LIMITS, PERMISSION_TYPES, LimitKind
from sessionlab.study.pictures import SESSION_PICTURES
from sessionlab.study.recording import Recording
from sessionlab.study.widgets import typed
from sessionlab.study.widgets.rules import LIMIT_RULES, REFUSED

from .scenarios import SCENARIOS, Scenario

#: The limits by the type of their permission.
KINDS = {limit.permission: kind for kind, limit in LIMITS.items()}


@dataclass
class Walk:
    """One type, granted and used: what is asked of every view."""

    name: str
    lab: sl.Lab
    wallet: sl.SmartWalletClient
    session: sl.Session
    scenario: Scenario
    #: What ``check`` said before anything was sent.
    before: str
    done: Outcome
    refused: Outcome

    @property
    def kind(self) -> LimitKind | None:
        return KINDS.get(self.name)

    @property
    def counts(self) -> bool:
        """Whether it uses something up; a condition is a limit that does not."""
        return self.kind is not None and LIMITS[self.kind].counts


@pytest.fixture(scope="module", params=["documented", "deployed"])
def rules(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=list(PERMISSION_TYPES))
def walk(request: pytest.FixtureRequest, rules: str) -> Walk:
    lab = sl.Lab(rules, extensions=EXTENSIONS)
    wallet = lab.wallet()
    scenario = SCENARIOS[request.param](lab, wallet.address)
    key = sl.new_key(7)
    session = wallet.grant_permissions(scenario.permissions, expiry_sec=lab.now + 3600, key=key)
    before = repr(session.check(scenario.passes))
    done = session.send_calls(scenario.passes)
    if scenario.wait:
        lab.travel(scenario.wait)
    return Walk(request.param, lab, wallet, session, scenario, before, done, session.send_calls(scenario.refused))


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
    assert item.limit - item.used == item.remaining and item.used > 0
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


@pytest.mark.parametrize("picture", SESSION_PICTURES)
def test_every_plot_has_words_of_it(walk: Walk, picture: str) -> None:
    if picture == "burn-down" and not walk.counts:
        with pytest.raises(sl.UnknownThing):
            walk.session.plot(picture)
        return
    drawn = walk.session.plot(picture)
    assert drawn.text() and drawn.alternative_text
    if picture == "burn-down":
        item = walk.session.allowances[walk.name]
        assert f"Burn-down of {walk.name}: {item.shown[0]} at first" in drawn.text()
        assert "1 operation used some, 1 was refused" in walk.session.plot(walk.name).alternative_text
        figure = walk.session.plot(walk.name).draw()  # type: ignore[attr-defined]  # a burn-down is a plot
        assert figure.axes[0].get_ylabel().startswith("left (")


def test_the_truth_table_has_a_row_for_it(walk: Walk) -> None:
    table = sl.pictures.truth_table(walk.lab)
    assert walk.name in table.grants
    grant = {walk.name: walk.scenario.permissions}
    answer = sl.pictures.truth_table(
        walk.lab, grant, {"passes": walk.scenario.passes}, wallet=walk.wallet.address, gas=1_000
    ).answers[walk.name, "passes"]
    assert answer.ok, answer


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
    other = recording.under(rules="deployed" if walk.lab.rules.name == "documented" else "documented")
    assert other.verdicts


def test_mining_proposes_what_was_used(walk: Walk) -> None:
    recording = walk.session.record()
    proposal = sl.least_permissions(recording)
    assert proposal.rerun().now_refused == ()
    if not walk.counts:
        return
    (number,) = [place for place, one in enumerate(proposal.permissions) if one.type == walk.name]
    (limit,) = [limit for limit in proposal.limits if limit.permission == number]
    item = walk.session.allowances[walk.name]
    assert (limit.used, limit.operations, limit.unit) == (item.used, 1, item.unit)
    assert proposal.permissions[number].limited_to == item.used
    needs = [need for need in proposal.needs if (need.permission, need.part) == (number, "limit")]
    assert [need.reason for need in needs] == [walk.scenario.reason]
    assert walk.name in repr(proposal)


def test_the_playground_takes_it(walk: Walk) -> None:
    play = sl.widgets.playground(walk.lab, walk.wallet, permissions=walk.scenario.permissions)
    permission = walk.scenario.permissions[0]
    assert play.json[0] == permission.to_json()
    assert walk.lab.names.permission(permission) in play.text()
    assert not isinstance(play.audit, sl.GrantRefused)
    form = typed.write(permission, walk.lab.names)
    assert set(form) <= set(typed.FORM)
    assert typed.read(walk.name, form, walk.lab.names) == permission
    play.set(rules="documented")
    assert play.decisions.rows


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


@pytest.fixture(scope="module")
def labs() -> Iterator[dict[str, sl.Lab]]:
    yield {rules: sl.Lab(rules) for rules in ("documented", "deployed")}


@pytest.mark.parametrize("name", EXTENSIONS)
@pytest.mark.parametrize("rules_name", ["documented", "deployed"])
def test_a_lab_without_the_extension_names_it_and_says_how_to_allow_it(
    labs: dict[str, sl.Lab], name: str, rules_name: str
) -> None:
    lab = labs[rules_name]
    with_it = sl.Lab(rules_name, extensions=EXTENSIONS)
    permissions = SCENARIOS[name](with_it, with_it.wallet().address).permissions
    before = lab.chain.height
    with pytest.raises(sl.GrantRefused, match="UnsupportedPermissionTypeError") as refused:
        lab.wallet().grant_permissions([one.to_json() for one in permissions], key=sl.new_key(1))
    assert refused.value.field == "permissions[0].type" and refused.value.asked == name
    assert f"Lab(extensions=({name!r},))" in str(refused.value.fix)
    assert f"--extension {name}" in str(refused.value.fix)
    assert before <= lab.chain.height
