"""Compile a contract of one's own from Vyper source. Needs the ``contracts`` extra."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tokenize import TokenError
from typing import Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.contracts.artifacts import EVM_VERSION
from sessionlab.study.extras import needs_extra
from sessionlab.study.own_contracts.code import ContractCode, read_abi

MOST_LETTERS = 200_000
"""Characters of a source that is compiled."""
SOURCE_FIX = "correct the source; %%vyper new NAME in a notebook shows the line."


_DECLARATION = re.compile(r"^#\s*error\s+(\w+)\(([^)]*)\)\s*$", re.MULTILINE)


def declared_errors(source: str) -> Iterator[dict[str, Any]]:
    """Yield the ABI entries of the errors that lines such as ``# error TooSmall(asked: uint256)`` declare."""
    for name, arguments in _DECLARATION.findall(source):
        parts = (argument.rpartition(":") for argument in arguments.split(",") if argument.strip())
        inputs = [{"name": before.strip(), "type": _abi_type(kind.strip())} for before, _, kind in parts]
        yield {"type": "error", "name": name, "inputs": inputs}


def _abi_type(kind: str) -> str:
    """Return the ABI's type for a text or bytes as Vyper writes them: ``String[40]`` is ``string``."""
    return re.sub(r"^(String|Bytes)\[\w+\]$", lambda match: match[1].lower(), kind)


def compile_source(source: str, name: str = "Contract", folder: Path | None = None) -> ContractCode:
    """Compile Vyper source. ``folder``: where the modules are that it imports.

    Vyper has no custom errors, so an error that ``raw_revert`` raises is known if a line ``# error …`` declares it.

    Raises InvalidInput if it does not compile, with the compiler's own error as its cause, and MissingExtra if there is
    no compiler.
    """
    return _compiled(source, name) if folder is None else _compile(source, name, folder)


@lru_cache(64)
def _compiled(source: str, name: str) -> ContractCode:
    return _compile(source, name, Path())


def _compile(source: str, name: str, folder: Path) -> ContractCode:
    with needs_extra("contracts", "Compiling Vyper"):
        from vyper.compiler import CompilerData, outputs_from_compiler_data  # type: ignore[import-untyped]
        from vyper.compiler.input_bundle import FileInput, FilesystemInputBundle  # type: ignore[import-untyped]
        from vyper.compiler.settings import Settings  # type: ignore[import-untyped]
        from vyper.exceptions import VyperException, VyperInternalException  # type: ignore[import-untyped]
    if len(source) > MOST_LETTERS:
        message = f"The source has {len(source):,} characters."
        raise InvalidInput(message, field="source", left=MOST_LETTERS, fix="give one contract.")
    known = VyperException, VyperInternalException, SyntaxError, TokenError, ValueError
    tripped = IndexError, AttributeError, KeyError, TypeError, AssertionError, RecursionError
    try:
        path = Path(f"{name}.vy")
        data = CompilerData(
            FileInput(-1, path, path, source),
            FilesystemInputBundle([folder.resolve()]),
            settings=Settings(evm_version=EVM_VERSION),
            no_bytecode_metadata=True,
        )
        made = outputs_from_compiler_data(data, ["abi", "bytecode"])
        sources = ((path.name, source), *_imported(data, folder.resolve()))
    except (*known, *tripped) as error:
        message = f"{name}.vy does not compile: {type(error).__name__}: {str(error).strip()[:1_000]}"
        raise InvalidInput(message, field="source", asked=name, fix=SOURCE_FIX) from error
    abi = read_abi([*made["abi"], *declared_errors(source)])
    return ContractCode(name, abi, made["bytecode"].removeprefix("0x"), sources=sources)


def _imported(data: Any, folder: Path) -> list[tuple[str, str]]:
    """Return the modules that a contract imports, by their paths in its folder."""
    files = [file for file in data.resolved_imports.compiler_inputs if not file.from_builtin]
    texts = {os.path.relpath(file.resolved_path, folder): str(file.contents) for file in files}
    return [(name.replace(os.sep, "/"), texts[name]) for name in sorted(texts)]
