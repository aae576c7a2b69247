"""What sessions did, decided again: under other permissions or rules, and back to the least that allows it.

recording = session.record()                   # over JSON-RPC alone; plain data from here on
recording.under(rules="deployed")              # which operations would end otherwise, and why
least_permissions(recording, margin=0.2)       # the narrowest grant, with the reason for each part
"""

from sessionlab.recording.comparison import Comparison, Verdict
from sessionlab.recording.least import least_permissions
from sessionlab.recording.needs import Need, UsedLimit
from sessionlab.recording.proposal import Proposal
from sessionlab.recording.recording import Recording, Step

__all__ = ["Comparison", "Need", "Proposal", "Recording", "Step", "UsedLimit", "Verdict", "least_permissions"]
