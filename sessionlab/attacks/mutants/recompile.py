"""Compile contracts with one source changed. Needs the ``contracts`` extra.

    runtime_of("reach", source_of("reach").replace("LISTED == 0", "LISTED == 9"))

By default this compiles without optimization, which halves the time, so gas costs differ from the lab's contracts.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sessionlab.core.base.doors import TEXT, reads
from sessionlab.core.base.errors import NotFound
from sessionlab.core.contracts.artifacts import EVM_VERSION, FOLDER
from sessionlab.study import in_browser
from sessionlab.study.extras import needs_extra


@reads(module=TEXT)
def source_of(module: str) -> str:
    """Return the Vyper source of a contract or module: ``SessionWallet``, ``reach``. Raises NotFound if unknown."""
    path = FOLDER / f"{module}.vy"
    if not path.exists():
        known = sorted(item.stem for item in FOLDER.glob("*.vy"))
        close = get_close_matches(module, known, n=1)
        fix = f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(known)}."
        raise NotFound(f"There is no contract {module!r}.", field="module", asked=module, fix=fix)
    return path.read_text()


@dataclass(frozen=True)
class Recompilation:
    """A contract in which module ``module`` has the text ``source``."""

    module: str
    source: str
    contract: str = "SessionWallet"

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines its code."""
        used = [path for path in sorted(FOLDER.glob("*.vy")) if path.stem == self.contract or path.stem.islower()]
        others = [path.read_text() for path in used if path.stem != self.module]
        return hashlib.sha256("\0".join([self.contract, self.module, self.source, *others]).encode()).hexdigest()


@dataclass(frozen=True)
class Compiled:
    """The compiler's output."""

    #: Runtime code, without immutables.
    runtime: bytes
    #: Storage variable -> {slot, n_slots, type}, as in an artifact.
    layout: Mapping[str, Any]
    #: Size of the immutables that follow the code, in bytes.
    immutable_bytes: int


def runtime_of(module: str, source: str, contract: str = "SessionWallet") -> bytes:
    """Return a contract's runtime code, without immutables, with this source. Raises Vyper's own errors."""
    return compiled(module, source, contract).runtime


def compiled(module: str, source: str, contract: str = "SessionWallet", *, optimized: bool = False) -> Compiled:
    """Compile a contract with this source; ``optimized``: gas as in the lab's contracts. Raises Vyper's own errors."""
    with needs_extra("contracts", "Compiling a contract"):
        from vyper.compiler import CompilerData  # type: ignore[import-untyped]
        from vyper.compiler.input_bundle import FilesystemInputBundle  # type: ignore[import-untyped]
        from vyper.compiler.settings import OptimizationLevel, Settings  # type: ignore[import-untyped]

    class Bundle(FilesystemInputBundle):  # type: ignore[misc]  # vyper is not typed
        def load_file(self, path: Any) -> Any:
            loaded = super().load_file(path)
            if Path(path).stem == module and Path(path).suffix == ".vy":
                return replace(loaded, contents=source)
            return loaded

    bundle = Bundle([FOLDER.resolve()])
    level = OptimizationLevel.GAS if optimized else OptimizationLevel.NONE
    settings = Settings(evm_version=EVM_VERSION, optimize=level)
    with _uncollected():
        data = CompilerData(bundle.load_file(f"{contract}.vy"), bundle, settings=settings, no_bytecode_metadata=True)
        runtime = bytes(data.bytecode_runtime)
        layout = data.storage_layout
    return Compiled(runtime, layout["storage_layout"], _length(layout["code_layout"]))


def _length(layout: Mapping[str, Any]) -> int:
    if isinstance(layout.get("length"), int):
        return int(layout["length"])
    return sum(_length(inner) for inner in layout.values())


@contextmanager
def _uncollected() -> Iterator[None]:
    """Disable garbage collection, which takes a fifth of the compile time and frees almost nothing."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def compile_all(wanted: Iterable[Recompilation], folder: Path, workers: int = 2) -> Callable[[Recompilation], bytes]:
    """Compile what ``folder`` does not have yet, ``workers`` at a time; returns a function that gives the code of each.

    If one does not compile, the returned function raises its error when asked for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = {
        recompilation.fingerprint: recompilation
        for recompilation in wanted
        if not (folder / recompilation.fingerprint).exists()
    }
    failed: dict[str, BaseException] = {}
    for name, result in _compile_each(missing, workers):
        if isinstance(result, BaseException):
            failed[name] = result
        else:
            (folder / f"{name}.part").write_bytes(result)
            (folder / f"{name}.part").rename(folder / name)

    def code(recompilation: Recompilation) -> bytes:
        if recompilation.fingerprint in failed:
            raise failed[recompilation.fingerprint]
        return (folder / recompilation.fingerprint).read_bytes()

    return code


def _compile_each(wanted: Mapping[str, Recompilation], workers: int) -> Iterator[tuple[str, bytes | BaseException]]:
    """Yield the code or error of each.

    A single one is compiled here, since starting a process would take longer; and all in a browser, which has none.
    """
    if len(wanted) <= 1 or in_browser.IN_BROWSER:
        for name, item in wanted.items():
            try:
                yield name, runtime_of(item.module, item.source, item.contract)
            except Exception as error:
                yield name, error
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {name: pool.submit(runtime_of, item.module, item.source, item.contract) for name, item in wanted.items()}
        for name, job in jobs.items():
            yield name, job.exception() or job.result()
