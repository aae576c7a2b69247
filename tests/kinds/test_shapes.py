"""Every permission type in other shapes: in a session that is over, beside other limits, used in part."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

import sessionlab as sl
from sessionlab.core.client.outcome import Outcome
from sessionlab.core.permissions import EXTENSIONS, PERMISSION_TYPES, Permission
from sessionlab.study.pictures import SESSION_PICTURES
from sessionlab.study.pictures.svg import WIDE
from sessionlab.study.recording import Recording
from sessionlab.study.widgets.rules import REFUSED
from tests.sampling import by_turns

from ..pictures.reading import refusals, shares
from .scenarios import AMPLE_GAS, SCENARIOS, Scenario, bounded, roomy

BESIDE_OTHERS = [name for name in PERMISSION_TYPES if name != "root"]
#: After one operation, of ``bounded``.
CALLS_LEFT = "1 of 3 operations used, 2 left"


@dataclass
class Life:
    """A session of one type that has sent the operation that passes."""

    name: str
    lab: sl.Lab
    wallet: sl.SmartWalletClient
    session: sl.Session
    scenario: Scenario
    done: Outcome

    @classmethod
    def begin(cls, name: str, rules: str, *, beside: bool = False, room: bool = False) -> Life:
        lab = sl.Lab(rules, extensions=EXTENSIONS)
        wallet = lab.wallet()
        scenario = roomy(lab, wallet.address, name) if room else SCENARIOS[name](lab, wallet.address)
        permissions: list[Permission] = bounded(lab, scenario.permissions) if beside else [*scenario.permissions]
        session = wallet.grant_permissions(permissions, expiry_sec=lab.now + 3600, key=sl.new_key(7))
        return cls(name, lab, wallet, session, scenario, session.send_calls(scenario.passes))

    @property
    def gas(self) -> int:
        """The sum of the gas limits of the operations that passed."""
        return sum(step.gas for step in self.session.record().succeeded)


@pytest.fixture(scope="module", params=["documented", "deployed"])
def rules(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# -- over: the same operation, which had room, is refused


@dataclass
class Over:
    """A session that is over, and what became of the same operation afterwards."""

    life: Life
    ending: str
    refused: Outcome
    #: What was left of each limit before the end.
    left: dict[str, int]


ENDINGS = {"expired": "AA22 expired or not due", "revoked": "ValidationFunctionMissing"}


#: A type, the rules, and how its session ended.
CASES = [
    pytest.param(case.values, marks=case.marks, id="-".join(case.values))
    for case in by_turns(PERMISSION_TYPES, ["documented", "deployed"], ENDINGS)
]


@pytest.fixture(scope="module", params=CASES)
def over(request: pytest.FixtureRequest) -> Over:
    name, rules, ending = request.param
    life = Life.begin(name, rules, room=True)
    left = {item.permission: item.remaining for item in life.session.allowances}
    if ending == "expired":
        life.lab.travel(3601)
    else:
        assert life.wallet.revoke(life.session).ok
    return Over(life, ending, life.session.send_calls(life.scenario.passes), left)


def test_nothing_passes_once_a_session_is_over(over: Over) -> None:
    denial, session = over.refused.denial, over.life.session
    assert over.life.done.ok
    assert denial is not None and (denial.phase, denial.code) == ("validation", ENDINGS[over.ending])
    checked = session.check(over.life.scenario.passes)
    assert not checked.ok and checked.denial is not None and checked.denial.code == denial.code
    look = sl.widgets.inspector(over.refused)
    assert look.refused_at is not None
    look.step(look.refused_at)
    assert look.current.answer == REFUSED


def test_what_was_used_is_still_told_once_a_session_is_over(over: Over) -> None:
    session = over.life.session
    counts = over.life.scenario.counted is not None
    assert len(session.allowances) == len(over.left) == counts
    consumed = [(entry.permission, entry.remaining) for entry in session.history if entry.what == "consumed"]
    assert consumed == list(over.left.items())
    if over.ending == "revoked":
        assert [entry.what for entry in session.history][-2:] == ["revoked", "refused"]
        assert repr(session.allowances).count("revoked: nothing is left") == counts
        return
    assert {item.permission: item.remaining for item in session.allowances} == over.left


def test_the_views_say_that_a_session_is_over(over: Over) -> None:
    session = over.life.session
    assert session.audit().found("session-is-over")
    for name in SESSION_PICTURES:
        if name != "burn-down" or over.left:
            assert session.plot(name).text() and session.plot(name).alternative_text
    assert f"1 done, 1 refused; {over.ending} at" in session.plot("life").text()
    assert {radius.said.word for radius in session.plot("blast").assets} == {"out of reach"}  # type: ignore[attr-defined]
    assert session.plot("escalation").edges == ()  # type: ignore[attr-defined]
    assert over.ending in session.plot("card").text()
    assert over.refused.denial is not None and over.refused.denial.code in session.plot("card").text()


def test_a_recording_of_a_session_that_is_over_is_decided_alike(over: Over) -> None:
    recording = Recording.from_json(over.life.session.record().to_json())
    assert [(step.phase, step.reason) for step in recording.steps] == [
        ("ok", None),
        ("validation", ENDINGS[over.ending]),
    ]
    again = recording.under()
    assert again.changes == ()
    assert {item.permission: item.remaining for item in again.allowances} == over.left
    later = recording.under(expiry_sec=0)
    assert [verdict.change for verdict in later.verdicts][1] == ("now allowed" if over.ending == "expired" else "same")


def test_explaining_offers_a_new_session(over: Over) -> None:
    explanation = over.life.session.explain(over.life.scenario.passes)
    assert explanation.denial is not None and explanation.denial.code == ENDINGS[over.ending]
    assert {"renew", "owner"} & {change.kind for remedy in explanation.remedies for change in remedy.changes}


# -- beside limits on whole operations


@pytest.fixture(scope="module", params=BESIDE_OTHERS)
def mixed(request: pytest.FixtureRequest, rules: str) -> Life:
    return Life.begin(request.param, rules, beside=True)


def test_limits_beside_each_other_are_counted_each_in_its_unit(mixed: Life) -> None:
    assert mixed.done.ok
    in_gas = mixed.lab.rules.gas_limit_counts_gas
    used = {"gas-limit": mixed.gas * (1 if in_gas else sl.gwei(1)), "call-limit": 1}
    units = {"gas-limit": "gas" if in_gas else "wei", "call-limit": "operations"}
    consumed = {e.permission: (e.amount, e.unit) for e in mixed.session.history if e.what == "consumed"}
    assert {name: consumed[name] for name in used} == {name: (used[name], units[name]) for name in used}
    if mixed.scenario.sentence is not None:
        assert mixed.scenario.sentence in mixed.session.allowances[mixed.name].sentence
    if mixed.name != "call-limit":
        assert CALLS_LEFT in mixed.session.allowances["call-limit"].sentence
    if mixed.name != "gas-limit":
        ample = AMPLE_GAS * (1 if in_gas else sl.gwei(1))
        assert mixed.session.allowances["gas-limit"].remaining == ample - used["gas-limit"]
    assert len(sl.widgets.gauge(mixed.session).text().splitlines()) >= len(mixed.session.allowances)


def test_the_type_refuses_as_it_does_alone(mixed: Life) -> None:
    explanation = mixed.session.explain(mixed.scenario.refused)
    assert explanation.denial is not None
    assert (explanation.denial.code, explanation.denial.phase) == (mixed.scenario.reason, mixed.scenario.phase)


def test_an_explanation_says_what_stays_used_if_it_fails(mixed: Life) -> None:
    if mixed.scenario.phase != "execution":
        assert "counts against" not in mixed.session.explain(mixed.scenario.refused).pays
        return
    moment = mixed.lab.snapshot()
    said = mixed.session.explain(mixed.scenario.refused)
    counted = ", and it counts against gas-limit and call-limit; everything else is undone."
    assert said.pays.endswith(counted) and counted in str(said)
    failed = mixed.session.send_calls(mixed.scenario.refused, preflight=False)
    assert failed.denial is not None and failed.denial.phase == "execution" and failed.receipt is not None
    assert ", and it counted against gas-limit and call-limit; everything else was undone." in str(
        failed.denial.explain()
    )
    assert "2 of 3 operations used, 1 left" in mixed.session.allowances["call-limit"].sentence
    if mixed.scenario.sentence is not None:
        assert mixed.scenario.sentence in mixed.session.allowances[mixed.name].sentence, "what calls used is given back"
    mixed.lab.revert(moment)


def test_a_proposal_bounds_each_of_them(mixed: Life) -> None:
    recording = mixed.session.record()
    assert recording.under().changes == ()
    proposal = sl.least_permissions(recording, margin=0.5)
    limits = {proposal.permissions[limit.permission].type: limit for limit in proposal.limits}
    in_gas = mixed.lab.rules.gas_limit_counts_gas
    assert (limits["call-limit"].used, limits["call-limit"].limit, limits["call-limit"].unit) == (1, 2, "operations")
    assert proposal.rerun().now_refused == ()
    lab = sl.Lab(mixed.lab.rules)  # where nothing has happened, and the wallet is at the same address
    granted = proposal.grant(lab.wallet(), key=sl.new_key(8))
    assert granted.send_calls(mixed.scenario.passes).ok
    (sent,) = granted.record().succeeded
    assert limits["gas-limit"].used == pytest.approx(sent.gas * (1 if in_gas else sl.gwei(1)), rel=0.001)


# -- call-limit, used in part


@pytest.fixture(scope="module")
def part(rules: str) -> Life:
    """Two of three operations are sent."""
    life = Life.begin("call-limit", rules, room=True)
    assert life.session.send_calls(life.scenario.passes).ok
    return life


def test_two_of_three_operations_are_told_as_such(part: Life) -> None:
    session, said = part.session, "2 of 3 operations used, 1 left"
    item = session.allowances["call-limit"]
    assert (item.limit, item.used, item.remaining, item.unit) == (3, 2, 1, "operations")
    for text in (item.sentence, session.plot("card").text(), sl.widgets.gauge(session, "call-limit").text()):
        assert said in text
    consumed = [(entry.amount, entry.remaining) for entry in session.history if entry.what == "consumed"]
    assert consumed == [(1, 2), (1, 1)]
    assert list(session.remaining.values()) == [1]
    assert "0 operations of call-limit" in repr(session.check(part.scenario.passes))


def test_the_last_operation_is_allowed_and_two_in_one_are_one(part: Life) -> None:
    explanation = part.session.explain([*part.scenario.passes, *part.scenario.passes])
    assert explanation.denial is None
    (verdict,) = [one for one in explanation.verdicts if one.permission == 0]
    assert (verdict.limit, verdict.used, verdict.asked, verdict.left) == (3, 2, 1, 1)
    assert verdict.why == "1 operation asked, 1 operation left"


def test_pictures_of_two_of_three_operations(part: Life) -> None:
    burn = part.session.plot("call-limit")
    assert "3 operations at first, 2 were counted, 0 were refused, 1 operation left" in burn.text()
    assert isinstance(burn, sl.pictures.Plot)
    drawn = "".join(burn.draw(WIDE).parts)
    assert shares(drawn) == pytest.approx([1, 2 / 3, 1 / 3], abs=0.005)
    assert refusals(drawn) == []
    assert len(part.session.plot("gas").bars) == 2  # type: ignore[attr-defined]
    assert part.session.plot("blast").gas.now > 0  # type: ignore[attr-defined]
    assert "gas of an operation" in part.session.plot("escalation").text()


def test_a_recording_of_two_of_three_operations(part: Life) -> None:
    recording = part.session.record()
    fewer = recording.under([sl.CallLimit(count=1), *part.scenario.permissions[1:]])
    assert [(verdict.number, verdict.after) for verdict in fewer.now_refused] == [
        (1, ("validation", "ExceededCallLimit"))
    ]
    proposal = sl.least_permissions(recording, margin=0.5)
    (limit,) = [one for one in proposal.limits if proposal.permissions[one.permission].type == "call-limit"]
    assert (limit.used, limit.operations, limit.limit) == (2, 2, 3)
