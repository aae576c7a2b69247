"""Truth table: grants × sample operations, each allowed or refused, and for which reason. The engine decides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sessionlab.amounts import ether, units
from sessionlab.call import Call
from sessionlab.insight.cards import BLUE, frame
from sessionlab.insight.pictures.asking import A_WALLET, SAMPLE_GAS, Answer, Asked
from sessionlab.insight.pictures.base import Picture
from sessionlab.insight.pictures.tables import aligned, cell_html, soft, table_html
from sessionlab.permissions.fields import ADDRESS, AMOUNT, FUNCTIONS
from sessionlab.permissions.rulesets import Ruleset, ruleset
from sessionlab.permissions.types import (
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

if TYPE_CHECKING:
    from sessionlab.lab import Lab

Grants = Mapping[str, Sequence[Permission]]
Samples = Mapping[str, Sequence[Call]]


@dataclass(frozen=True, repr=False)
class TruthTable(Picture):
    """Grants × operations."""

    grants: tuple[str, ...]
    operations: tuple[str, ...]
    answers: Mapping[tuple[str, str], Answer]
    rules: str

    @property
    def alternative_text(self) -> str:
        """What each grant allows."""
        said = []
        for grant in self.grants:
            allowed = [name for name in self.operations if self.answers[grant, name].ok]
            said.append(f"{grant} allows {', '.join(allowed) or 'none of them'}")
        return f"Truth table, {self.rules} rules, {len(self.operations)} operations: {'; '.join(said)}."

    def text(self) -> str:
        """The table."""
        rows = [("", *self.operations)]
        for grant in self.grants:
            rows.append((grant, *(str(self.answers[grant, name].cell) for name in self.operations)))
        return "\n".join([*aligned(rows), f"({self.rules} rules)"])

    def html(self) -> str:
        """The table, with signs and reasons."""
        lines = []
        for grant in self.grants:
            cells = [cell_html(self.answers[grant, name].cell) for name in self.operations]
            lines.append([f"<code>{escape(grant)}</code>", *cells])
        table = table_html(["granted", *map(escape, self.operations)], lines)
        note = soft("validation: nothing happens and nobody pays; execution: the gas is paid; no grant: never signed.")
        return frame(f"Truth table, {self.rules} rules", BLUE, table + note, "78em")


def truth_table(
    lab: Lab,
    grants: Grants | None = None,
    operations: Samples | None = None,
    *,
    rules: str | Ruleset | None = None,
    wallet: str = A_WALLET,
    gas: int = SAMPLE_GAS,
) -> TruthTable:
    """Every grant against every operation, all allowances whole. ``gas``: what each operation may take, in gas.

    Without ``grants`` each permission type by itself, without ``operations`` a sample of calls on the lab's
    contracts; ``rules`` are the lab's own unless given.

    >>> import sessionlab as sl
    >>> lab = sl.Lab()
    >>> grants = {"counter": [sl.ContractAccess(address=lab.counter)], "gas-limit": [sl.GasLimit(limit=1)]}
    >>> truth_table(lab, grants, {"increment": [sl.Call(to=lab.counter, function="increment()")]})
               increment
    counter    ✓ allowed
    gas-limit  ✗ no grant: ValidationConfigUnsetError
    (documented rules)
    """
    judged = lab.rules if rules is None else ruleset(rules, lab.rules.extensions if isinstance(rules, str) else ())
    given, samples = grants or types_of(lab), operations or sample_operations(lab, wallet)
    answers = {}
    for grant, permissions in given.items():
        asked = Asked(tuple(permissions), judged, wallet)
        for name, calls in samples.items():
            answers[grant, name] = asked.answer(calls, gas=gas)
    return TruthTable(tuple(given), tuple(samples), answers, judged.title)


def types_of(lab: Lab) -> dict[str, list[Permission]]:
    """Each permission type that the lab knows by itself, as one would grant it there."""
    single: list[Permission] = [
        NativeTokenTransfer(allowance=ether(1)),
        Erc20TokenTransfer(address=lab.dollar, allowance=units(25, 6)),
        GasLimit(limit=3_000_000),
        ContractAccess(address=lab.counter),
        FunctionsOnContract(address=lab.counter, functions=["increment()"]),
        FunctionsOnAllContracts(functions=["transfer(address,uint256)"]),
        AccountFunctions(functions=["updateFallbackSignerData(address,bool)"]),
        Root(),
    ]
    found = {permission.type: [permission] for permission in single}
    return {name: found.get(name) or [_plain(kind, lab)] for name, kind in types_under(lab.rules).items()}


def _plain(kind: type[Permission], lab: Lab) -> Permission:
    """A permission of any type, about the counter."""
    values = {AMOUNT: 5, ADDRESS: lab.counter, FUNCTIONS: ["increment()"]}
    return kind(**{name: values[form] for name, form in kind.fields().items()})


def sample_operations(lab: Lab, wallet: str = A_WALLET) -> dict[str, list[Call]]:
    """Calls that tell production's types apart."""
    pay = {"function": "transfer(address,uint256)", "args": [lab.merchant, units(5, 6)]}
    owner = {"function": "updateFallbackSignerData(address,bool)", "args": [lab.merchant, False]}
    return {
        "0.3 ETH to merchant": [Call(lab.merchant, ether("0.3"))],
        "5 LUSD to merchant": [Call(lab.dollar, **pay)],  # type: ignore[arg-type]  # by name
        "increment() on counter": [Call(lab.counter, function="increment()")],
        "deposit() on counter": [Call(lab.counter, function="deposit()")],
        "new owner for the wallet": [Call(wallet, **owner)],  # type: ignore[arg-type]
    }


__all__ = ["TruthTable", "sample_operations", "truth_table", "types_of"]
