"""Which line of Vyper source an opcode came from. Needs the ``contracts`` extra; without it, no line is known."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from sessionlab.core import deployments
from sessionlab.core.contracts.artifacts import EVM_VERSION, FOLDER
from sessionlab.core.erc4337.user_operation import ENTRY_POINT, SENDER_CREATOR
from sessionlab.study.own_contracts.known import KINDS

if TYPE_CHECKING:
    from sessionlab.core.evm.chain import Chain
    from sessionlab.study.own_contracts.known import KnownContracts

Sources = tuple[tuple[str, str], ...]
#: The sources of the lab's own contracts, by address.
OWN = {
    ENTRY_POINT: "EntryPoint",
    SENDER_CREATOR: "SenderCreator",
    deployments.FACTORY: "WalletFactory",
    deployments.IMPLEMENTATION: "SessionWallet",
    deployments.DELEGATE_7702: "SessionWallet",
}


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source file, without its indentation. Lines count from 1."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def source_line(chain: Chain, known: KnownContracts, address: str, pc: int) -> SourceLine | None:
    """Return the line that the opcode at ``pc`` of this contract came from; None if its source is not known."""
    sources = _sources(known, address)
    if not sources:
        return None
    table = _line_table(sources)
    if table is None:
        return None
    runtime, pcs, lines = table
    index = bisect_right(pcs, pc) - 1
    # Immutables follow the code.
    return lines[index] if index >= 0 and chain.code(address).startswith(runtime) else None


def _sources(known: KnownContracts, address: str) -> Sources:
    contract = known.find(address)
    if contract is not None and contract.sources:
        return contract.sources
    name = OWN.get(address) or (KINDS.get(contract.name) if contract is not None else None)
    return () if name is None else _own_sources(name)


@lru_cache(16)
def _own_sources(name: str) -> Sources:
    files = sorted(FOLDER.glob("*.vy*"), key=lambda path: (path.name != f"{name}.vy", path.name))
    return tuple((path.name, path.read_text(encoding="utf-8")) for path in files)


@lru_cache(16)
def _line_table(sources: Sources) -> tuple[bytes, list[int], list[SourceLine]] | None:
    """Compile again and return the runtime code, and the lines by the position at which each begins."""
    try:
        from vyper.compiler import CompilerData  # type: ignore[import-untyped]
        from vyper.compiler.input_bundle import FileInput, JSONInputBundle  # type: ignore[import-untyped]
        from vyper.compiler.settings import (  # type: ignore[import-untyped]
            OptimizationLevel,
            Settings,
            anchor_settings,
        )
        from vyper.ir.compile_ir import assembly_to_evm  # type: ignore[import-untyped]
    except ImportError:
        return None
    (main, text), texts = sources[0], dict(sources)
    bundle = JSONInputBundle({PurePath(name): {"content": each} for name, each in sources[1:]}, [PurePath()])
    path = PurePath(main)
    data = CompilerData(
        FileInput(-1, path, path, text), bundle, settings=Settings(evm_version=EVM_VERSION), no_bytecode_metadata=True
    )
    if data.settings.optimize is None:
        data.settings.optimize = OptimizationLevel.GAS
    try:
        with anchor_settings(data.settings):
            runtime, maps = assembly_to_evm(data.assembly_runtime, compiler_metadata=None)
    except Exception:  # another version of the compiler may raise anything
        return None
    nodes = sorted(maps["pc_raw_ast_map"].items())
    lines = [(pc, line) for pc, node in nodes if (line := _line_of(node, texts)) is not None]
    return bytes(runtime), [pc for pc, _ in lines], [line for _, line in lines]


def _line_of(node: Any, texts: dict[str, str]) -> SourceLine | None:
    file, number = str(getattr(node.module_node, "path", "")), getattr(node, "lineno", 0)
    split = texts.get(file, "").splitlines()
    return SourceLine(file, number, split[number - 1].strip()) if 0 < number <= len(split) else None
