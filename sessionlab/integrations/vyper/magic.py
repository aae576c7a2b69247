"""Notebook magics for Vyper, loaded by ``%load_ext sessionlab``.

%vyper spending                 load the source of spending.vy into this cell, to edit
%%vyper spending                compile the rest of the cell: the whole source, or some of its functions
%%vyper spending twice          and name the result ``twice``; the default name is ``changed``
%%vyper --optimized spending    compile as the lab's contracts are, which takes twice as long
%%vyper new MyGame              compile a contract of one's own and name it ``MyGame``, for lab.deploy(MyGame, …)
"""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.integrations.vyper.changed import Changed, rewrite
from sessionlab.integrations.vyper.compile_error import CompileError
from sessionlab.integrations.vyper.new import new_contract
from sessionlab.study.extras import needs_extra
from sessionlab.study.own_contracts.code import ContractCode

NAME, NEW = "changed", "new"
USAGE = "write %%vyper MODULE, or %%vyper MODULE NAME; %vyper MODULE for its source; %%vyper new NAME for your own."


def load_ipython_extension(shell: Any) -> None:
    """Entry point of ``%load_ext sessionlab``. Raises SessionlabError if the compiler is not installed."""
    with needs_extra("contracts", "%%vyper"):
        import vyper.compiler  # type: ignore[import-untyped]  # noqa: F401  # now, so that no cell waits for it
    shell.register_magic_function(lambda line, cell=None: _run(shell, line, cell), "line_cell", "vyper")


def _run(shell: Any, line: str, cell: str | None) -> Changed | ContractCode | None:
    from IPython.core.error import UsageError

    try:
        if cell is None:
            _load(shell, line)
            return None
        module, name, optimized = read_line(line)
        made = _new(line, cell) if module == NEW else rewrite(module, cell, optimized=optimized)
    except CompileError:
        raise
    except SessionlabError as error:
        raise UsageError(str(error)) from None
    shell.push({name: made})
    return made


def _new(line: str, cell: str) -> ContractCode:
    if len(line.split()) != 2:
        message = f"{line.strip()!r} does not name the new contract."
        raise InvalidInput(message, field="%%vyper", asked=line, fix="write %%vyper new NAME, such as MyGame.")
    return new_contract(line.split()[1], cell)


def _load(shell: Any, line: str) -> None:
    from sessionlab.attacks.mutants.recompile import source_of

    module, _, _ = read_line(line)
    shell.set_next_input(f"%%vyper {line.strip()}\n{source_of(module)}", replace=True)


def read_line(line: str) -> tuple[str, str, bool]:
    """Parse the arguments of ``%%vyper``: module, name and ``--optimized``. Raises InvalidInput."""
    words = line.split()
    optimized = "--optimized" in words
    words = [word for word in words if word != "--optimized"]
    if not 1 <= len(words) <= 2 or not all(word.isidentifier() for word in words):
        raise InvalidInput(f"{line.strip()!r} is not a module and a name.", field="%%vyper", asked=line, fix=USAGE)
    module, name = [*words, NAME][:2]
    return module, name, optimized
