"""Recordings, comparisons and proposals as text. Their HTML (``html``) uses the same words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from sessionlab.core.base.addresses import address_bytes, checksum
from sessionlab.core.base.amounts import format_time, short_address
from sessionlab.core.denials.address_book import AddressBook
from sessionlab.core.denials.reasons.table import ordinal
from sessionlab.core.permissions.limits import GAS_UNIT, LIMITS, TOKEN_UNIT, WEI, limit_set_by
from sessionlab.core.permissions.operation import PlainCall
from sessionlab.core.permissions.rows import limits_of
from sessionlab.core.permissions.types import Permission
from sessionlab.study.listing import folded
from sessionlab.study.recording.candidate import SPENDING, amount_of
from sessionlab.study.recording.comparison import NOW_ALLOWED, NOW_REFUSED, OTHERWISE, SAME, ReplayedDecision
from sessionlab.study.recording.minimality import Need, UsedLimit
from sessionlab.study.recording.recording import RecordedOperation, Recording
from sessionlab.study.text import aligned, count, duration, folded_rows

if TYPE_CHECKING:
    from sessionlab.study.recording.comparison import Comparison
    from sessionlab.study.recording.proposal import Proposal

SIGNS = {SAME: "·", NOW_REFUSED: "✗", NOW_ALLOWED: "✓", OTHERWISE: "≠"}

#: Margins from here on are shown by their size: a float could not hold each of them.
SHORT = 10**9


def recording_text(recording: Recording) -> str:
    """Return one line for the session and one per operation."""
    rows = folded_rows(numbered(recording), lambda item: _line(recording, *item), IN_RECORDING, sort_of_step)
    return "\n".join([f"<Recording {recording_title(recording)}>", *(f"  {line}" for line in aligned(rows))])


def comparison_text(comparison: Comparison) -> str:
    """Return what changes, and what is left at the end."""
    lines = [f"<Comparison {comparison_title(comparison)}>"]
    for change in folded(
        comparison.changes,
        lambda verdict: _change(comparison, verdict),
        lambda words: [f"  {words}"],
        IN_COMPARISON,
        sort_of_change,
    ):
        lines += change
    lines += [f"  left of {item.permission}: {item.shown[2]} of {item.shown[0]}" for item in comparison.allowances]
    return "\n".join([*lines, *(f"  {note}" for note in footnotes(comparison))])


def proposal_text(proposal: Proposal) -> str:
    """Return each permission with its limit and why it is needed, the expiry, and the notes."""
    lines = [f"<Proposal {proposal_title(proposal)}>"]
    for number, permission in enumerate(proposal.permissions):
        lines.append(f"  {number}  {permission.type}: {proposal.names.permission(permission)}")
        lines += [f"       {arithmetic(proposal, limit)}" for limit in proposal.limits if limit.permission == number]
        lines += [f"       {reason}" for reason in reasons(proposal, number)]
    lines.append(f"     {expiry_words(proposal)}")
    lines += [f"       {reason}" for reason in reasons(proposal, None)]
    return "\n".join([*lines, *(f"  ! {note}" for note in proposal.notes)])


#: What has all of them.
IN_RECORDING, IN_COMPARISON, IN_PROPOSAL = "to_json()", "to_csv()", "to_json()"


def numbered(recording: Recording) -> list[tuple[int, RecordedOperation]]:
    """Return the operations with their numbers, from 0."""
    return list(enumerate(recording.steps))


def sort_of_step(item: tuple[int, RecordedOperation]) -> str:
    """``ok`` or ``refused``."""
    return "ok" if item[1].ok else "refused"


def sort_of_change(verdict: ReplayedDecision) -> str:
    """``now refused``, ``now allowed`` or ``refused otherwise``."""
    return verdict.change


def _line(recording: Recording, number: int, step: RecordedOperation) -> list[str]:
    what = what_it_does(recording, step)
    return [str(number), format_time(step.time), _where(step), what_became(step), what]


def _change(comparison: Comparison, verdict: ReplayedDecision) -> list[str]:
    what, (was, now, why) = what_it_does(comparison.recording, verdict.step), before_and_after(comparison, verdict)
    return [
        f"  {SIGNS[verdict.change]} {verdict.number}  {verdict.change}: {what}",
        f"       was {was}, now {now}{'.' if why else ''} {why}".rstrip(),
    ]


def recording_title(recording: Recording) -> str:
    """Say what was recorded, in a few words."""
    ok = len(recording.succeeded)
    total = count(len(recording.steps), "operation")
    return (
        f"of a session of {short_address(recording.wallet)}, {recording.rules.title} rules: {total}, "
        f"{ok:,} succeeded, {len(recording.steps) - ok:,} refused"
    )


def comparison_title(comparison: Comparison) -> str:
    """Say how much changes, in a few words."""
    changes, total = len(comparison.changes), count(len(comparison.verdicts), "operation")
    what = f"{f'{changes:,}' if changes else 'none'} of {total} {'changes' if changes == 1 else 'change'}"
    return f"under {comparison.rules.title} rules: {what}"


def proposal_title(proposal: Proposal) -> str:
    """Say what the proposal is for, and with which margin."""
    ok, margin = len(proposal.recording.succeeded), proposal.margin
    share = "no margin" if not margin else f"margin {float(margin) if margin < SHORT else Decimal(int(margin)):.4g}"
    return f"for {count(ok, 'operation')} under {proposal.rules.title} rules, {share}"


def what_it_does(recording: Recording, step: RecordedOperation) -> str:
    """Describe the first call of an operation, and count the others."""
    names, calls = recording.names, step.calls(recording.wallet)
    if not calls:
        return "no call" if step.operation.fault is None else "unreadable call data"
    more = f", and {count(len(calls) - 1, 'more call')}" if len(calls) > 1 else ""
    return call_words(calls[0], recording.wallet, names) + more


def call_words(call: PlainCall, wallet: str, names: AddressBook) -> str:
    """Describe one call: ``deposit() on vault with 0.3 ETH``."""
    where = "the wallet itself" if call.target == wallet.lower() else _address(names, call.target)
    value = names.amount(call.value, "wei")
    if not call.data:
        return f"{value} to {where}"
    with_value = f" with {value}" if call.value else ""
    if len(call.data) < 4:
        return f"{count(len(call.data), 'byte')} of data to {where}{with_value}"
    if call.selector in SPENDING and len(call.data) >= 68 and names.is_token(call.target):
        verb = names.function(call.selector).partition("(")[0]
        return f"{verb} {names.amount(amount_of(call), call.target)}{with_value}"
    function = names.function(call.selector)
    return f"{'function ' * function.startswith('0x')}{function} on {where}{with_value}"


def what_became(step: RecordedOperation) -> str:
    """``ok``, or the phase and the reason."""
    return "✓ ok" if step.ok else f"✗ {step.reason} in {step.phase}"


def before_and_after(comparison: Comparison, verdict: ReplayedDecision) -> tuple[str, str, str]:
    """Return the recorded result, the result now, and the reason if the rules refuse it."""
    decision, step = verdict.decision, verdict.step
    was = "ok" if step.ok else f"{step.reason} in {step.phase}"
    if decision.accepted:
        return was, "ok (assumed)" if verdict.assumed else "ok", ""
    denial = comparison.denial(verdict)
    return was, f"{decision.reason} in {decision.phase}", denial.sentence if denial else ""


def footnotes(comparison: Comparison) -> list[str]:
    """Return the assumptions of the comparison, if it makes any."""
    assumed = [verdict for verdict in comparison.verdicts if verdict.assumed]
    notes = []
    if assumed:
        notes.append(
            "Assumed: calls that were refused before they ran are taken to run well; called contracts otherwise behave "
            "as recorded."
        )
    if any(not verdict.step.gas_known for verdict in assumed):
        notes.append("The gas of operations that were refused before it was known is not counted.")
    return notes


def arithmetic(proposal: Proposal, limit: UsedLimit) -> str:
    """``0.9 ETH used in 3 operations + 0.18 ETH margin = 1.08 ETH``."""
    used, added, total = (proposal.names.amount(a, limit.unit) for a in (limit.used, limit.added, limit.limit))
    in_all = f"{used} used in {count(limit.operations, 'operation')}"
    return f"{in_all} + {added} margin = {total}" if limit.added else in_all


def _is_condition(permission: Permission) -> bool:
    limit = limit_set_by(permission.type)
    return limit is not None and not limit.counts


def _bounded(permission: Permission) -> str:
    """Say what a permission that only limits puts a bound on."""
    unit = next(LIMITS[meter.kind].unit for meter in limits_of([permission]))
    used = {
        WEI: "the use of native tokens",
        GAS_UNIT: "the use of gas",
        TOKEN_UNIT: "the use of the token",
    }
    return used.get(unit or "", f"the number of {unit}")


def reasons(proposal: Proposal, permission: int | None) -> list[str]:
    """Say why a permission is needed, part by part; for None, why the expiry is."""
    needs = [need for need in proposal.needs if need.permission == permission]
    result = folded(needs, lambda need: need_words(proposal, need), str, IN_PROPOSAL)
    if permission is not None and permission in proposal.bounds and _is_condition(proposal.permissions[permission]):
        result.append("the recorded session had it, and it only limits")
    elif permission is not None and permission in proposal.bounds:
        result.append(f"it only limits: without it, {_bounded(proposal.permissions[permission])} has no bound")
    return result


def need_words(proposal: Proposal, need: Need) -> str:
    """``without it: operation 2 is refused, AddressNotAllowed at the first call``."""
    return f"{need.change}: operation {need.operation} is refused, {need.reason}{_at(need.call)}"


def expiry_words(proposal: Proposal) -> str:
    """Say how long the session lasts, and how long the run took."""
    steps = proposal.recording.steps
    took = proposal.recording.succeeded[-1].time - steps[0].time
    return f"for {duration(proposal.seconds)} from its grant; the run took {duration(took)}"


def _at(call: int | None) -> str:
    return "" if call is None else f" at the {ordinal(call)} call"


def _where(step: RecordedOperation) -> str:
    return "never sent" if step.block is None else f"block {step.block}"


def _address(names: AddressBook, target: str) -> str:
    """Return a short name: the address's own, or its two ends."""
    raw = address_bytes(target)
    return names.labels.get(raw) or short_address(checksum(raw))
