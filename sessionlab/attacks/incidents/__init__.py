"""Published incidents as case studies: the report, and the same steps run on a vulnerable and on the original wallet.

    case_study("own-bundler")         run one case; print it or show it in a notebook
    overview(case_studies())          all cases as a table

``cases`` has the published facts and the lessons, ``exploits`` the steps, and ``sources`` the references. The changes
that make the wallet vulnerable are in ``mutants/``. Every amount, loss and refusal is read from the chain of a run.
"""

from sessionlab.attacks.incidents.cases import INCIDENTS
from sessionlab.attacks.incidents.incident import CaseStudy, ExploitStep, Incident, IncidentRun
from sessionlab.attacks.incidents.running import case_studies, case_study, find_incident
from sessionlab.attacks.incidents.text import overview

__all__ = [
    "INCIDENTS",
    "CaseStudy",
    "ExploitStep",
    "Incident",
    "IncidentRun",
    "case_studies",
    "case_study",
    "find_incident",
    "overview",
]
