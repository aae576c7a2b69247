"""SessionWallets with one rule removed or bent, compiled from patched sources.

A mutant is compiled without optimization, which halves the time, and kept in a folder under a hash of its
sources, so a second run compiles nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sessionlab.contracts.compile import EVM_VERSION, FOLDER
from sessionlab.permissions import Ruleset

#: The wallet and the modules that hold its rules.
MODULES = (
    "SessionWallet",
    "validation",
    "deferral",
    "installing",
    "sessions",
    "signatures",
    "reach",
    "calls",
    "reading",
    "spending",
    "allowances",
)


@dataclass(frozen=True)
class Mutation:
    """One check, the patch that removes or bends it, and what shows that it is gone."""

    file: str
    old: str
    new: str
    #: Acts in a world and returns what happened; ``expect`` on the real wallet, anything else on the mutant.
    scenario: Callable[[Any], Any]
    expect: Any
    rules: Ruleset

    def __repr__(self) -> str:
        return f"{self.file}: {' '.join(self.old.split())[:70]} → {' '.join(self.new.split())[:30]}"

    @property
    def lines(self) -> range:
        """The lines of the source, from 0, that the patch replaces; ValueError unless it matches exactly once."""
        source = source_of(self.file)
        if source.count(self.old) != 1:
            raise ValueError(f"{self.file}.vy has {source.count(self.old)} times: {self.old}")
        first = source[: source.index(self.old)].count("\n")
        return range(first, first + self.old.rstrip("\n").count("\n") + 1)

    @property
    def patched(self) -> str:
        return source_of(self.file).replace(self.old, self.new)


def source_of(module: str) -> str:
    return (FOLDER / f"{module}.vy").read_text()


def fingerprint(mutation: Mutation) -> str:
    others = [path.read_text() for path in sorted(FOLDER.glob("*.vy")) if path.stem != mutation.file]
    return hashlib.sha256("\0".join([mutation.file, mutation.patched, *others]).encode()).hexdigest()


def compile_mutants(mutations: Sequence[Mutation], cache: Path) -> None:
    """Put the runtime code of each into ``cache``, two at a time; without one that does not compile."""
    missing = {fingerprint(one): one for one in mutations if not (cache / fingerprint(one)).exists()}
    if not missing:
        return
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = {name: pool.submit(runtime_of, one.file, one.patched) for name, one in missing.items()}
        for name, job in jobs.items():
            error = job.exception()
            if error is None:
                (cache / name).write_bytes(job.result())
            else:
                print(f"{missing[name]!r} does not compile: {error}")


def runtime_of(file: str, patched: str) -> bytes:
    """The wallet's runtime code, without immutables, when this module reads so."""
    from vyper.compiler import CompilerData
    from vyper.compiler.input_bundle import FilesystemInputBundle
    from vyper.compiler.settings import OptimizationLevel, Settings

    class Patched(FilesystemInputBundle):
        def load_file(self, path: Any) -> Any:
            loaded = super().load_file(path)
            if Path(path).stem == file and Path(path).suffix == ".vy":
                return replace(loaded, contents=patched)
            return loaded

    bundle = Patched([FOLDER.resolve()])
    settings = Settings(evm_version=EVM_VERSION, optimize=OptimizationLevel.NONE)
    data = CompilerData(bundle.load_file("SessionWallet.vy"), bundle, settings=settings, no_bytecode_metadata=True)
    return bytes(data.bytecode_runtime)
