"""Allowance gauge: what is left of a session's allowances, updated with the chain."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Sequence
from html import escape
from typing import Any

from sessionlab.core.base.doors import TEXT, maybe, reads
from sessionlab.core.base.errors import InvalidInput, NotFound
from sessionlab.core.base.html import BLUE, GREEN, RED, card
from sessionlab.core.client.session import BaseSession
from sessionlab.study.allowances import Allowance, bar
from sessionlab.study.doors import SESSION
from sessionlab.study.history import history_of
from sessionlab.study.pictures.session_card import STATES, SessionCard, session_card
from sessionlab.study.text import aligned
from sessionlab.study.widgets.panel import Panel, row, said

ALL = "all"
#: Seconds between two checks of the chain.
PERIOD = 0.4
COLOURS = {"signed": BLUE, "installed": GREEN}


class Gauge(Panel):
    """Bars of allowances. ``allowances``, ``state`` and ``block`` are those of the last check of the chain.

    In a notebook it checks periodically whenever no cell is running; ``refresh()`` checks at once.
    """

    def __init__(self, session: BaseSession, permission: str | None = None) -> None:
        super().__init__()
        self.session = session
        self.permission = ALL
        self._task: asyncio.Task[None] | None = None
        self._look()
        self.set(permission)

    @property
    def allowances(self) -> tuple[Allowance, ...]:
        """The allowances that are shown."""
        names = (self.permission, ALL)
        return tuple(item for item in self._card.allowances if self.permission == ALL or _name(item) in names)

    @property
    def state(self) -> str:
        """``signed``, ``installed``, ``expired`` or ``revoked``."""
        return self._card.state

    # -- what the controls do

    @reads(permission=maybe(TEXT))
    def set(self, permission: str | None = None) -> None:
        """Show one allowance, by its permission's type or its token's address; None or ``all`` shows every one."""
        wanted = ALL if permission is None else permission.lower()
        known = {ALL: ALL}
        for item in self._card.allowances:
            known |= {item.permission: _name(item), _name(item).lower(): _name(item), item.unit.lower(): _name(item)}
        if wanted not in known:
            fix = f"use one of: {', '.join(dict.fromkeys(known.values()))}."
            raise NotFound(f"No allowance is called {permission!r}.", field="permission", asked=permission, fix=fix)
        self.permission = known[wanted]
        self._show()

    def refresh(self) -> None:
        """Check the chain now."""
        self._look()
        self._show()

    def stop(self) -> None:
        """Stop following the chain; ``refresh()`` still works."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    # -- how it is shown

    def text(self) -> str:
        """Return a line for each allowance, with state and block."""
        rows = [(_name(item), item.sentence) for item in self.allowances]
        rows = rows or [("nothing is counted", "")]
        if self._card.refusals:
            rows.append(("last refused", f"✗ {self._card.refusals[0][0]}"))
        return "\n".join([self._title(), *(f"  {line}" for line in aligned(rows))])

    def html(self) -> str:
        """Render the bars."""
        rows = [(_name(item), bar(item)) for item in self.allowances]
        rows = rows or [("", "nothing is counted for this session")]
        if self._card.refusals:
            reason, sentence = self._card.refusals[0]
            rows.append(("last refused", f"✗ <code>{escape(reason)}</code> {escape(sentence)}"))
        return card(self._title(), COLOURS.get(self.state, RED), rows)

    def _below(self) -> str:
        """Render the bars; screen readers announce changes."""
        return f"<div role='status'>{self.html()}</div>"

    def _controls(self) -> Sequence[Any]:
        """A list to choose the allowance, and a button to refresh."""
        names = [ALL, *dict.fromkeys(map(_name, self._card.allowances))]
        self._which = self._choice("Allowance", names, self.set)
        self._task = self._task or follow(self)
        _stop_earlier_ones(self, _cell())
        return [self._which, row([self._button("Look now", self.refresh)])]

    def _fill(self) -> None:
        """Select the shown allowance in the list."""
        self._which.value = self.permission

    def _look_again(self) -> None:
        """Show the chain as it is, if it changed or cannot be reached."""
        try:
            if self._moment() == self._seen:
                return
        except Exception as error:
            self.error = said(error)
            self._show()
        else:
            self._act(self._look)

    def _look(self) -> None:
        self._seen = self._moment()
        self.block = int(self._seen[0], 16)
        self._card: SessionCard = session_card(self.session)

    def _moment(self) -> tuple[str, str, int, int]:
        """Return what changes with every block, revert, clock tick and refusal."""
        block = self.session.request("eth_getBlockByNumber", ["latest", False])
        return block["number"], block["hash"], self.session.now, len(history_of(self.session))

    def _title(self) -> str:
        sign, _, _ = STATES[self.state]
        return f"Allowances at block {self.block:,}, session {sign} {self.state}"


@reads(session=SESSION, permission=maybe(TEXT))
def gauge(session: BaseSession, permission: str | None = None) -> Gauge:
    """Make a gauge of a session's allowances, or of one: its permission's type, or its token's address.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> session = lab.wallet().grant_permissions([sl.NativeTokenTransfer(allowance=sl.ether(1))], key=sl.new_key(1))
    >>> look = gauge(session, "native-token-transfer")
    >>> outcome = session.send_calls([sl.Call(to=lab.merchant, value=sl.ether("0.3"))])
    >>> look.refresh()
    >>> look
    Allowances at block 7, session ● installed
      native-token-transfer  0.3 ETH of 1 ETH used, 0.7 ETH left
    """
    if not isinstance(session, BaseSession):
        message, fix = f"{session!r} is not a Session.", "give a session, such as one of wallet.sessions()."
        raise InvalidInput(message, field="session", fix=fix)
    return Gauge(session, permission)


def follow(panel: Gauge) -> asyncio.Task[None] | None:
    """Follow the chain from the kernel's event loop while the gauge is referenced. None if there is no loop."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None
    held = weakref.ref(panel)

    async def looking() -> None:
        while (item := held()) is not None:
            item._look_again()
            del item
            await asyncio.sleep(PERIOD)

    return loop.create_task(looking())


#: The gauges that follow the chain for each notebook cell, of its last run.
_FOLLOWING: dict[str, tuple[str, list[weakref.ref[Gauge]]]] = {}


def _stop_earlier_ones(panel: Gauge, cell: tuple[str, str] | None) -> None:
    """Stop the gauges of earlier runs of the cell: their output is gone, and each would go on asking the chain."""
    if cell is None:
        return
    name, run = cell
    before, gauges = _FOLLOWING.get(name, (run, []))
    if before != run:
        for gone in filter(None, (ref() for ref in gauges)):
            gone.stop()
        gauges = []
    _FOLLOWING[name] = run, [*gauges, weakref.ref(panel)]


def _cell() -> tuple[str, str] | None:
    """Return the running cell, as JupyterLab names it, and its run; None outside of a notebook that names its cells."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)() or {}
    name = parent.get("metadata", {}).get("cellId")
    return (name, parent["header"]["msg_id"]) if name else None


def _name(item: Allowance) -> str:
    """Return the permission's type; for tokens, with the token's symbol."""
    symbol = item.shown[0].rpartition(" ")[2]
    return f"{item.permission} {symbol}" if item.unit.startswith("0x") else item.permission
