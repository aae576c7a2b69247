"""Published incidents: what was published, the same steps on a wallet with that hole, and on the wallet as it is.

    case_study("own-bundler")         one, run here and now; print it, or show it in a notebook
    overview(case_studies())          all of them as a table

``cases`` says what was published and what is to be learnt, ``exploits`` what is sent, ``sources`` where it was read;
which place of the wallet is bent stands in ``mutants/``. Every amount before and after, every loss and every refusal
is read from the chain of a run.
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
