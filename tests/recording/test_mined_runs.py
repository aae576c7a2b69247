"""Recorded random runs: the mined set allows the run, and removing or lowering any part of it refuses it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction

import sessionlab as sl
from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.errors import GrantRefused
from sessionlab.core.permissions import (
    EXTENSIONS,
    LIMITS,
    Permission,
    check_grant,
    check_install,
    permissions_from_json,
)
from sessionlab.core.permissions.fields import AMOUNT
from sessionlab.study.recording.mining import MEASURED_WITHIN
from tests.recording.runs import Run, run, seeds

NAMED_WITHIN = Fraction(1, 50)
SPEND = {"0xa9059cbb", "0x095ea7b3"}


def test_the_engine_decides_the_run_as_the_chain_did(recorded: Run) -> None:
    again = recorded.recording.under()
    assert again.changes == ()
    if recorded.recording.revoked is None:
        assert [item.to_json() for item in again.allowances] == [item.to_json() for item in recorded.allowances]


def test_a_recording_comes_back_from_json(recorded: Run) -> None:
    text = json.dumps(recorded.recording.to_json())
    assert sl.Recording.from_json(json.loads(text)) == recorded.recording


def test_under_the_other_ruleset_every_new_refusal_is_explained(recorded: Run) -> None:
    other = "deployed" if recorded.rules == "documented" else "documented"
    try:
        comparison = recorded.recording.under(rules=other)
    except GrantRefused:
        return
    for verdict in comparison.now_refused:
        denial = comparison.denial(verdict)
        assert denial is not None
        assert (denial.phase, denial.code) == verdict.after
        assert denial.sentence in repr(comparison)
    assert f"{len(comparison.changes) or 'none'} of {len(comparison.verdicts)}" in comparison._repr_html_()
    assert len(comparison.to_csv().splitlines()) == 1 + len(comparison.verdicts)


def test_the_mined_set_is_a_grant_and_allows_the_run(recorded: Run) -> None:
    recording = recorded.recording
    proposal = sl.least_permissions(recording)
    now = recording.steps[0].time
    again = permissions_from_json(proposal.to_json()["permissions"])
    check_grant(again, wallet=recording.wallet, expiry=proposal.expiry_sec, now=now, rules=recording.rules)
    check_install(proposal.permissions, expiry=proposal.expiry_sec)
    assert loses_only_to_what_passes_now(proposal)
    assert sl.least_permissions(recording, gas_margin=0).rerun().now_refused == ()


def test_removing_or_lowering_any_part_refuses_the_run(recorded: Run) -> None:
    recording = recorded.recording
    proposal = sl.least_permissions(recording, gas_margin=0)
    tried = 0
    for what, permissions, expiry in weakened(proposal):
        tried += 1
        assert refuses(recording, permissions, expiry), what
    assert tried
    for number in proposal.bounds:
        assert only_limits(proposal.permissions, number, recording), proposal.permissions[number]


def test_with_a_margin_the_run_passes_and_less_than_was_used_does_not(recorded: Run) -> None:
    recording = recorded.recording
    proposal = sl.least_permissions(recording, margin=0.25, gas_margin=0)
    exact = sl.least_permissions(recording, gas_margin=0)
    for limit, least in zip(proposal.limits, exact.limits, strict=True):
        assert (limit.used, limit.limit) == (least.limit, -(-5 * least.limit // 4))
    used = {limit.permission: limit.used for limit in proposal.limits}
    assert loses_only_to_what_passes_now(proposal)
    for number, amount in used.items():
        if amount:
            permissions = lowered(proposal.permissions, number, amount - 1)
            assert refuses(recording, permissions, proposal.expiry_sec)


def test_a_granted_proposal_lets_the_recorded_run_pass(to_resend: Run) -> None:
    """Granted in a fresh lab, with the operations that reached the chain sent again as they were sent."""
    recording, proposal = to_resend.recording, sl.least_permissions(to_resend.recording)
    world = to_resend.fresh_world()
    lab = world.lab
    lab.chain.travel_to(recording.steps[0].time - 1)
    session = proposal.grant(world.wallet, key=sl.new_key("again"))
    assert session.wallet == recording.wallet
    mined, is_installed = [step for step in recording.steps if step.is_on_chain], False
    for step, options in zip(mined, to_resend.options, strict=True):
        lab.chain.travel_to(max(step.time, lab.now))
        calls = [
            sl.Call(checksum(address_bytes(call.target)), call.value, call.data)
            for call in step.calls(recording.wallet)
        ]
        how = options if is_installed else {**options, "nonce_key": 0}
        outcome = session.send_calls(calls, policy_id=lab.policy_id if step.sponsored else None, **how)
        assert outcome.ok == step.ok, outcome.denial
        is_installed |= outcome.receipt is not None
    for item, limit in zip(session.allowances, proposal.limits, strict=True):
        assert (item.limit, item.unit) == (limit.limit, limit.unit)
        # Gas is measured without the chain. Of limits that some sender named, it is not always known which.
        within = 0 if item.permission != "gas-limit" else NAMED_WITHIN if to_resend.names_gas else MEASURED_WITHIN
        assert abs(item.used - limit.used) <= limit.used * within


def test_every_third_run_is_about_extensions_and_some_are_refused_by_them() -> None:
    drawn = [run(rules, seed) for rules, seed in seeds(24)]
    extended = [one for one in drawn if one.is_extended]
    assert len(extended) == len(drawn) // 3
    for one in drawn:
        assert one.recording.rules.extensions == (tuple(sorted(EXTENSIONS)) if one.is_extended else ())
    granted = [one for one in extended if {p.type for p in one.recording.permissions} & set(EXTENSIONS)]
    errors = {LIMITS[kind].error for kind in EXTENSIONS.values()}
    assert errors <= {step.reason for one in granted for step in one.recording.steps}


def weakened(proposal: sl.Proposal) -> Iterator[tuple[str, Sequence[Permission], int]]:
    """Every set that is one step weaker, made without the code under test."""
    given, expiry = proposal.permissions, proposal.expiry_sec
    for number, permission in enumerate(given):
        rest = (*given[:number], *given[number + 1 :])
        if number not in proposal.bounds:
            yield f"without {permission}", rest, expiry
        functions = getattr(permission, "functions", ())
        for code in functions if len(functions) > 1 else ():
            data = permission.to_json()
            data["data"]["functions"] = [other for other in functions if other != code]
            yield f"without {code} in {permission}", (*rest, *permissions_from_json([data])), expiry
        amount = permission.limited_to or 0
        for less in {amount - 1, 0} if amount else ():
            yield f"{permission} lowered to {less}", lowered(given, number, less), expiry
    yield "expiry", given, proposal.recording.succeeded[-1].time - 1


def loses_only_to_what_passes_now(proposal: sl.Proposal) -> bool:
    """With room to spare, an operation that was refused may pass now, and use up what a later one needs."""
    again = proposal.rerun()
    lost, allowed = ([verdict.number for verdict in found] for found in (again.now_refused, again.now_allowed))
    return not lost or min(allowed, default=lost[0]) < lost[0]


def lowered(permissions: Sequence[Permission], number: int, amount: int) -> list[Permission]:
    found = [permission.to_json() for permission in permissions]
    (name,) = [name for name, form in permissions[number].fields().items() if form == AMOUNT]
    found[number]["data"][name] = hex(amount)
    return permissions_from_json(found)


def refuses(recording: sl.Recording, permissions: Sequence[Permission], expiry: int) -> bool:
    """Whether it is no grant, or some operation that succeeded does not any more."""
    try:
        return bool(recording.under(permissions, expiry_sec=expiry).now_refused)
    except GrantRefused:
        return True


def only_limits(permissions: Sequence[Permission], number: int, recording: sl.Recording) -> bool:
    """Whether leaving it out would allow more, so that it is there for its limit and not for what it reaches."""
    permission = permissions[number]
    if isinstance(permission, sl.NativeTokenTransfer):
        return not recording.rules.value_needs_permission and permission.allowance > 0
    if isinstance(permission, sl.Erc20TokenTransfer):
        return any(isinstance(p, sl.FunctionsOnAllContracts) and SPEND & set(p.functions) for p in permissions)
    return permission.type in {limit.permission for limit in LIMITS.values() if limit.of_operation}
