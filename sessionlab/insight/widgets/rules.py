"""The rules of ``permissions/decide.py`` in their order, as steps for one operation: kept, refused, or never asked.

Which rule refuses is the engine's word. The steps only say in words what it went through, and what each permission
says about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sessionlab.insight.denial import Denial
from sessionlab.insight.explain.explanation import SHOWN, Explanation
from sessionlab.insight.explain.situation import Situation
from sessionlab.insight.explain.verdicts import SILENT, Verdict
from sessionlab.permissions.decide import Decision
from sessionlab.permissions.kinds import EXTENSIONS, LIMITS, LimitKind, kind_of_error
from sessionlab.permissions.operation import CALL_SELECTORS, EMPTY_REVERT
from sessionlab.permissions.rows import limits_of

KEPT, REFUSED, NOT_ASKED, NOT_NEEDED, UNKNOWN = "kept", "refused", "never asked", "does not apply", "not known"
SIGNS = {KEPT: "✓", REFUSED: "✗", NOT_ASKED: "○", NOT_NEEDED: "·", UNKNOWN: "?"}

#: Of each limit: its phase, and what holds when it is kept.
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
#: In the order in which they apply. Reach comes once for each call.
RULES = (
    *(FUNCTION, OWN, WAY_BACK, COUNTED),
    *(LIMIT_RULES[kind] for kind, limit in LIMITS.items() if limit.of_operation),
    *(REACH, ENVELOPE, PAYER),
    *(LIMIT_RULES[kind] for kind, limit in LIMITS.items() if limit.of_call),
    CALLED,
)
Rule = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One rule, asked of one operation."""

    #: ``validation``: nobody pays for a refusal; ``execution``: the gas is paid.
    phase: str
    rule: str
    #: ``kept``, ``refused``, ``never asked``, ``does not apply``; ``not known``: nobody estimated its gas.
    answer: str
    #: The refusal in words; empty where there is none.
    why: str = ""
    #: What each permission says by itself: permission, answer, reason.
    says: tuple[tuple[str, str, str], ...] = ()

    @property
    def heading(self) -> str:
        """The rule with its sign and answer."""
        return f"{SIGNS[self.answer]} {self.rule}: {self.answer}"


def steps_of(explanation: Explanation) -> tuple[Step, ...]:
    """The steps of an operation that is explained; of one whose session is not known, the refusal alone."""
    situation, denial = explanation.situation, explanation.denial
    if situation is None:
        return (Step(denial.phase, denial.rule, REFUSED, denial.sentence),) if denial else ()
    place = refusing(situation.decision)
    if denial is not None and not _is_of(denial, situation.decision):
        # What refused is not one of the rules: the EntryPoint or a called contract.
        place = (CALLED if denial.phase == "execution" else PAYER, None)
    found = list[Step]()
    over = False
    for rule, call in _asked(situation):
        words = f"{rule[1]} ({explanation.calls[call]})" if call is not None else rule[1]
        says = tuple(
            _says(situation, verdict) for verdict in explanation.verdicts if _is_about(situation, rule, call, verdict)
        )
        refuses = not over and place is not None and place[0] == rule and (rule != REACH or place[1] == call)
        if refuses:
            over = True
            found.append(Step(rule[0], words, REFUSED, denial.sentence if denial else "", says))
        elif over:
            found.append(Step(rule[0], words, NOT_ASKED))
        else:
            found.append(Step(rule[0], words, _answer(rule, situation), "", says))
    return tuple(found)


def _is_of(denial: Denial, decision: Decision) -> bool:
    """Whether the rules refuse as the chain did. Of the EntryPoint's reasons, the number says which."""
    if decision.reason is None or decision.phase != denial.phase:
        return False
    return denial.code == decision.reason or (denial.code[:2] == "AA" and denial.code[:4] == decision.reason[:4])


def refusing(decision: Decision) -> tuple[Rule, int | None] | None:
    """The rule that refuses, and the call that it refuses; None: all are kept."""
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


def _asked(situation: Situation) -> Iterator[tuple[Rule, int | None]]:
    """The rules in order, reach once for each call."""
    unknown = {LIMIT_RULES[EXTENSIONS[name]] for name in EXTENSIONS if name not in situation.rules.extensions}
    for rule in RULES:
        if rule == REACH:
            yield from ((rule, call) for call in range(len(situation.operation.calls)))
        elif rule not in unknown:
            yield rule, None


def _answer(rule: Rule, situation: Situation) -> str:
    """Of a rule that does not refuse."""
    if not _applies(rule, situation):
        return NOT_NEEDED
    return UNKNOWN if rule == GAS and not situation.gas_known else KEPT


def _applies(rule: Rule, situation: Situation) -> bool:
    policy = situation.policy
    if (kind := _kind_of(rule)) is not None:
        return _counts(kind, situation)
    return not policy.is_root and (rule != COUNTED or policy.limits_spending) if rule in (COUNTED, REACH) else True


def _counts(kind: LimitKind, situation: Situation) -> bool:
    """Whether the session has a limit of this kind that the operation counts against."""
    limit, operation = LIMITS[kind], situation.operation
    if not any(meter.kind is kind for meter in limits_of(situation.permissions)) or situation.policy.is_root:
        return False
    if limit.of_operation:
        return limit.of_operation(operation, situation.rules) is not None
    return limit.binds_target or operation.selector in CALL_SELECTORS


def _kind_of(rule: Rule) -> LimitKind | None:
    return next((kind for kind, limited in LIMIT_RULES.items() if limited == rule), None)


def _is_about(situation: Situation, rule: Rule, call: int | None, verdict: Verdict) -> bool:
    """Which permissions have a word in a rule."""
    if rule == REACH:
        return verdict.call == call
    kind = _kind_of(rule)
    if kind is None or situation.permissions[verdict.permission].type != LIMITS[kind].permission:
        return False
    if not LIMITS[kind].counts:
        return verdict.answer != SILENT
    return verdict.call is None or verdict.asked is not None


def _says(situation: Situation, verdict: Verdict) -> tuple[str, str, str]:
    permission = situation.names.permission(situation.permissions[verdict.permission])
    return permission, SHOWN[verdict.answer], verdict.why
