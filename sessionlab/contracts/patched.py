"""Contracts with one of their sources changed, compiled on the spot. Needs the ``contracts`` extra.

    runtime_of("reach", source_of("reach").replace("LISTED == 0", "LISTED == 9"))

Compiled without optimization, which halves the time; what such a contract costs in gas is not what it costs in the lab.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sessionlab.contracts.compile import EVM_VERSION, FOLDER
from sessionlab.errors import UnknownThing


def source_of(module: str) -> str:
    """The Vyper source of a contract or of a module: ``SessionWallet``, ``reach``. UnknownThing otherwise."""
    path = FOLDER / f"{module}.vy"
    if not path.exists():
        known = sorted(one.stem for one in FOLDER.glob("*.vy"))
        raise UnknownThing(f"There is no contract {module!r}.", field="module", asked=module, fix=", ".join(known))
    return path.read_text()


@dataclass(frozen=True)
class Patched:
    """A contract in which the module ``module`` reads ``source``."""

    module: str
    source: str
    contract: str = "SessionWallet"

    @property
    def fingerprint(self) -> str:
        """A hash of all that goes into its code."""
        used = [path for path in sorted(FOLDER.glob("*.vy")) if path.stem == self.contract or path.stem.islower()]
        others = [path.read_text() for path in used if path.stem != self.module]
        return hashlib.sha256("\0".join([self.contract, self.module, self.source, *others]).encode()).hexdigest()


def runtime_of(module: str, source: str, contract: str = "SessionWallet") -> bytes:
    """The runtime code of a contract, without its immutables, when this module reads so. Vyper's own errors."""
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
    settings = Settings(evm_version=EVM_VERSION, optimize=OptimizationLevel.NONE)
    data = CompilerData(bundle.load_file(f"{contract}.vy"), bundle, settings=settings, no_bytecode_metadata=True)
    return bytes(data.bytecode_runtime)


def compile_all(wanted: Iterable[Patched], folder: Path, workers: int = 2) -> Callable[[Patched], bytes]:
    """Compile those that ``folder`` does not hold yet, some at a time; returns where to get the code of each.

    The error of one that does not compile is raised when it is asked for.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = {one.fingerprint: one for one in wanted if not (folder / one.fingerprint).exists()}
    failed: dict[str, BaseException] = {}
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = {name: pool.submit(runtime_of, one.module, one.source, one.contract) for name, one in missing.items()}
        for name, job in jobs.items():
            error = job.exception()
            if error is not None:
                failed[name] = error
            else:
                (folder / f"{name}.part").write_bytes(job.result())
                (folder / f"{name}.part").rename(folder / name)

    def code(one: Patched) -> bytes:
        if one.fingerprint in failed:
            raise failed[one.fingerprint]
        return (folder / one.fingerprint).read_bytes()

    return code
