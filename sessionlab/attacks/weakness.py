"""Contracts with one check removed or bent, and the attack that succeeds because of it.

    one = find_weakness("signature-unchecked")
    code = compiled([one])                                    a second or two for each, kept for the next time
    verdict = judge(find_attack(one.by), weak_scene(one, code(one)))
    verdict.taken                                             '1 count'

A check behind which another one stands is spare: without it nothing more passes, only the words of the refusal
change. ``because`` says what stands behind it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sessionlab.errors import SessionlabError, UnknownThing

if TYPE_CHECKING:
    from sessionlab.attacks.attack import Attack, Verdict
    from sessionlab.attacks.scene import Scene
    from sessionlab.contracts.patched import Patched
    from sessionlab.permissions.rulesets import Ruleset

Code = Callable[["Weakness"], bytes]


@dataclass(frozen=True)
class Weakness:
    """One check that is gone. ``old`` stands once in the source of ``module``, and ``new`` in its place.

    ``by``: an attack that the sound contract refuses and this one does not, under ``rules``; empty if none gains
    anything, and then ``because`` says why.
    """

    name: str
    what: str
    module: str
    old: str
    new: str
    by: str
    rules: str = "documented"
    contract: str = "SessionWallet"
    because: str = ""

    def __repr__(self) -> str:
        return f"<Weakness {self.name}: {self.what}>"

    @property
    def ruleset(self) -> Ruleset:
        """The rules of its scene, with the extensions that the attack needs which notices."""
        from sessionlab.attacks.attack import find_attack
        from sessionlab.permissions.rulesets import ruleset

        return find_attack(self.by).under(ruleset(self.rules)) if self.by else ruleset(self.rules)

    @property
    def lines(self) -> range:
        """The lines of the source, from 0, that are others. ValueError unless ``old`` stands there once."""
        from sessionlab.contracts.patched import source_of

        source = source_of(self.module)
        if source.count(self.old) != 1:
            raise ValueError(f"{self.module}.vy has {source.count(self.old)} times: {self.old}")
        first = source[: source.index(self.old)].count("\n")
        return range(first, first + self.old.rstrip("\n").count("\n") + 1)

    @property
    def patched(self) -> Patched:
        """The contract to compile."""
        from sessionlab.contracts.patched import Patched, source_of

        return Patched(self.module, source_of(self.module).replace(self.old, self.new), self.contract)


_WEAKNESSES: dict[str, Weakness] = {}


def weaken(name: str, what: str, module: str, old: str, new: str, **more: str) -> None:
    """Enter a weakness into the list."""
    if name in _WEAKNESSES:
        raise ValueError(f"{name} is there twice")
    _WEAKNESSES[name] = Weakness(name, what, module, old, new, **{"by": "", **more})


def weaknesses() -> tuple[Weakness, ...]:
    """All of them, contract by contract."""
    from sessionlab.attacks import weakened

    weakened.load()
    return tuple(_WEAKNESSES.values())


def find_weakness(name: str) -> Weakness:
    """The weakness of this name. UnknownThing otherwise."""
    from difflib import get_close_matches

    known = {one.name: one for one in weaknesses()}
    if name not in known:
        near = get_close_matches(name, known, 3) or list(known)[:3]
        message = f"There is no weakened contract {name!r}."
        raise UnknownThing(message, field="NAME", asked=name, fix=f"try {', '.join(near)}; or none, for all.")
    return known[name]


def compiled(chosen: Iterable[Weakness], folder: Path | None = None) -> Code:
    """Compile what is not kept in ``folder`` yet (the user's cache, where nothing is said); where to get each."""
    from sessionlab.contracts.patched import compile_all

    code = compile_all([one.patched for one in chosen], folder or cache())
    return lambda one: code(one.patched)


def cache() -> Path:
    """Where compiled contracts are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or (Path.home() / ".cache")
    folder = Path(home) / "sessionlab" / "contracts"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="sessionlab-"))
    return folder


def weak_scene(one: Weakness, code: bytes, attack: Attack | None = None) -> Scene:
    """A fresh scene in which the weakened contract stands in the place of the sound one.

    It knows the extensions that ``attack`` needs; without one, those of the attack that notices.
    """
    from sessionlab.attacks.scene import SPONSORED, fresh_scene
    from sessionlab.contracts.placing import place
    from sessionlab.permissions.rulesets import ruleset

    scene = fresh_scene(attack.under(ruleset(one.rules)) if attack else one.ruleset)
    scene.leaves_out = one.name
    place(scene.chain, scene.rules, one.contract, code, [SPONSORED] if one.contract == "SponsorPaymaster" else ())
    return scene


def taking(one: Weakness, code: bytes, chosen: Iterable[Attack]) -> Iterator[Verdict]:
    """The attacks that the sound contract refuses and this one does not, with what they take."""
    from sessionlab.attacks.attack import judge

    for attack in chosen:
        if one.rules in attack.passes:
            continue
        try:
            verdict = judge(attack, weak_scene(one, code, attack))
        except (AssertionError, SessionlabError, ValueError, LookupError):
            continue  # the attack did not get as far as it needs: it has taken nothing
        if verdict.taken:
            yield verdict
