"""Work in chunks: in this process, or by whoever takes functions and gives futures. What comes back is in order.

What is sent to another process is pickled here by cloudpickle, so that functions written in a notebook can go.
"""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sessionlab import __version__
from sessionlab.core.base.errors import InvalidInput, SessionlabError

CHUNKS = 64
"""Into how many parts work is cut: enough for the workers of some machines, few enough to cost next to nothing."""

Work = Callable[[Any], Any]


class Failure(NamedTuple):
    """An item that raised, in words: exceptions of all kinds do not travel."""

    item: Any
    error: str
    trace: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What came of some items, up to the first that failed."""

    results: list[Any]
    failure: Failure | None
    versions: tuple[str, str]


Chunks = Generator[Chunk, None, None]


def versions() -> tuple[str, str]:
    """Of sessionlab and of Python."""
    return __version__, platform.python_version()


def spread(work: Work, items: Sequence[Any], executor: Any = None, chunk: int | None = None) -> Chunks:
    """Do ``work`` on each item. The caller looks at each chunk's failure, and stops by not asking for more.

    ``executor``: None, this process; a ``concurrent.futures`` executor; or a ``dask.distributed`` client. It is
    not shut down. Whatever ends the iteration cancels what has not begun.
    """
    size = chunk or max(1, -(-len(items) // CHUNKS))
    parts = [items[at : at + size] for at in range(0, len(items), size)]
    if executor is None:
        return (_do(work, part) for part in parts)
    return _by(_as_executor(executor), _packed(work), parts)


def _by(executor: Any, packed: bytes, parts: Sequence[Sequence[Any]]) -> Chunks:
    futures: list[Any] = []
    try:
        futures += (executor.submit(do_packed, packed, part) for part in parts)
        for future in futures:
            yield _checked(_result(future))
    finally:
        for future in futures:
            future.cancel()


def do_packed(packed: bytes, items: Sequence[Any]) -> Chunk:
    """What a worker does."""
    return _do(_unpacked(packed), items)


def _do(work: Work, items: Sequence[Any]) -> Chunk:
    results: list[Any] = []
    for item in items:
        try:
            results.append(work(item))
        except Exception as error:
            failure = Failure(item, f"{type(error).__name__}: {error}", traceback.format_exc())
            return Chunk(results, failure, versions())
    return Chunk(results, None, versions())


def _as_executor(executor: Any) -> Any:
    """A Dask client by its own executor; ``pure``: the scheduler may not take two calls for one."""
    if hasattr(executor, "get_executor"):
        return executor.get_executor(pure=False)
    if not callable(getattr(executor, "submit", None)):
        fix = "use None, a ProcessPoolExecutor, or a dask.distributed Client."
        raise InvalidInput(f"{executor!r} takes no work.", field="executor", asked=repr(executor), fix=fix)
    return executor


def _packed(work: Work) -> bytes:
    try:
        import cloudpickle  # type: ignore[import-untyped]
    except ImportError:
        fix = "pip install 'sessionlab[experiments]', or leave the executor out."
        raise SessionlabError("Other processes need cloudpickle.", field="executor", fix=fix) from None
    try:
        return bytes(cloudpickle.dumps(work))
    except Exception as error:  # whatever an object says that does not want to be pickled
        fix = "use places() for addresses, and make keys and labs inside of the functions."
        message = f"The functions of this sweep hold something that cannot be sent to another process: {error}"
        raise InvalidInput(message, field="executor", fix=fix) from error


@lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Work:
    import cloudpickle

    work: Work = cloudpickle.loads(packed)
    return work


def _result(future: Any) -> Chunk:
    try:
        chunk: Chunk = future.result()
    except BrokenExecutor as error:
        fix = "in a script, start sweeps under `if __name__ == '__main__':`; if memory was short, use fewer workers."
        raise SessionlabError(f"A worker died: {error}", field="executor", fix=fix) from error
    except Exception as error:
        fix = "install there what the sweep's functions import, or write them where the sweep is started."
        message = f"A worker could not begin: {type(error).__name__}: {error}"
        raise SessionlabError(message, field="executor", fix=fix) from error
    return chunk


def _checked(chunk: Chunk) -> Chunk:
    if chunk.versions != versions():
        there, here = (f"sessionlab {v} on Python {p}" for v, p in (chunk.versions, versions()))
        message, fix = f"A worker has {there}, and here is {here}.", "give all of them the same environment."
        raise SessionlabError(message, field="executor", asked=chunk.versions, left=versions(), fix=fix)
    return chunk
