"""The outcome of a user operation, as one object."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any, Self

from sessionlab.core.base.amounts import format_ether
from sessionlab.core.base.html import GREEN, card
from sessionlab.core.base.near import NamesNear
from sessionlab.core.contracts.logs import Event, read_events
from sessionlab.core.denials.denial import MaybeDenial, OperationRefused


@dataclass(frozen=True, slots=True)
class Outcome(NamesNear):
    """The result of ``send_calls``. ``receipt`` is None if the operation never reached the chain."""

    denial: MaybeDenial
    #: The operation's receipt in JSON-RPC form, with its own gas and logs.
    receipt: dict[str, Any] | None = field(hash=False)
    call_id: str | None = None
    #: What the calls left undone without any refusal, such as calls of addresses without code.
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all calls succeeded."""
        return self.denial is None

    @property
    def phase(self) -> str:
        """``ok``, or the phase that refused it: ``validation`` (nobody paid) or ``execution`` (gas was paid)."""
        return self.denial.phase if self.denial else "ok"

    @property
    def gas(self) -> int:
        """Gas charged; 0 if the operation never reached the chain."""
        return int(self.receipt["gasUsed"], 16) if self.receipt else 0

    @property
    def gas_cost(self) -> int:
        """Cost of the gas, in wei."""
        return int(self.receipt.get("gasCost", "0x0"), 16) if self.receipt else 0

    @property
    def tx_hash(self) -> str | None:
        """The hash of the transaction that mined it; None if it never reached the chain."""
        return str(self.receipt["transactionHash"]) if self.receipt else None

    @property
    def block(self) -> int | None:
        """The number of its block; None if it never reached the chain."""
        return int(self.receipt["blockNumber"], 16) if self.receipt else None

    @property
    def events(self) -> tuple[Event, ...]:
        """What its calls emitted, in order, decoded where the event is known."""
        return read_events(self.receipt.get("logs", ())) if self.receipt else ()

    def raise_if_refused(self) -> Self:
        """Return this outcome if all calls succeeded. Raises OperationRefused, with the denial, if not."""
        if self.denial is not None:
            raise OperationRefused(self.denial)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return JSON, amounts as decimal strings."""
        denial = self.denial.to_json() if self.denial else None
        known = {"ok": self.ok, "phase": self.phase, "gas": str(self.gas), "gasCost": str(self.gas_cost)}
        return known | {"denial": denial, "receipt": self.receipt, "callId": self.call_id, "notes": list(self.notes)}

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        where = f"in block {self.block}" if self.receipt else "and never sent"
        paid = f"{self.gas:,} gas was paid, {format_ether(self.gas_cost)}" if self.receipt else "Nobody paid"
        if self.denial is None:
            return " ".join((f"Done {where}. {paid}.", *self.notes))
        return f"Refused in {self.phase} {where}: {self.denial.sentence} {paid}. {self.denial.fix}"

    def __repr__(self) -> str:
        paid = f"{self.gas:,} gas paid ({format_ether(self.gas_cost)})"
        if self.denial is None:
            return f"<Outcome: done, {paid}{''.join(f'. {note}' for note in self.notes).removesuffix('.')}>"
        cost = paid if self.receipt else "not sent, nobody paid"
        return f"<Outcome: refused in {self.phase}, {cost}: {self.denial.sentence}>"

    def _repr_html_(self) -> str:
        if self.receipt:
            cost = f"{self.gas:,} gas, {escape(format_ether(self.gas_cost))}"
        else:
            cost = "nothing: it was never sent"
        if self.denial is None:
            return card("✓ Done", GREEN, [("cost", cost), *(("note", escape(note)) for note in self.notes)])
        return self.denial._card([("cost", cost)])
