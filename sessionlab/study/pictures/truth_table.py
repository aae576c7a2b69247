"""Truth table: grants × sample operations, each allowed or refused with its reason. The engine decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from sessionlab.core.base.amounts import ether, units
from sessionlab.core.base.doors import ADDRESS as AN_ADDRESS
from sessionlab.core.base.doors import NUMBER, maybe, reads
from sessionlab.core.base.html import BLUE, frame
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.core.permissions.rulesets import Ruleset, ruleset
from sessionlab.core.permissions.types import (
    AccountFunctions,
    ContractAccess,
    Erc20TokenTransfer,
    FunctionsOnAllContracts,
    FunctionsOnContract,
    GasLimit,
    NativeTokenTransfer,
    Permission,
    Root,
    types_under,
)
from sessionlab.study.doors import CALLS, LAB, PERMISSIONS, RULES_OR_NAME, mapping_of
from sessionlab.study.listing import folded
from sessionlab.study.pictures.base import Picture
from sessionlab.study.pictures.hypothetical_session import A_WALLET, SAMPLE_GAS, Answer, HypotheticalSession
from sessionlab.study.tables import NO, Cell, breakable, cell_html, soft, table_html
from sessionlab.study.text import aligned, folded_rows

if TYPE_CHECKING:
    from sessionlab.core.lab.lab import BaseLab

Grants = Mapping[str, Sequence[Permission]]
Samples = Mapping[str, Sequence[Call]]


#: What has every answer.
WHERE = "picture.answers"
#: What a refusal costs, by where it happens.
PHASES = "In validation, nothing happens and nobody pays. In execution, the gas is paid. No grant: it is never signed."


@dataclass(frozen=True, repr=False)
class TruthTable(Picture):
    """Grants × operations."""

    grants: tuple[str, ...]
    operations: tuple[str, ...]
    answers: Mapping[tuple[str, str], Answer] = field(hash=False)
    rules: str

    @property
    def alternative_text(self) -> str:
        """Describe what each grant allows."""
        said = folded(self.grants, self._words, str, WHERE)
        return f"Truth table, {self.rules} rules, {len(self.operations)} operations: {'; '.join(said)}."

    def _words(self, grant: str) -> str:
        allowed = [name for name in self.operations if self.answers[grant, name].ok]
        return f"{grant} allows {', '.join(allowed) or 'none of them'}"

    def text(self) -> str:
        """Return the table as text."""
        rows = folded_rows(
            self.grants, lambda grant: [grant, *(str(self.answers[grant, n].cell) for n in self.operations)], WHERE
        )
        return "\n".join([*aligned([("", *self.operations), *rows]), f"({self.rules} rules)"])

    def html(self) -> str:
        """Render the table with signs and reasons."""
        lines = folded_rows(
            self.grants,
            lambda grant: [
                f"<code>{escape(grant)}</code>",
                *(self._cell(self.answers[grant, n]) for n in self.operations),
            ],
            WHERE,
        )
        table = table_html(["granted", *map(breakable, self.operations)], lines)
        reasons = "".join(f"<div>{n}: {escape(said)}</div>" for n, said in enumerate(self._reasons, 1))
        note = soft(f"{reasons}<div style='margin-top:6px'>{PHASES}</div>")
        return frame(f"Truth table, {self.rules} rules", BLUE, table + note)

    @property
    def _reasons(self) -> list[str]:
        """Why operations are refused, in the order of the table."""
        answers = (self.answers[grant, name] for grant in self.grants for name in self.operations)
        return list(dict.fromkeys(answer.cell.words for answer in answers if not answer.ok))

    def _cell(self, answer: Answer) -> str:
        """Render an answer with the number of its reason, since names of errors would break a narrow column."""
        if answer.ok:
            return cell_html(answer.cell)
        number = self._reasons.index(answer.cell.words) + 1
        return f"<span title='{escape(answer.cell.words)}'>{cell_html(Cell(NO, f'refused: {number}'))}</span>"


@reads(
    lab=LAB,
    grants=maybe(mapping_of(PERMISSIONS)),
    operations=maybe(mapping_of(CALLS)),
    rules=maybe(RULES_OR_NAME),
    wallet=AN_ADDRESS,
    gas=NUMBER,
)
def truth_table(
    lab: BaseLab,
    grants: Grants | None = None,
    operations: Samples | None = None,
    *,
    rules: str | Ruleset | None = None,
    wallet: str = A_WALLET,
    gas: int = SAMPLE_GAS,
) -> TruthTable:
    """Decide every operation under every grant, with unused allowances. ``gas``: the gas each operation may take.

    ``grants`` defaults to each permission type by itself, ``operations`` to sample calls on the lab's contracts, and
    ``rules`` to the lab's own.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> grants = {"counter": [sl.ContractAccess(address=lab.addresses["counter"])], "gas-limit": [sl.GasLimit(limit=1)]}
    >>> truth_table(lab, grants, {"increment": [sl.Call(to=lab.addresses["counter"], function="increment()")]})
               increment
    counter    ✓ allowed
    gas-limit  ✗ no grant: ValidationConfigUnsetError
    (documented rules)
    """
    judged = lab.rules if rules is None else ruleset(rules, lab.rules.extensions if isinstance(rules, str) else ())
    given, samples = grants or types_of(lab), operations or sample_operations(lab, wallet)
    answers = {}
    for grant, permissions in given.items():
        asked = HypotheticalSession(tuple(permissions), judged, wallet)
        for name, calls in samples.items():
            answers[grant, name] = asked.answer(calls, gas=gas)
    return TruthTable(tuple(given), tuple(samples), answers, judged.title)


@reads(lab=LAB)
def types_of(lab: BaseLab) -> dict[str, list[Permission]]:
    """Return each permission type that the lab accepts, with a typical grant of it alone."""
    single: list[Permission] = [
        NativeTokenTransfer(allowance=ether(1)),
        Erc20TokenTransfer(address=lab.addresses["dollar"], allowance=units(25, 6)),
        GasLimit(limit=3_000_000),
        ContractAccess(address=lab.addresses["counter"]),
        FunctionsOnContract(address=lab.addresses["counter"], functions=["increment()"]),
        FunctionsOnAllContracts(functions=["transfer(address,uint256)"]),
        AccountFunctions(functions=["updateFallbackSignerData(address,bool)"]),
        Root(),
    ]
    result = {permission.type: [permission] for permission in single}
    return {name: result.get(name) or [_plain(kind, lab)] for name, kind in types_under(lab.rules).items()}


def _plain(kind: type[Permission], lab: BaseLab) -> Permission:
    """Make a permission of any type, for the counter."""
    values = {AMOUNT: 5, ADDRESS: lab.addresses["counter"], FUNCTIONS: ["increment()"]}
    return kind(**{name: values[form] for name, form in kind.fields().items()})


@reads(lab=LAB, wallet=AN_ADDRESS)
def sample_operations(lab: BaseLab, wallet: str = A_WALLET) -> dict[str, list[Call]]:
    """Return sample calls that distinguish production's permission types."""
    pay = {"function": "transfer(address,uint256)", "args": [lab.merchant, units(5, 6)]}
    owner = {"function": "updateFallbackSignerData(address,bool)", "args": [lab.merchant, False]}
    return {
        "0.3 ETH to merchant": [Call(lab.merchant, ether("0.3"))],
        "5 LUSD to merchant": [Call(lab.addresses["dollar"], **pay)],  # type: ignore[arg-type]  # by name
        "increment() on counter": [Call(lab.addresses["counter"], function="increment()")],
        "deposit() on counter": [Call(lab.addresses["counter"], function="deposit()")],
        "new owner for the wallet": [Call(wallet, **owner)],  # type: ignore[arg-type]
    }


__all__ = ["TruthTable", "sample_operations", "truth_table", "types_of"]
