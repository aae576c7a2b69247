"""Run a changed contract in a fresh lab or in an attack lab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from sessionlab.attacks.install_code import immutables, place
from sessionlab.core.base.doors import ANY_NUMBER, TEXT, each, reads
from sessionlab.core.base.errors import InvalidInput, NotFound, SessionlabError
from sessionlab.core.lab.layout import DEMO_CONTRACTS, TOKENS
from sessionlab.core.permissions.rulesets import Ruleset, ruleset
from sessionlab.integrations.vyper.changed import Changed
from sessionlab.study.doors import RULES, a, either
from sessionlab.study.facade import Lab

if TYPE_CHECKING:
    from sessionlab.attacks.attack import Attack, AttackResult
    from sessionlab.attacks.attack_lab import AttackLab

WORD = 32


_CHANGED = a("sessionlab.integrations.vyper.changed:Changed", fix="give what vyper.change() returns.")


@reads(changed=each(_CHANGED), rules=RULES, seed=ANY_NUMBER)
def lab_with(*changed: Changed, rules: str | Ruleset = "documented", seed: int = 0) -> Lab:
    """Return a fresh lab in which these contracts replace its own.

    Raises InvalidInput if two of them change the same contract, or if one is incompatible: it declares different
    immutables, or its storage layout differs and the lab has already written to it. Raises NotFound if a lab has no
    such contract.
    """
    lab = Lab(rules, seed)
    names = [item.contract for item in changed]
    for item in changed:
        if names.count(item.contract) > 1:
            fix = "make both changes in one source, or give one of them."
            message = f"{item.contract} is there more than once."
            raise InvalidInput(message, field="changed", asked=item.contract, fix=fix)
        _check(item, lab.rules, storage=item.contract != "SessionWallet")  # no wallet exists yet
        place(lab.chain, lab.rules, item.contract, item.runtime, at=_in_lab(lab, item.contract))
    return lab


@dataclass(frozen=True)
class Attacked:
    """The results of attacks on a changed contract."""

    changed: Changed
    verdicts: tuple[AttackResult, ...] = field(repr=False)
    #: Attacks that could not run because a step of their setup no longer works, with the reason.
    stuck: tuple[tuple[Attack, str], ...] = field(default=(), repr=False)

    @property
    def succeeded(self) -> tuple[AttackResult, ...]:
        """Attacks that succeed and should not."""
        return tuple(verdict for verdict in self.verdicts if verdict.expected and not verdict.refused)

    def __repr__(self) -> str:
        tried = len(self.verdicts) + len(self.stuck)
        rest = f"; {len(self.stuck)} cannot be tried" if self.stuck else ""
        return f"<Attacked: {len(self.succeeded)} of {tried} attacks succeed that are refused in the lab{rest}>"

    def __str__(self) -> str:
        lines = [f"  {v.attack.name} ({v.ruleset.title}): takes {v.taken}" for v in self.succeeded]
        lines += [f"  {attack.name} cannot be tried: {why}" for attack, why in self.stuck]
        return "\n".join([repr(self), *lines])

    def _repr_html_(self) -> str:
        from sessionlab.core.base.html import GREEN, RED, card

        rows = [
            (v.attack.name, escape(f"✗ takes {v.taken}: {v.attack.tries} ({v.ruleset.title})")) for v in self.succeeded
        ]
        rows += [(attack.name, escape(f"cannot be tried: {why}")) for attack, why in self.stuck]
        title = repr(self).strip("<>")
        return card(title, RED if self.succeeded else GREEN, rows or [("", "✓ no attack gains anything new")])


@reads(changed=_CHANGED, names=each(TEXT), rules=either(RULES, each(RULES)))
def attack(changed: Changed, *names: str, rules: str | Sequence[str] = "documented") -> Attacked:
    """Run the named attacks, or all, each on a fresh attack lab with the changed contract. Takes about 50 ms each.

    Raises InvalidInput if the contract is incompatible with the lab, and NotFound if there is no such attack.
    """
    from sessionlab.attacks.attack import attacks, find_attacks, judge

    chosen = tuple(item for name in names for item in find_attacks(name)) or attacks()
    verdicts, stuck = [], []
    for name in rules if isinstance(rules, tuple) else (rules,):
        for item in chosen:
            attack_lab = _attack_lab(changed, item.under(ruleset(name)))
            try:
                verdicts.append(judge(item, attack_lab))
            except (AssertionError, SessionlabError, ValueError, LookupError) as error:
                stuck.append((item, _first_line(error)))
    return Attacked(changed, tuple(verdicts), tuple(stuck))


def _attack_lab(changed: Changed, rules: Ruleset) -> AttackLab:
    from sessionlab.attacks import attack_lab as stage

    _check(changed, rules, storage=True)
    at = {
        "Token": (stage.TOKEN, stage.OTHER_TOKEN),
        "Counter": (stage.COUNTER,),
        "Strict": (stage.STRICT,),
        "Collectible": (stage.COLLECTIBLE,),
        "OpenPaymaster": (stage.PAYMASTER,),
        "SponsorPaymaster": (stage.SPONSORED,),
    }
    attack_lab = stage.fresh_attack_lab(rules)
    place(attack_lab.chain, rules, changed.contract, changed.runtime, at=at.get(changed.contract, ()))
    return attack_lab


def _in_lab(lab: Lab, contract: str) -> list[str]:
    """Return a contract's addresses in this lab, if they differ between labs."""
    made = dict.fromkeys(TOKENS, "Token") | DEMO_CONTRACTS | {"paymaster": "SponsorPaymaster"}
    result = [lab.addresses[name] for name, kind in made.items() if kind == contract]
    if not result and not immutables(lab.rules, contract):
        fix = "change a contract that a lab has."
        raise NotFound(f"A lab has no {contract}.", field="contract", asked=contract, fix=fix)
    return result


def _check(changed: Changed, rules: Ruleset, *, storage: bool) -> None:
    from sessionlab.attacks.install_code import WORDS

    homes = immutables(rules, changed.contract)
    there = len(next(iter(homes.values()))) if homes else WORD * WORDS.get(changed.contract, 0)
    if changed.immutable_bytes != there:
        message = (
            f"It declares {changed.immutable_bytes // WORD} words of immutables, and the lab's has {there // WORD}."
        )
        raise InvalidInput(message, field=changed.module, fix="make a constant of what is new.")
    if storage and changed.moved:
        message = f"Its storage lies elsewhere than in what is written there already: {', '.join(changed.moved)}."
        raise InvalidInput(message, field=changed.module, fix="leave the storage variables as they were.")


def _first_line(error: BaseException) -> str:
    words = str(error).strip() or type(error).__name__
    return words.splitlines()[0][:200]
