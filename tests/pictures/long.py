"""Every picture and card of 5,000 things: the parts of small ones, repeated, because a chain of them takes minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import sessionlab as sl
from sessionlab.core.base.addresses import checksum
from sessionlab.core.client.allowances import HistoryEntry
from sessionlab.experiments import passes_within
from sessionlab.study.history import History
from sessionlab.study.operations import OperationTable
from sessionlab.study.pictures.key_lives import LifeMoment
from sessionlab.study.pictures.wallet_card import wallet_card

from . import gallery

pictures = sl.pictures
MANY = 5_000
#: The most rows that a wallet keeps of a session (MAX_ROWS), and calls of an operation (MAX_CALLS): its own bounds.
ROWS, CALLS = 256, 32
START = 1_800_000_000


def times(parts: tuple[Any, ...], number: int = MANY) -> tuple[Any, ...]:
    """So many parts, taken from these in turn."""
    return (parts * -(-number // len(parts)))[:number]


@cache
def small() -> tuple[sl.Lab, sl.Session]:
    """A session with operations of every sort."""
    lab = sl.Lab()
    return lab, gallery.a_session(lab)


@cache
def recording(number: int = MANY) -> sl.Recording:
    found = small()[1].record()
    steps = times(found.steps, number)
    return replace(found, steps=tuple(replace(step, time=START + n) for n, step in enumerate(steps)))


def history() -> Any:
    denial = next(entry.denial for entry in small()[1].history if entry.denial)
    entries = [
        HistoryEntry("consumed", START + n, n, "native-token-transfer", 1, MANY - n, "wei", shown="1 wei")
        if n % 50
        else HistoryEntry("refused", START + n, None, denial=denial, shown=denial.sentence)
        for n in range(MANY)
    ]
    return History(entries)


def operation_table() -> Any:
    return OperationTable(times(tuple(small()[1].operations)))


def comparison() -> Any:
    return recording().under([sl.NativeTokenTransfer(allowance=sl.ether("0.5"))])


def proposal() -> Any:
    return sl.least_permissions(recording())


def audit() -> Any:
    found = small()[1].audit()
    losses = times(tuple(loss for loss in found.losses if loss.unit != "wei" and loss.sequence))
    named = tuple(replace(loss, asset=f"TOKEN {n}") for n, loss in enumerate(losses))
    return replace(
        found,
        losses=(*found.losses, *named),
        findings=times(found.findings),
        assumptions=times(found.assumptions),
    )


def blast_radius() -> Any:
    return pictures.blast_radius(audit())


def escalation() -> Any:
    return pictures.escalation(audit())


def explanation() -> Any:
    lab, session = small()
    found = session.explain([sl.Call(to=lab.merchant, value=sl.ether(5))] * CALLS)
    verdicts = sorted(times(found.verdicts, CALLS * ROWS), key=lambda v: -1 if v.call is None else v.call)
    return replace(found, verdicts=tuple(verdicts))


def operations() -> Any:
    return pictures.operations(recording())


def call_tree() -> Any:
    lab = sl.Lab()
    session = lab.wallet().grant_permissions([sl.ContractAccess(address=lab.counter)], key=sl.new_key(1))
    found = pictures.call_tree(session.send_calls([sl.Call(to=lab.counter, function="increment()")]), lab)
    worst = replace(found.calls[-1], depth=1_000, value=2**90, failure="reverted: " + "A" * 80)
    return replace(found, calls=(found.calls[0], *times((*found.calls[1:], worst))))


def validation_trace() -> Any:
    lab = sl.Lab()
    session = lab.wallet(deployed=False).grant_permissions([sl.Root()], key=sl.new_key(1))
    found = pictures.validation_trace(session.send_calls([sl.Call(to=lab.merchant, value=5)]), lab)
    worst = replace(found.rows[-1], target="T" * 80, what="f" * 80, rule="OP-011", line="x" * 80)
    slots = [replace(row, slot=2**255 + n) for n, row in enumerate(times((found.rows[5],)))]
    return replace(found, rows=(*slots, *times((*found.rows, worst))))


def gas_bars() -> Any:
    found = pictures.gas_bars(small()[1])
    return replace(found, bars=times(found.bars))


def wei_bars() -> Any:
    found = pictures.gas_bars(small()[1], "wei")
    return replace(found, bars=times(found.bars))


def lives_of_many_sessions() -> Any:
    found = pictures.key_lives([small()[1]])
    lives = times(found.lives)
    later = [tuple(LifeMoment(m.time + n, m.what) for m in life.moments) for n, life in enumerate(lives)]
    named = [replace(life, name=f"session {n}", moments=later[n]) for n, life in enumerate(lives)]
    return replace(found, lives=tuple(named))


def life_of_many_operations() -> Any:
    found = pictures.key_lives([small()[1]])
    moments = tuple(LifeMoment(START + n, "done" if n % 50 else "refused") for n in range(MANY))
    return replace(found, lives=(replace(found.lives[0], moments=moments),))


def burn_down() -> Any:
    found = small()[1].plot("burn-down")
    burns = [
        replace(b, steps=tuple(replace(s, operation=n) for n, s in enumerate(times(b.steps)))) for b in found.burns
    ]
    return replace(found, burns=tuple(burns))


def blocks() -> Any:
    found = pictures.blocks(small()[0])
    return replace(found, blocks=tuple(replace(b, number=n) for n, b in enumerate(times(found.blocks))))


def loss_over_time() -> Any:
    points = [(60 * n, n * 10**15) for n in range(MANY)]
    return pictures.loss_over_time({"root": points, "1 ETH": points}, {f"event {n}": 60 * n for n in range(MANY)})


def side_by_side() -> Any:
    found = gallery.side_by_side(small()[0])
    return replace(found, rows=times(found.rows))


def matrix() -> Any:
    rows = [f"attack {n}" for n in range(MANY)]
    return pictures.matrix("Attacks", rows, ["a", "b"], {(row, "a"): bool(n % 3) for n, row in enumerate(rows)})


def truth_table() -> Any:
    found = pictures.truth_table(small()[0])
    grants = {f"grant {n}": grant for n, grant in enumerate(times(found.grants))}
    answers = {(name, o): found.answers[grant, o] for name, grant in grants.items() for o in found.operations}
    return replace(found, grants=tuple(grants), answers=answers)


def reach_map() -> Any:
    found = small()[1].plot("reach")
    targets = {f"contract {n}": target for n, target in enumerate(times(found.targets))}
    allowed = {(name, f): found.allowed_by[target, f] for name, target in targets.items() for f in found.functions}
    return replace(found, targets=tuple(targets), allowed_by=allowed)


def calldata() -> Any:
    return pictures.calldata(bytes.fromhex("a9059cbb") + bytes(range(32)) * MANY)


def session_card() -> Any:
    card = pictures.session_card(small()[1])
    return replace(card, permissions=times(card.permissions, ROWS), allowances=times(card.allowances, ROWS))


def results() -> Any:
    found = passes_within([sl.ether(1)], operations=3).run()
    return replace(found, rows=times(found.rows))


class Wallet:
    """As much of a wallet as its card reads; it counts how often a session is asked."""

    address = owner_address = checksum(bytes(20))
    balance = 5

    def __init__(self) -> None:
        self.asked = 0
        self.owner = sl.new_key(1)

    def sessions(self) -> tuple[Any, ...]:
        return (self,) * MANY

    @property
    def key(self) -> sl.Key:
        return self.owner

    @property
    def permissions(self) -> tuple[Any, ...]:
        return small()[1].permissions

    revoked, expiry_sec = False, None

    @property
    def installed(self) -> bool:
        self.asked += 1
        return True

    def _repr_html_(self) -> str:
        return wallet_card(self)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return "the wallet of 5,000 sessions"


#: By the class that is shown; of one class there may be several.
def policy_comparison() -> sl.PolicyComparison:
    """A thousand permissions, and none of them left."""
    contracts = [sl.ContractAccess(address=f"0x{number + 100:040x}") for number in range(1_000)]
    return sl.compare(contracts, [sl.ContractAccess(address="0x" + "11" * 20)])


LONG: dict[str, tuple[Callable[[], Any], ...]] = {
    "Audit": (audit,),
    "BlastRadius": (blast_radius,),
    "Blocks": (blocks,),
    "BurnDown": (burn_down,),
    "CallData": (calldata,),
    "CallTree": (call_tree,),
    "Comparison": (comparison,),
    "Escalation": (escalation,),
    "Explanation": (explanation,),
    "GasBars": (gas_bars, wei_bars),
    "History": (history,),
    "KeyLives": (lives_of_many_sessions, life_of_many_operations),
    "LossOverTime": (loss_over_time,),
    "Matrix": (matrix,),
    "OperationTable": (operation_table,),
    "Operations": (operations,),
    "PolicyComparison": (policy_comparison,),
    "Proposal": (proposal,),
    "ReachMap": (reach_map,),
    "Recording": (recording,),
    "Results": (results,),
    "SessionCard": (session_card,),
    "SideBySide": (side_by_side,),
    "SmartWalletClient": (Wallet,),
    "TruthTable": (truth_table,),
    "ValidationPicture": (validation_trace,),
}
#: Shown things that do not grow with what a session does, and why.
BOUNDED = {
    "Invalidation": "one figure in each row",
    "DecodedError": "one error, and the errors inside it",
    "Ask": "the questions of one lesson",
    **dict.fromkeys(
        ("LearnerResults", "Progress", "DecisionTree", "CourseIndex", "CheatSheet"),
        "the course's own lessons, exercises and permission types",
    ),
    "Means": "a row and a column for each value that a sweep was asked to vary",
    "PolicyExplanation": "a line for each operation that was given, folded",
    "LabClient": "a row for each contract that the lab has",
    **dict.fromkeys(("Picture", "Plot"), "abstract: their subclasses are tried"),
    **dict.fromkeys(("Denial", "BareExplanation", "Outcome", "Check"), "one operation"),
    "Allowances": "one for each row that a wallet keeps of a session, at most 256 (MAX_ROWS)",
    "Lab": "one line for each of the lab's own contracts",
    **dict.fromkeys(("Contract", "ContractCode"), "forty entries of each kind that an ABI has (MOST_SHOWN)"),
    "Session": "its card, which is tried",
    "Sequence": "one operation, of at most 32 calls (MAX_CALLS)",
    **dict.fromkeys(("CaseStudy", "Level"), "a case of the library's own"),
    **dict.fromkeys(("Attacked", "Changed"), "one contract and the library's own attacks"),
    **dict.fromkeys(("Note", "WrongAnswers"), "of the course's own lessons"),
}
