"""Compile mutants, put them on a chain in place of the original, and attack them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sessionlab.attacks.mutants.mutant import Mutant
from sessionlab.core.base.errors import SessionlabError

if TYPE_CHECKING:
    from sessionlab.attacks.attack import Attack, AttackResult
    from sessionlab.attacks.attack_lab import AttackLab
    from sessionlab.core.permissions.rulesets import Ruleset

Code = Callable[[Mutant], bytes]


def compiled(chosen: Iterable[Mutant], folder: Path | None = None) -> Code:
    """Compile what ``folder`` (by default the user's cache) lacks; returns a function that gives the code of each."""
    from sessionlab.attacks.mutants.recompile import compile_all

    code = compile_all([mutant.recompilation for mutant in chosen], folder or cache())
    return lambda mutant: code(mutant.recompilation)


def cache() -> Path:
    """Return the folder where compiled contracts are cached."""
    home = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache")
    folder = Path(home) / "sessionlab" / "contracts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="sessionlab-"))
    return folder


def lab_with(mutant: Mutant, code: bytes, rules: Ruleset | None = None) -> AttackLab:
    """Return a fresh attack lab in which the mutant replaces the original contract."""
    from sessionlab.attacks.attack_lab import SPONSORED, fresh_attack_lab
    from sessionlab.attacks.install_code import place

    lab = fresh_attack_lab(rules or mutant.ruleset)
    lab.leaves_out = mutant.name
    owners = [SPONSORED] if mutant.contract == "SponsorPaymaster" else ()
    place(lab.chain, lab.rules, mutant.contract, code, owners)
    return lab


def killed_by(mutant: Mutant, code: bytes, chosen: Iterable[Attack]) -> Iterator[AttackResult]:
    """Yield the attacks that the original refuses and this mutant does not, with what they take."""
    from sessionlab.attacks.attack import judge

    for attack in chosen:
        if mutant.rules in attack.passes:
            continue
        try:
            result = judge(attack, lab_with(mutant, code, attack.under(mutant.ruleset)))
        except (AssertionError, SessionlabError, ValueError, LookupError):
            continue  # the attack's setup failed, so it took nothing
        if result.taken:
            yield result
