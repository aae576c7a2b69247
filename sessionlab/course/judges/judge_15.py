"""How the exercise of lesson 15 is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sessionlab.course.judges.shop import calls_of
from sessionlab.course.lesson import Judgement

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

DAYS = 7
DAY = 86_400
WORKED = "it worked, so it is right"
NARROWS = "leaving out a limit narrows"
LATER = "an end can wait"


class Run(NamedTuple):
    """What a run of the application spends: wei, and base units of ``lab.dollar``."""

    seed: int
    wei: int
    units: int


RUNS = {"documented": Run(115, 6 * 10**17, 41_000_000), "deployed": Run(116, 13 * 10**16 + 7, 9_500_001)}


def judge(answer: Callable[..., Any]) -> Judgement:
    """``answer``: a function from vault, dollar, wei and units to a policy as JSON."""
    import sessionlab as sl

    if not callable(answer):
        return Judgement(False, "my_policy must be a function: it gets vault, dollar, wei and units.")
    for rules, run in RUNS.items():
        lab = sl.Lab(rules, seed=run.seed)
        policy = answer(lab.vault, lab.dollar, run.wei, run.units)
        if (fault := _form(policy) or _wrong(lab, policy, run)) is not None:
            return fault
    says = "Under both rulesets the application does its work, and a thief takes what a run spends, for a few days."
    return Judgement(True, says)


def _form(policy: Any) -> Judgement | None:
    """What is wrong with the policy as JSON."""
    if not isinstance(policy, Mapping) or not isinstance(policy.get("permissions"), list):
        return Judgement(False, 'Return a policy as JSON: {"permissions": [...], "expiresIn": ...}.')
    lasts = policy.get("expiresIn")
    if lasts is None:
        return Judgement(False, "The policy has no end, so the key works until the owner revokes it.", LATER)
    if not isinstance(lasts, int) or not 0 < lasts <= DAYS * DAY:
        return Judgement(False, f"The session lasts {lasts!r} seconds; {DAYS} days, {DAYS * DAY:,}, are enough.")
    return None


def _wrong(lab: Lab, policy: Mapping[str, Any], run: Run) -> Judgement | None:
    """What the chain says against the policy, under the lab's rules."""
    import sessionlab as sl

    wallet, rules = lab.wallet(), lab.rules.title
    kinds = {item.get("type") for item in policy["permissions"] if isinstance(item, Mapping)}
    unlimited = "native-token-transfer" not in kinds and "root" not in kinds
    try:
        session = wallet.grant_permissions(policy["permissions"], expires_in=policy["expiresIn"], key=sl.new_key(15))
    except sl.GrantRefused as refused:
        return Judgement(False, f"The {rules} rules refuse the grant: {refused}")
    snapshot = lab.snapshot()
    for calls in calls_of(lab, run.wei, run.units):
        outcome = session.send_calls(calls, policy_id=lab.policy_id)
        if outcome.denial is not None:
            says = f"Under the {rules} rules the application cannot work: {outcome.denial.sentence}"
            return Judgement(False, says, NARROWS if unlimited else None)
    lab.revert(snapshot)  # a thief who comes before the work finds the most
    return _too_much(lab, session, wallet, run, unlimited)


def _too_much(lab: Lab, session: Any, wallet: Any, run: Run, unlimited: bool) -> Judgement | None:
    from sessionlab.attacks.search import grab
    from sessionlab.attacks.thief import Thief
    from sessionlab.core.base.amounts import format_ether

    thief = Thief(lab, wallet, session)
    taken, owner = grab(thief), thief.become_owner()
    under = f"Under the {lab.rules.title} rules a thief takes"
    if owner:
        return Judgement(False, f"{under} the wallet itself.", WORKED)
    if taken.value + taken.deposit > run.wei:
        says = f"{under} {format_ether(taken.value + taken.deposit)}; a run spends {format_ether(run.wei)}."
        return Judgement(False, says, NARROWS if unlimited else None)
    limits: dict[str, int] = {lab.dollar: run.units}
    for token, units in taken.tokens.items():
        if units > limits.get(token, 0):
            took, spends = (lab.names.amount(amount, token) for amount in (units, limits.get(token, 0)))
            limited = any(permission.type == "erc20-token-transfer" for permission in session.permissions)
            return Judgement(False, f"{under} {took}; a run spends {spends}.", None if limited else WORKED)
    return None
