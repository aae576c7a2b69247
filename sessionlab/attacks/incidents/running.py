"""Run the incidents on the vulnerable and on the original wallet."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sessionlab.attacks.attack_lab import fresh_attack_lab
from sessionlab.attacks.incidents.cases import INCIDENTS
from sessionlab.attacks.incidents.incident import CaseStudy, ExploitStep, Incident, IncidentRun
from sessionlab.attacks.mutants import Code, Mutant, compiled, lab_with
from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.core.permissions import DEPLOYED, DOCUMENTED

if TYPE_CHECKING:
    from sessionlab.attacks.attack_lab import AttackLab

HOLED, DEPLOYED_RULES, WHOLE = "the wallet with the hole", "the wallet under the deployed rules", "the wallet as it is"


def find_incident(name: str) -> Incident:
    """Return the incident with this name. Raises NotFound if there is none."""
    known = {case.name: case for case in INCIDENTS}
    if name not in known:
        message = f"There is no incident {name!r}."
        raise NotFound(message, field="name", asked=name, fix=f"try one of {', '.join(known)}; or none, for all.")
    return known[name]


def holes() -> tuple[Mutant, ...]:
    """Return the mutants that the cases need as vulnerable wallets."""
    return tuple(case.holed for case in INCIDENTS if case.holed)


@reads(name=TEXT)
@cache
def case_study(name: str) -> CaseStudy:
    """Run the incident with this name, which takes a second or two the first time. Raises NotFound if there is none."""
    case = find_incident(name)
    return show(case, compiled([case.holed] if case.holed else []))


@cache
def case_studies(folder: Path | None = None) -> tuple[CaseStudy, ...]:
    """Run all incidents. The first time, this compiles six wallets, two at once, and caches them in ``folder``."""
    code = compiled(holes(), folder)
    return tuple(show(case, code) for case in INCIDENTS)


def show(case: Incident, code: Code) -> CaseStudy:
    """Run a case on both wallets, each on a fresh chain."""
    if case.holed is None:
        holed = _run(case, DEPLOYED_RULES, fresh_attack_lab(DEPLOYED))
    else:
        holed = _run(case, HOLED, lab_with(case.holed, code(case.holed)))
    return CaseStudy(case, holed, _run(case, WHOLE, fresh_attack_lab(DOCUMENTED)))


def _run(case: Incident, wallet: str, lab: AttackLab) -> IncidentRun:
    case.prepare(lab)
    assert not lab.stopped, lab.stopped
    before = _read(case, lab)
    steps = tuple(
        ExploitStep(what, outcome.phase, outcome.reason, case.measures[0].read(lab)) for what, outcome in case.play(lab)
    )
    return IncidentRun(wallet, before, steps, _read(case, lab), case.allowed)


def _read(case: Incident, lab: AttackLab) -> tuple[int, ...]:
    return tuple(measure.read(lab) for measure in case.measures)
