"""A session's history, decided again: under other permissions or rules, and reduced to the least that allows it.

recording = session.record()                   # over JSON-RPC alone; plain data from here on
recording.under(rules="deployed")              # which operations would end differently, and why
least_permissions(recording, margin=0.2)       # the narrowest grant, with the reason for each part
"""

from sessionlab.study.recording.comparison import Comparison, ReplayedDecision
from sessionlab.study.recording.minimality import Need, UsedLimit
from sessionlab.study.recording.mining import least_permissions
from sessionlab.study.recording.proposal import Proposal
from sessionlab.study.recording.recording import RecordedOperation, Recording

__all__ = [
    "Comparison",
    "Need",
    "Proposal",
    "RecordedOperation",
    "Recording",
    "ReplayedDecision",
    "UsedLimit",
    "least_permissions",
]
