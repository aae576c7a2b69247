"""Pictures and cards. One function makes each; a picture is plain data that a test can read, and has a text form.

    pictures.burn_down(session)            what is left of the allowances, refusals marked
    pictures.session_card(session)         key, expiry, permissions and state of a session
    pictures.operations(session)           what was sent, in order, and what happened to it
    pictures.sequence(outcome, lab)        who signs, who pays, and which sender the target sees
    pictures.call_tree(outcome, lab)       who called whom, with gas, ETH and the reason of each failure
    pictures.validation_trace(outcome, lab)  what validation touched, entity by entity, by the rules of ERC-7562
    pictures.reach_map(permissions, lab)   which function of which target, by which permission
    pictures.truth_table(lab)              each permission type × sample operations
    pictures.gas_bars(session)             gas limits and what was charged; or wei, value and gas
    pictures.key_lives(sessions)           granted, first use, operations, revoked, expired
    pictures.blast_radius(session)         what a stolen key can take, bounded or not
    pictures.escalation(session)           how a stolen key becomes the owner, function by function
    pictures.loss_over_time(runs)          what thieves of several keys took, over time
    pictures.side_by_side(cases)           the same operations under both rulesets
    pictures.blocks(lab)                   blocks over time, with their contents and failures
    pictures.calldata(data)                selector and words, decoded
    pictures.matrix(title, rows, …)        any table of words: attacks × mutants

In a notebook, put a picture on the last line of a cell to show it. ``print`` writes its text, ``alternative_text``
describes it in a sentence, ``save(path)`` writes a file. ``plot(session, name)`` is what ``session.plot`` calls.
"""

from sessionlab.study.pictures.base import Picture, Plot
from sessionlab.study.pictures.blast_radius import blast_radius
from sessionlab.study.pictures.blocks import blocks
from sessionlab.study.pictures.burn_down import burn_down
from sessionlab.study.pictures.call_tree import call_tree
from sessionlab.study.pictures.calldata import calldata
from sessionlab.study.pictures.escalation import escalation
from sessionlab.study.pictures.gas_bars import gas_bars
from sessionlab.study.pictures.key_lives import key_lives
from sessionlab.study.pictures.loss_over_time import loss_over_time
from sessionlab.study.pictures.matrix import matrix
from sessionlab.study.pictures.of_session import SESSION_PICTURES, plot
from sessionlab.study.pictures.operations import operations
from sessionlab.study.pictures.reach_map import reach_map
from sessionlab.study.pictures.sequence import sequence
from sessionlab.study.pictures.session_card import session_card
from sessionlab.study.pictures.side_by_side import side_by_side
from sessionlab.study.pictures.truth_table import sample_operations, truth_table, types_of
from sessionlab.study.pictures.validation import validation_trace

__all__ = [
    "SESSION_PICTURES",
    "Picture",
    "Plot",
    "blast_radius",
    "blocks",
    "burn_down",
    "call_tree",
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
    "validation_trace",
]
