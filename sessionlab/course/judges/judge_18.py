"""How the exercise of lesson 18 is judged: the paymaster is deployed, and used before and after its end."""

from __future__ import annotations

from collections.abc import Callable

from sessionlab.course.lesson import Judgement

#: Seconds until the end, in the labs that judge.
SPANS = (3_600, 90_000)
#: How far behind its end it is used.
BEHIND = 2
STILL_READS, STORES, NEVER_ENDS, SWAPPED = (
    "another opcode tells the time just as well",
    "its own storage is the paymaster's business",
    "without the check, nothing is wrong",
    "validationData is validUntil alone",
)


def judge(answer: Callable[[str], str]) -> Judgement:
    """``answer``: a function from the source of the paymaster to a repaired one."""
    import sessionlab as sl

    source = answer(sl.attacks.CLOCKED_PAYMASTER)
    if not isinstance(source, str) or source == sl.attacks.CLOCKED_PAYMASTER:
        return Judgement(False, "The source is as it was. Look for the line that reads block.timestamp.")
    for seed, span in enumerate(SPANS, start=180):
        lab = sl.Lab(seed=seed, bundler="strict")
        wallet = lab.wallet()
        end = lab.now + span
        try:
            paymaster = lab.deploy(source, end, value=sl.ether(1), name="repaired")
        except sl.SessionlabError as error:
            return Judgement(False, f"It cannot be deployed: {error.message}")
        calls = [sl.Call(to=lab.recipient, value=1)]
        refused = sl.attacks.send_operation(sl.attacks.sponsored_by(paymaster, wallet, calls, lab), lab)
        if refused is not None:
            return Judgement(False, f"Before its end, it is refused. {refused.sentence}", _shown(refused))
        lab.travel(max(0, end - lab.now) + BEHIND)
        late = sl.attacks.send_operation(sl.attacks.sponsored_by(paymaster, wallet, calls, lab), lab)
        if late is None:
            says = f"It still pays {BEHIND} seconds after its end. The sponsor never wanted that."
            return Judgement(False, says, NEVER_ENDS)
        if not late.path[0].startswith("AA32"):
            return Judgement(False, f"After its end, it is refused for another reason. {late.sentence}")
    return Judgement(True, "A strict bundler takes it until its end, and the EntryPoint refuses it afterwards (AA32).")


def _shown(refused: object) -> str | None:
    """What the refusal of an operation in time shows."""
    code = str(getattr(refused, "code", ""))
    if code.startswith("OP-011"):
        return STILL_READS
    if code.startswith("STO-031"):
        return STORES
    return SWAPPED if code.startswith("AA32") else None
