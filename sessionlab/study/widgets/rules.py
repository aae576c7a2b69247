"""The rules of ``permissions/decide.py`` in order, as steps for one operation: kept, refused, or never asked.

The engine decides which rule refuses. The steps only put into words what it checked, and what each permission says
about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessionlab.core.denials.denial import Denial
from sessionlab.core.permissions.decide import Decision
from sessionlab.core.permissions.limits import EXTENSIONS, LIMITS, LimitKind, kind_of_error
from sessionlab.core.permissions.operation import CALL_SELECTORS, EMPTY_REVERT
from sessionlab.core.permissions.rows import limits_of
from sessionlab.study.explain.decision_context import DecisionContext
from sessionlab.study.explain.explanation import SHOWN, Explanation
from sessionlab.study.explain.permission_answers import SILENT, PermissionAnswer

KEPT, REFUSED, NOT_ASKED, NOT_NEEDED, UNKNOWN = "kept", "refused", "never asked", "does not apply", "not known"
SIGNS = {KEPT: "✓", REFUSED: "✗", NOT_ASKED: "○", NOT_NEEDED: "·", UNKNOWN: "?"}

#: For each limit: its phase, and what holds when it is kept.
LIMIT_RULES = {kind: (limit.phase, limit.kept) for kind, limit in LIMITS.items()}
GAS, NATIVE, TOKENS = (LIMIT_RULES[kind] for kind in (LimitKind.GAS, LimitKind.NATIVE, LimitKind.ERC20))
FUNCTION, OWN, WAY_BACK, COUNTED, REACH, ENVELOPE, PAYER, CALLED = (
    ("validation", "The operation names a function of the wallet"),
    ("validation", "The session may use that function of the wallet"),
    ("validation", "No call leads back into the wallet, its own functions aside"),
    ("validation", "What spends is sent through executeUserOp, where it is counted"),
    ("validation", "A permission reaches the call"),
    ("validation", "Nonce, signature and time fit"),
    ("validation", "Somebody can pay for the gas"),
    ("execution", "The called contracts do it"),
)
#: In the order in which they apply. Reach is checked once per call.
RULES = (
    *(FUNCTION, OWN, WAY_BACK, COUNTED),
    *(LIMIT_RULES[kind] for kind, limit in LIMITS.items() if limit.of_operation),
    *(REACH, ENVELOPE, PAYER),
    *(LIMIT_RULES[kind] for kind, limit in LIMITS.items() if limit.of_call),
    CALLED,
)
Rule = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """One rule, applied to one operation."""

    #: ``validation``: nobody pays for a refusal. ``execution``: the gas is paid.
    phase: str
    rule: str
    #: ``kept``, ``refused``, ``never asked``, ``does not apply`` or ``not known`` (its gas was not estimated).
    answer: str
    #: The refusal in words; empty if the rule does not refuse.
    why: str = ""
    #: What each permission says alone: permission, answer, reason.
    says: tuple[tuple[str, str, str], ...] = ()

    @property
    def heading(self) -> str:
        """The rule with its sign and answer."""
        return f"{SIGNS[self.answer]} {self.rule}: {self.answer}"


def steps_of(explanation: Explanation) -> tuple[RuleCheck, ...]:
    """Return the steps of an explained operation; if its session is unknown, only the refusal."""
    context, denial = explanation.context, explanation.denial
    if context is None:
        return (RuleCheck(denial.phase, denial.rule, REFUSED, denial.sentence),) if denial else ()
    index = refusing(context.decision)
    if denial is not None and not _is_of(denial, context.decision):
        # The refusal came from the EntryPoint or a called contract, not from the rules.
        index = (CALLED if denial.phase == "execution" else PAYER, None)
    result = list[RuleCheck]()
    over = False
    for rule, call in _asked(context):
        words = f"{rule[1]} ({explanation.calls[call]})" if call is not None else rule[1]
        says = tuple(
            _says(context, verdict) for verdict in explanation.verdicts if _is_about(context, rule, call, verdict)
        )
        refuses = not over and index is not None and index[0] == rule and (rule != REACH or index[1] == call)
        if refuses:
            over = True
            result.append(RuleCheck(rule[0], words, REFUSED, denial.sentence if denial else "", says))
        elif over:
            result.append(RuleCheck(rule[0], words, NOT_ASKED))
        else:
            result.append(RuleCheck(rule[0], words, _answer(rule, context), "", says))
    return tuple(result)


def _is_of(denial: Denial, decision: Decision) -> bool:
    """Whether the rules refuse as the chain did. For EntryPoint errors, the AA number identifies the reason."""
    if decision.reason is None or decision.phase != denial.phase:
        return False
    return denial.code == decision.reason or (denial.code[:2] == "AA" and denial.code[:4] == decision.reason[:4])


def refusing(decision: Decision) -> tuple[Rule, int | None] | None:
    """Return the rule that refuses and the call that it refuses; None if all are kept."""
    reason, call = decision.reason, decision.call
    if reason is None:
        return None
    if (kind := kind_of_error(reason, decision.phase)) is not None:
        return LIMIT_RULES[kind], call
    if decision.phase == "execution":
        return (NATIVE if reason == "Panic(0x11)" else TOKENS), call
    if reason in ("AddressNotAllowed", "SelectorNotAllowed", "NoSelectorSpecified", "NativeTransferNotAllowed"):
        return REACH, call
    if reason == "RequireUserOperationContext":
        return COUNTED, None
    if reason.startswith("AA2"):
        return ENVELOPE, None
    if call is not None:
        return WAY_BACK, call
    return (FUNCTION if reason in (EMPTY_REVERT, "UnrecognizedFunction") else OWN), None


def _asked(context: DecisionContext) -> Iterator[tuple[Rule, int | None]]:
    """Yield the rules in order, with reach once per call."""
    unknown = {LIMIT_RULES[EXTENSIONS[name]] for name in EXTENSIONS if name not in context.rules.extensions}
    for rule in RULES:
        if rule == REACH:
            yield from ((rule, call) for call in range(len(context.operation.calls)))
        elif rule not in unknown:
            yield rule, None


def _answer(rule: Rule, context: DecisionContext) -> str:
    """Return the answer of a rule that does not refuse."""
    if not _applies(rule, context):
        return NOT_NEEDED
    return UNKNOWN if rule == GAS and not context.gas_known else KEPT


def _applies(rule: Rule, context: DecisionContext) -> bool:
    policy = context.policy
    if (kind := _kind_of(rule)) is not None:
        return _counts(kind, context)
    return not policy.is_root and (rule != COUNTED or policy.limits_spending) if rule in (COUNTED, REACH) else True


def _counts(kind: LimitKind, context: DecisionContext) -> bool:
    """Whether the session has a limit of this kind that counts the operation."""
    limit, operation = LIMITS[kind], context.operation
    if not any(meter.kind is kind for meter in limits_of(context.permissions)) or context.policy.is_root:
        return False
    if limit.of_operation:
        return limit.of_operation(operation, context.rules) is not None
    return limit.binds_target or operation.selector in CALL_SELECTORS


def _kind_of(rule: Rule) -> LimitKind | None:
    return next((kind for kind, limited in LIMIT_RULES.items() if limited == rule), None)


def _is_about(context: DecisionContext, rule: Rule, call: int | None, verdict: PermissionAnswer) -> bool:
    """Whether a permission's answer belongs to a rule."""
    if rule == REACH:
        return verdict.call == call
    kind = _kind_of(rule)
    if kind is None or context.permissions[verdict.permission].type != LIMITS[kind].permission:
        return False
    if not LIMITS[kind].counts:
        return verdict.answer != SILENT
    return verdict.call is None or verdict.asked is not None


def _says(context: DecisionContext, verdict: PermissionAnswer) -> tuple[str, str, str]:
    permission = context.names.permission(context.permissions[verdict.permission])
    return permission, SHOWN[verdict.answer], verdict.why
