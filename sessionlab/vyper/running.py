"""A changed contract in its place: in a fresh lab, or on the stage of the attacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from sessionlab.contracts.placing import immutables, place
from sessionlab.errors import InvalidInput, SessionlabError, UnknownThing
from sessionlab.lab import Lab
from sessionlab.permissions.rulesets import Ruleset, ruleset
from sessionlab.plan import PLAYTHINGS, TOKENS
from sessionlab.vyper.changed import Changed

if TYPE_CHECKING:
    from sessionlab.attacks.attack import Attack, Verdict
    from sessionlab.attacks.scene import Scene

WORD = 32


def lab_with(*changed: Changed, rules: str | Ruleset = "documented", seed: int = 0) -> Lab:
    """A fresh lab in which these contracts stand in the place of its own.

    InvalidInput if two of them are one contract, or if one cannot stand there: it declares other immutables, or
    its storage lies elsewhere and the lab has written to it already. UnknownThing if a lab has no such contract.
    """
    lab = Lab(rules, seed)
    names = [one.contract for one in changed]
    for one in changed:
        if names.count(one.contract) > 1:
            fix = "make both changes in one source, or give one of them."
            message = f"{one.contract} is there more than once."
            raise InvalidInput(message, field="changed", asked=one.contract, fix=fix)
        _check(one, lab.rules, storage=one.contract != "SessionWallet")  # no wallet is there yet
        place(lab.chain, lab.rules, one.contract, one.runtime, at=_in_lab(lab, one.contract))
    return lab


@dataclass(frozen=True)
class Attacked:
    """What became of attacks on a changed contract."""

    changed: Changed
    verdicts: tuple[Verdict, ...] = field(repr=False)
    #: Attacks that could not be tried: something that they do first does not work any more, and why.
    stuck: tuple[tuple[Attack, str], ...] = field(default=(), repr=False)

    @property
    def succeeded(self) -> tuple[Verdict, ...]:
        """Attacks that go through and should not."""
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
        from sessionlab.insight.cards import GREEN, RED, card

        rows = [
            (v.attack.name, escape(f"✗ takes {v.taken}: {v.attack.tries} ({v.ruleset.title})")) for v in self.succeeded
        ]
        rows += [(attack.name, escape(f"cannot be tried: {why}")) for attack, why in self.stuck]
        title = repr(self).strip("<>")
        return card(title, RED if self.succeeded else GREEN, rows or [("", "✓ no attack gains anything new")])


def attack(changed: Changed, *names: str, rules: str | Sequence[str] = "documented") -> Attacked:
    """Run these attacks, or all, each on a fresh scene where the changed contract stands. About 50 ms an attack.

    InvalidInput if the contract cannot stand there; UnknownThing if there is no such attack.
    """
    from sessionlab.attacks.attack import attacks, find_attacks, judge

    chosen = tuple(one for name in names for one in find_attacks(name)) or attacks()
    verdicts, stuck = [], []
    for name in [rules] if isinstance(rules, str) else rules:
        for one in chosen:
            scene = _scene(changed, one.under(ruleset(name)))
            try:
                verdicts.append(judge(one, scene))
            except (AssertionError, SessionlabError, ValueError, LookupError) as error:
                stuck.append((one, _first_line(error)))
    return Attacked(changed, tuple(verdicts), tuple(stuck))


def _scene(changed: Changed, rules: Ruleset) -> Scene:
    from sessionlab.attacks import scene as stage

    _check(changed, rules, storage=True)
    at = {
        "Token": (stage.TOKEN, stage.OTHER_TOKEN),
        "Counter": (stage.COUNTER,),
        "Strict": (stage.STRICT,),
        "Collectible": (stage.COLLECTIBLE,),
        "OpenPaymaster": (stage.PAYMASTER,),
        "SponsorPaymaster": (stage.SPONSORED,),
    }
    scene = stage.fresh_scene(rules)
    place(scene.chain, rules, changed.contract, changed.runtime, at=at.get(changed.contract, ()))
    return scene


def _in_lab(lab: Lab, contract: str) -> list[str]:
    """Where a lab has a contract that stands elsewhere in each."""
    made = dict.fromkeys(TOKENS, "Token") | PLAYTHINGS | {"paymaster": "SponsorPaymaster"}
    found = [lab.addresses[name] for name, kind in made.items() if kind == contract]
    if not found and not immutables(lab.rules, contract):
        fix = "change a contract that a lab has."
        raise UnknownThing(f"A lab has no {contract}.", field="contract", asked=contract, fix=fix)
    return found


def _check(changed: Changed, rules: Ruleset, *, storage: bool) -> None:
    from sessionlab.contracts.placing import WORDS

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
