"""Comparisons of policies in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import format_time
from sessionlab.core.permissions.limits import LIMITS, SPENDING_BYTES, LimitKind, kind_of_error, unit_of
from sessionlab.core.permissions.operation import Operation, PlainCall, plain_call
from sessionlab.study.comparing.candidates import LEAST_GAS, is_named
from sessionlab.study.comparing.differences import amount_words, target_name
from sessionlab.study.text import aligned, count, folded_rows

if TYPE_CHECKING:
    from sessionlab.study.comparing.comparison import Example, PolicyComparison
    from sessionlab.study.comparing.never import Never

IN_COMPARISON = "comparison.differences"
HEADLINES = {
    "equal": "{a} and {b} allow exactly the same.",
    "narrower": "{a} is narrower: {b} allows all that {a} allows, and more.",
    "wider": "{a} is wider: it allows all that {b} allows, and more.",
    "incomparable": "Neither is wider: each of {a} and {b} allows something that the other does not.",
}


def headline(comparison: PolicyComparison) -> str:
    """The relation in a sentence."""
    return HEADLINES[comparison.relation].format(a=comparison.a.name, b=comparison.b.name)


def notes(comparison: PolicyComparison) -> list[str]:
    """What else to know: lists that are refused, sides that allow nothing, and other forms."""
    result = []
    for side in (comparison.a, comparison.b):
        if side.refused is not None:
            what = "the list" if side.name == side.rules.title else side.name
            result.append(
                f"The {side.rules.title} rules make no session of {what}, so it allows nothing. {side.refused.message}"
            )
        elif side.allows_nothing:
            result.append(f"{side.name} allows nothing: no operation is ever accepted.")
    for bare, side, other in (
        (comparison.bare_only_a, comparison.a, comparison.b),
        (comparison.bare_only_b, comparison.b, comparison.a),
    ):
        if bare:
            result.append(
                f"{other.name} limits spending, so its operations must be wrapped in executeUserOp. "
                f"{side.name} takes them bare too."
            )
    if comparison.assumes_time:
        result.append(
            "One side ends on a date, the other some time after its grant. Both are taken to be granted at "
            f"{format_time(comparison.a.since)}; give now=… for another time."
        )
    return result


def example_sentence(example: Example) -> str:
    """What the example does, and why the other side refuses it."""
    too_little = ""
    if not example.operation.sponsored and example.operation.gas < LEAST_GAS:
        too_little = f" So it is by the limits; no operation runs with less than about {LEAST_GAS:,} gas."
    sides = f"{example.taken_by.name} takes it, {example.refused_by.name} refuses it"
    return f"{_what(example)}: {sides}{_why(example)}{too_little}"


def _what(example: Example) -> str:
    operation, names = example.operation, example.names
    if operation.own_data:
        text = f"the wallet's own {names.function(operation.own_data[:4])}"
    elif not operation.calls:
        text = "an empty batch"
    elif len(operation.calls) > 1:
        text = f"a batch of {len(operation.calls)} calls, each {_call(example, operation.calls[0])}"
    else:
        text = ("a batch with " if operation.is_batch else "") + _call(example, operation.calls[0])
    if not operation.sponsored:
        text += f", with {operation.gas:,} gas at {operation.fee:,} wei each, paid by the wallet"
    if example.witness.now != example.taken_by.since:
        text += f", at {format_time(example.witness.now)}"
    return f"{example.times:,} times {text}" if example.times > 1 else text[0].upper() + text[1:]


def _call(example: Example, call: PlainCall) -> str:
    names, (a, b) = example.names, (example.taken_by._subject, example.refused_by._subject)
    named = call.target == a.wallet or is_named(call.target, a, b)
    where = target_name(call.target, names, a, b) if named else "an address that neither names"
    if not call.data:
        return (
            f"{amount_words(names, call.value, 'wei')} to {where}" if call.value else f"a call without data to {where}"
        )
    if len(call.data) < 4:
        text = f"a call with {count(len(call.data), 'byte')} of data (0x{call.data.hex()}) to {where}"
    else:
        name = names.function(call.selector)
        text = f"a call of {'the unnamed function ' if name.startswith('0x') else ''}{name} on {where}"
    if len(call.data) == SPENDING_BYTES and _counted(example, call):
        text += f" for {amount_words(names, int.from_bytes(call.data[36:], 'big'), call.target)}"
    return text + (f", with {amount_words(names, call.value, 'wei')}" if call.value else "")


def _counted(example: Example, call: PlainCall) -> bool:
    sides = (example.taken_by._subject, example.refused_by._subject)
    return any(meter.token == call.target for side in sides for meter in side.remaining)


def _why(example: Example) -> str:
    refused = example.refused_by._subject.refused
    if refused is not None:
        return f", because it makes no session: {refused.rule}."
    refusal, side = example.refusal, example.refused_by
    kind = kind_of_error(refusal.reason, refusal.phase)
    text = f" in {refusal.phase}: {refusal.reason}"
    if kind is not None and refusal.asked is not None and refusal.left is not None:
        meter = next((meter for meter in side._subject.remaining if meter.kind is kind), None)
        unit = unit_of(meter, side.rules) if meter and kind is not LimitKind.ERC20 else ""
        if kind is LimitKind.ERC20 and refusal.call is not None:
            unit = example.operation.calls[refusal.call].target
        asked, left = (amount_words(example.names, amount, unit) for amount in (refusal.asked, refusal.left))
        text += f". It asks for {asked}, and its {LIMITS[kind].permission} has {left} left"
    return text + "."


def never_text(never: Never) -> str:
    """Whether the call is ever allowed, and how it is refused or made."""
    call, names = plain_call(never.call.to, never.call.value, never.call.data), never.names
    if len(call.data) >= 4:
        what = f"{names.function(call.selector)} on {names.address(call.target)}"
        what += f", with {amount_words(names, call.value, 'wei')}" if call.value else ""
    else:
        what = f"{amount_words(names, call.value, 'wei')} to" if call.value else "a call to"
        size = f"with {count(len(call.data), 'byte')} of" if call.data else "without"
        what += f" {names.address(call.target)}, {size} data"
    if never.refusal is not None:
        why = f"It is refused in {never.refusal.phase}: {never.refusal.reason}."
        return f"Never allowed under the {never.rules.title} rules: {what}. {why}"
    form = _form(never.example, call)
    return f"Allowed under the {never.rules.title} rules: {what}, {form}, as long as the limits last."


def _form(example: Operation | None, call: PlainCall) -> str:
    if example is None or call not in example.calls:
        return "as a function of the wallet"
    return "in a batch" if example.is_batch else "alone"


def comparison_text(comparison: PolicyComparison) -> str:
    """The relation, an example for each side, the parts that differ, and what else to know."""
    lines = [headline(comparison)]
    for example in (comparison.only_b, comparison.only_a):
        if example is not None:
            lines.append(f"  Only {example.taken_by.name}: {example.sentence}")
    parts = comparison.differences
    if parts:
        head = ("", comparison.a.name, comparison.b.name)
        rows = folded_rows(parts, lambda part: (part.what, part.a, part.b), IN_COMPARISON, lambda part: part.part)
        lines += ["", *("  " + line for line in aligned([head, *rows]))]
    lines += [f"  ! {note}" for note in notes(comparison)]
    return "\n".join(lines)
