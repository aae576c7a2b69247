"""Check a repaired source for a level: does it stop the attack, and does everything else still work?"""

from __future__ import annotations

from dataclasses import dataclass

from sessionlab.attacks.attack import judge
from sessionlab.attacks.attack_lab import INCREMENT, MERCHANT, OWNER, TOKEN, WALLET, AttackLab, count
from sessionlab.attacks.level_run import Level
from sessionlab.attacks.levels import ACCESS, COINS, ETHERS, OWN_FUNCTION, PING
from sessionlab.attacks.mutants import lab_with
from sessionlab.attacks.operations import act, deferred_operation, install, revoke, send
from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import AccountFunctions, rows
from sessionlab.study.doors import a


@dataclass(frozen=True)
class Repair:
    """The effect of a changed source. ``taken``: what the attack still takes; ``broken``: what no longer works."""

    taken: str
    broken: tuple[str, ...]
    by: str | None

    @property
    def ok(self) -> bool:
        """Whether the attack is stopped and honest operations still pass."""
        return not self.taken and not self.broken

    def __repr__(self) -> str:
        if self.ok:
            return f"<Repair: the attack is stopped by {self.by or 'nothing that it can do'}, and all else works>"
        return (
            f"<Repair: {'; '.join([*(['the attack still takes ' + self.taken] if self.taken else []), *self.broken])}>"
        )


@reads(which=a("sessionlab.attacks.level_run:Level", fix="give sl.attacks.level(1)."), source=TEXT)
def repair(which: Level, source: str) -> Repair:
    """Compile a source in place of the level's, run the level's attack, and check that honest operations still pass.

    Raises CompileError, with the line, if the source does not compile, and InvalidInput if it is not a whole source.
    """
    from sessionlab.integrations.vyper import rewrite

    mutant = which.mutant
    if "pragma version" not in source:
        message = f"This is not the whole source of {mutant.module}.vy."
        raise InvalidInput(message, field="source", asked=source[:80], fix="change level.source, and give all of it.")
    code = rewrite(mutant.module, source, contract=mutant.contract).runtime
    verdict = judge(which.attack, lab_with(mutant, code))
    return Repair(verdict.taken, tuple(_broken(lab_with(mutant, code))), verdict.by)


def _broken(lab: AttackLab) -> list[str]:
    """Return what works in a sound wallet and not in this one."""
    install(lab, [ACCESS, ETHERS, COINS])
    transfer = artifact("Token").encode("transfer", MERCHANT, 50)
    result = []
    if act(lab, PING).phase != "ok" or count(lab) != 1:
        result.append("a granted call is refused")
    if act(lab, [Call(MERCHANT, 4), Call(MERCHANT, 6)]).phase != "ok":
        result.append("10 wei of 10 are refused")
    if act(lab, [Call(TOKEN, data=transfer)]).phase != "ok":
        result.append("50 units of 50 are refused")
    if act(lab, [Call(MERCHANT, 1)]).phase == "ok":
        result.append("1 wei more than was granted passes")
    if act(lab, [Call(MERCHANT, data=INCREMENT)]).phase == "ok":
        result.append("a call that was not granted passes")
    return result + _broken_lives(lab) + _broken_functions(lab)


def _broken_lives(lab: AttackLab) -> list[str]:
    """The same for sessions that their first operation installs, and for reinstalled sessions."""
    result = []
    if send(lab, deferred_operation(lab, rows([ACCESS]), PING, entity=2)).phase != "ok":
        result.append("the first operation of a session is refused")
    revoke(lab, entity=2)
    if act(lab, PING, entity=2).phase == "ok":
        result.append("a revoked session goes on")
    install(lab, [ACCESS], entity=2, generation=1)
    if act(lab, PING, entity=2).phase != "ok":
        result.append("a session that is granted anew is refused")
    return result


def _broken_functions(lab: AttackLab) -> list[str]:
    """The same for a wallet function that is granted by name."""
    install(lab, [AccountFunctions(functions=[OWN_FUNCTION]), ACCESS], entity=3)
    same_owner = Call(WALLET, data=artifact("SessionWallet").encode("updateFallbackSignerData", OWNER.address, False))
    if act(lab, [same_owner, *PING], entity=3).phase != "ok":
        return ["a granted function of the wallet is refused"]
    return []
