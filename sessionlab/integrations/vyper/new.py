"""A contract of one's own, written in a notebook: ``%%vyper new MyGame``."""

from __future__ import annotations

from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.integrations.vyper.compile_error import compile_error
from sessionlab.study.own_contracts.code import ContractCode
from sessionlab.study.own_contracts.vyper_source import compile_source


def new_contract(name: str, source: str) -> ContractCode:
    """Compile a contract for ``lab.deploy``. Raises CompileError, with the line, if it does not compile."""
    try:
        return compile_source(source, name)
    except InvalidInput as error:
        cause: Any = error.__cause__
        if cause is None:
            raise
        raise compile_error(name, source, cause) from None
