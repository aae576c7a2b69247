"""A lab on loan: an answer acts on a copy in its own process, and what it did is done again on the lab that is judged.

    world = lend(arguments)                     on the side of the judge: the lab among the arguments, as data
    lab, arguments = borrow(world)              on the side of the answer: the same lab
    steps = taken(lab, since)                   there, afterwards: the blocks that came, each a signed transaction
    repeat(arguments, steps)                    on the side of the judge: mines them on its own lab

So the state that a check reads is never one that the answer wrote: each transaction is checked and executed again.
What an answer has done to a lab by hand, not by transactions, is marked as such (``chain.edited``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import SessionlabError
from sessionlab.course.grading.values import from_plain, readable, to_plain
from sessionlab.course.judges.again import send_again, sent_since

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.records import Block
    from sessionlab.core.permissions.rulesets import Ruleset

BLOCKS = 2_000  # of one call of an answer
EDITED = 100  # accounts
REFUSALS = 100
LONGEST = 200_000  # hex digits of a transaction


class NotRepeatable(Exception):
    """What an answer did to its lab cannot be done again."""


@dataclass(frozen=True)
class SavedPlay:
    """A level of the attack lab in play, as plain data."""

    level: int
    rules: Ruleset
    entry_point: str
    root: frozenset[int]
    limited: frozenset[int]
    # -- the chain
    settings: Any
    blocks: tuple[Block, ...]
    clock: Any
    state: bytes
    nodes: tuple[bytes, ...]


# -- lending and borrowing


def lend(arguments: Sequence[Any]) -> dict[str, Any]:
    """Return the arguments of a call as data, with the lab that they belong to, if there is one."""
    from sessionlab.attacks.level_run import LevelRun
    from sessionlab.core.client.session import BaseSession
    from sessionlab.core.client.smart_wallet import BaseClient
    from sessionlab.core.lab.lab import BaseLab
    from sessionlab.study.saving.serializer import to_json

    lab = next((item for item in arguments if isinstance(item, BaseLab)), None)
    play = next((item for item in arguments if isinstance(item, LevelRun)), None)
    given: list[list[Any]] = []
    for item in arguments:
        if item is lab or item is play:
            given.append(["world"])
        elif isinstance(item, BaseClient):
            given.append(["wallet", _index(lab, item.address)])
        elif isinstance(item, BaseSession):
            index = _index(lab, item.wallet)
            ids = [session.id for session in lab.wallets()[index].sessions()] if lab else []
            given.append(["session", index, ids.index(item.id)])
        else:
            given.append(["value", to_plain(item)])
    state = None
    if lab is not None:
        state = to_json(_saved(lab), _kinds()).decode()
    elif play is not None:
        state = to_json(_saved_play(play), _kinds()).decode()
    return {"arguments": given, "state": state}


def borrow(world: dict[str, Any]) -> tuple[Any, list[Any]]:
    """Return the lab or the level, if there is one, and the arguments of the call."""
    from sessionlab.study.facade import Lab
    from sessionlab.study.saving.serializer import from_json
    from sessionlab.study.saving.state import lab_of

    there: Any = None
    if world["state"] is not None:
        state = from_json(world["state"].encode(), _kinds())
        there = _play_of(state) if isinstance(state, SavedPlay) else lab_of(Lab, state)
    arguments = []
    for kind, *where in world["arguments"]:
        if kind == "world":
            arguments.append(there)
        elif kind == "wallet":
            arguments.append(there.wallets()[where[0]])
        elif kind == "session":
            arguments.append(there.wallets()[where[0]].sessions()[where[1]])
        else:
            arguments.append(from_plain(where[0]))
    return there, arguments


def _index(lab: Any, address: str) -> int:
    return [wallet.address for wallet in lab.wallets()].index(address)


def _kinds() -> dict[str, type]:
    from sessionlab.study.saving.state import KINDS

    return {**KINDS, "play": SavedPlay}


def _saved(lab: Any) -> Any:
    from sessionlab.study.saving.state import state_of

    return replace(state_of(lab), snapshots=())  # an answer goes back to its own


def _saved_play(play: Any) -> SavedPlay:
    from sessionlab.study.saving.clocks import clock_of

    lab, head = play.lab, play.lab.chain.engine.head
    return SavedPlay(
        level=play.level.number,
        rules=lab.rules,
        entry_point=lab.entry_point,
        root=frozenset(lab.root),
        limited=frozenset(lab.limited),
        settings=head.settings,
        blocks=tuple(head.blocks),
        clock=clock_of(head),
        state=head.root,
        nodes=tuple(lab.chain.engine.nodes),
    )


def _play_of(saved: SavedPlay) -> Any:
    from sessionlab.attacks.attack_lab import AttackLab
    from sessionlab.attacks.level_run import LevelRun
    from sessionlab.attacks.levels import level
    from sessionlab.core.evm.chain import Chain
    from sessionlab.core.evm.engine import Engine
    from sessionlab.core.evm.head import BlockList
    from sessionlab.study.saving.clocks import head_of

    head = head_of(BlockList(saved.blocks), saved.clock, saved.state, saved.settings)
    chain = Chain.on(Engine.restored(head, saved.nodes))
    lab = AttackLab(chain, saved.rules, saved.entry_point, set(saved.root), set(saved.limited))
    return LevelRun(level(saved.level), lab)


# -- what was done, and doing it again


@dataclass
class Mark:
    """Where a borrowed lab stood, and whether it went back since: it is a participant of the chain."""

    height: int
    hash: str
    reverted: bool = False

    def capture(self) -> None:
        """Nothing to go back to."""

    def restore(self, captured: None) -> None:
        """The chain goes back."""
        self.reverted = True


def mark(there: Any) -> Mark | None:
    """Return where a borrowed lab stands; None without one."""
    if there is None:
        return None
    chain = _chain(there)
    here = Mark(chain.height, chain.block().hash)
    chain.register_participant(here)
    return here


def taken(there: Any, since: Mark) -> dict[str, Any]:
    """Return what was done on a borrowed lab since it stood there, as data."""
    chain = _chain(there)
    if chain.height < since.height or chain.block(since.height).hash != since.hash:
        return {"before": True}
    steps: dict[str, Any] = {
        "blocks": [[time, [raw.hex() for raw in sent]] for time, sent in sent_since(chain, since.height)],
        "now": chain.now,
        "reverted": since.reverted,
        "edited": [
            ["0x" + account.hex(), chain.balance("0x" + account.hex()), chain.nonce("0x" + account.hex())]
            for account in sorted(chain.edited)
        ],
    }
    if hasattr(there, "level"):
        return {**steps, "stopped": [[phase, reason] for phase, reason in there.lab.stopped]}
    return {**steps, "refusals": [_refusals(wallet) for wallet in there.wallets()]}


def _refusals(wallet: Any) -> str:
    from sessionlab.study.saving.serializer import to_json

    return to_json(tuple(replace(item, context=None) for item in wallet._refusals.items[:REFUSALS]), _kinds()).decode()


def repeat(arguments: Sequence[Any], steps: Any) -> None:
    """Do on the lab among the arguments what was done on its copy. Raises NotRepeatable."""
    from sessionlab.attacks.level_run import LevelRun
    from sessionlab.core.lab.lab import BaseLab

    there = next((item for item in arguments if isinstance(item, BaseLab | LevelRun)), None)
    if there is None or steps is None:
        return
    if not isinstance(steps, dict) or steps.get("before"):
        raise NotRepeatable("took the lab back to before it was handed over")
    try:
        _mine(_chain(there), steps)
        if isinstance(there, LevelRun):
            there.lab.stopped.extend((readable(phase), readable(reason)) for phase, reason in steps["stopped"])
        else:
            _learn(there, steps["refusals"])
    except SessionlabError as error:
        by_hand = ", after it changed accounts by hand" if steps.get("edited") else ""
        raise NotRepeatable(f"did something to the lab that cannot be done again{by_hand}: {error}") from None
    except NotRepeatable:
        raise
    except Exception:  # it may have sent anything
        raise NotRepeatable("sent something that no lab does") from None


def _mine(chain: Chain, steps: dict[str, Any]) -> None:
    """Mine each block at its time, then move the clock, and last change what was changed by hand."""
    blocks, edited = steps["blocks"], steps["edited"]
    if len(blocks) > BLOCKS:
        raise NotRepeatable(f"mined more than {BLOCKS:,} blocks")
    if len(edited) > EDITED:
        raise NotRepeatable(f"changed more than {EDITED} accounts by hand")
    if any(len(raw) > LONGEST for _, sent in blocks for raw in sent):
        raise NotRepeatable("sent a transaction that is too large")
    send_again(chain, [(time, tuple(map(bytes.fromhex, sent))) for time, sent in blocks])
    if steps["reverted"]:
        chain.revert(chain.snapshot())  # so that its participants know
    if steps["now"] > chain.now:
        chain.travel_to(steps["now"])
    for account, wei, nonce in edited:
        chain.set_balance(account, wei)
        chain.set_nonce(account, nonce)


def _learn(lab: Any, refusals: list[str]) -> None:
    """Let the wallets know which operations were refused: no chain tells. They serve to name a misconception."""
    from sessionlab.core.client.refused import RefusedOperation
    from sessionlab.study.saving.serializer import from_json

    for wallet, text in zip(lab.wallets(), refusals, strict=False):
        for refused in from_json(text.encode(), _kinds()):
            if isinstance(refused, RefusedOperation):
                wallet._refusals.append(refused)


def _chain(there: Any) -> Chain:
    chain: Chain = there.lab.chain if hasattr(there, "level") else there.chain
    return chain
