"""Change a rule in a contract, recompile it, and see the effects. Needs the ``contracts`` extra.

    changed = change("sessions", old, new)   a wallet whose sessions.vy has ``new`` in place of ``old``
    print(changed.diff)
    lab = lab_with(changed)                  a fresh lab in which every wallet runs the changed code
    attack(changed)                          which attacks now succeed that did not before
    repair(level, source)                    does this source fix a level's vulnerability and break nothing else?

In a notebook, after ``%load_ext sessionlab``: ``%vyper spending`` loads the source of a module into the cell, and
``%%vyper spending`` compiles the cell; ``%%vyper new MyGame`` compiles a contract of one's own; see ``magic.py``.
"""

from sessionlab.attacks.mutants.recompile import source_of as source
from sessionlab.integrations.vyper.changed import Changed, change, rewrite
from sessionlab.integrations.vyper.compile_error import CompileError
from sessionlab.integrations.vyper.magic import load_ipython_extension
from sessionlab.integrations.vyper.repair import Repair, repair
from sessionlab.integrations.vyper.running import Attacked, attack, lab_with

__all__ = [
    "Attacked",
    "Changed",
    "CompileError",
    "Repair",
    "attack",
    "change",
    "lab_with",
    "load_ipython_extension",
    "repair",
    "rewrite",
    "source",
]
