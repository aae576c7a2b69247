"""Pictures and cards. Each is made by one function, is plain data that a test can read, and has its text.

    pictures.burn_down(session)            what is left of the allowances, refusals marked
    pictures.session_card(session)         who, until when, what, in which state
    pictures.operations(session)           what was sent, in order, and what became of it
    pictures.sequence(outcome, lab)        who signs, who pays, whom the target sees
    pictures.reach_map(permissions, lab)   which function of which target, by which permission
    pictures.truth_table(lab)              each permission type × sample operations
    pictures.gas_bars(session)             gas limits and what was charged; or wei, value and gas
    pictures.key_lives(sessions)           granted, first use, operations, revoked, expired
    pictures.blast_radius(session)         what a stolen key can take, bounded or not
    pictures.escalation(session)           from the key by functions to the owner's place
    pictures.loss_over_time(runs)          what thieves of several keys took, moment by moment
    pictures.side_by_side(cases)           the same operations under both rulesets
    pictures.blocks(lab)                   blocks in time, what was in them, what failed
    pictures.calldata(data)                selector and words, with what they mean
    pictures.matrix(title, rows, …)        any table of words: attacks × weakened rules

In a notebook the last line of a cell shows it; ``print`` writes its text, ``alternative_text`` says it in a sentence,
``save(path)`` writes a file. ``plot(session, name)`` is what ``session.plot`` does.
"""

from sessionlab.insight.pictures.base import Picture, Plot
from sessionlab.insight.pictures.blast_radius import blast_radius
from sessionlab.insight.pictures.blocks import blocks
from sessionlab.insight.pictures.burn_down import burn_down
from sessionlab.insight.pictures.calldata import calldata
from sessionlab.insight.pictures.escalation import escalation
from sessionlab.insight.pictures.gas_bars import gas_bars
from sessionlab.insight.pictures.key_lives import key_lives
from sessionlab.insight.pictures.loss_over_time import loss_over_time
from sessionlab.insight.pictures.matrix import matrix
from sessionlab.insight.pictures.of_session import SESSION_PICTURES, plot
from sessionlab.insight.pictures.operations import operations
from sessionlab.insight.pictures.reach_map import reach_map
from sessionlab.insight.pictures.sequence import sequence
from sessionlab.insight.pictures.session_card import session_card
from sessionlab.insight.pictures.side_by_side import side_by_side
from sessionlab.insight.pictures.truth_table import sample_operations, truth_table, types_of

__all__ = [
    "SESSION_PICTURES",
    "Picture",
    "Plot",
    "blast_radius",
    "blocks",
    "burn_down",
    "calldata",
    "escalation",
    "gas_bars",
    "key_lives",
    "loss_over_time",
    "matrix",
    "operations",
    "plot",
    "reach_map",
    "sample_operations",
    "sequence",
    "session_card",
    "side_by_side",
    "truth_table",
    "types_of",
]
