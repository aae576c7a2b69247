"""Change a rule of a contract, recompile it, and see what follows. Needs the ``contracts`` extra.

    changed = change("sessions", old, new)   the wallet in which sessions.vy reads ``new`` once instead of ``old``
    print(changed.diff)
    lab = lab_with(changed)                  a fresh lab in which every wallet does what the change says
    attack(changed)                          which attacks succeed now that did not before
    repair(level, source)                    does this source fix the hole of a level, and does all else still work

In a notebook, after ``%load_ext sessionlab``: ``%vyper spending`` puts the source of a module into the cell, and
``%%vyper spending`` compiles what stands there; see ``magic.py``.
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
