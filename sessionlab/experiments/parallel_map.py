"""A function over many items, in this process or on an executor. The results come back in order, chunk by chunk.

The function is pickled by cloudpickle, so that one written in a notebook can go to another process.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor
from functools import lru_cache
from typing import Any

from sessionlab import __version__
from sessionlab.core.base.errors import InvalidInput, SessionlabError

CHUNKS = 64
"""Into how many chunks work is cut: enough for the workers of some machines, few enough to cost next to nothing."""

Function = Callable[[Any], Any]
Chunks = Generator[list[Any], None, None]


def versions() -> tuple[str, str]:
    """Of sessionlab and of Python."""
    return __version__, platform.python_version()


def parallel_map(function: Function, items: Sequence[Any], executor: Any = None, chunk: int | None = None) -> Chunks:
    """The results, a list for each chunk. Raises what ``function`` raises, if that is a SessionlabError.

    ``executor``: None, this process; a ``concurrent.futures`` executor; or a ``dask.distributed`` client. It is
    not shut down. Whatever ends the iteration cancels what has not begun.
    """
    size = chunk or max(1, -(-len(items) // CHUNKS))
    chunks = [items[at : at + size] for at in range(0, len(items), size)]
    if executor is None:
        return (list(map(function, part)) for part in chunks)
    return _on(_as_executor(executor), _pickled(function), chunks)


def _on(executor: Any, pickled: bytes, chunks: Sequence[Sequence[Any]]) -> Chunks:
    """As ``Executor.map``, which cancels nothing if it is interrupted while it submits."""
    futures: list[Any] = []
    try:
        futures += (executor.submit(map_pickled, pickled, part, versions()) for part in chunks)
        for future in futures:
            yield _result(future)
    finally:
        for future in futures:
            future.cancel()


def map_pickled(pickled: bytes, items: Sequence[Any], wanted: tuple[str, str]) -> list[Any]:
    """What a worker does. Raises SessionlabError if it has other versions than the process that sent the work."""
    if versions() != wanted:
        there, here = (f"sessionlab {package} on Python {python}" for package, python in (versions(), wanted))
        message, fix = f"A worker has {there}, and here is {here}.", "give all of them the same environment."
        raise SessionlabError(message, field="executor", asked=versions(), left=wanted, fix=fix)
    return list(map(_unpickled(pickled), items))


def _as_executor(executor: Any) -> Any:
    """A Dask client by its own executor; ``pure``: the scheduler may not take two calls for one."""
    if hasattr(executor, "get_executor"):
        return executor.get_executor(pure=False)
    if not callable(getattr(executor, "submit", None)):
        fix = "use None, a ProcessPoolExecutor, or a dask.distributed Client."
        raise InvalidInput(f"{executor!r} takes no work.", field="executor", asked=repr(executor), fix=fix)
    return executor


def _pickled(function: Function) -> bytes:
    try:
        import cloudpickle  # type: ignore[import-untyped]
    except ImportError:
        fix = "pip install 'sessionlab[experiments]', or leave the executor out."
        raise SessionlabError("Other processes need cloudpickle.", field="executor", fix=fix) from None
    try:
        return bytes(cloudpickle.dumps(function))
    except Exception as error:  # whatever an object says that does not want to be pickled
        fix = "use places() for addresses, and make keys and labs inside of the functions."
        message = f"The functions of this sweep hold something that cannot be sent to another process: {error}"
        raise InvalidInput(message, field="executor", fix=fix) from error


@lru_cache(maxsize=4)
def _unpickled(pickled: bytes) -> Function:
    import cloudpickle

    function: Function = cloudpickle.loads(pickled)
    return function


def _result(future: Any) -> list[Any]:
    try:
        results: list[Any] = future.result()
    except SessionlabError:
        raise
    except BrokenExecutor as error:
        fix = "in a script, start sweeps under `if __name__ == '__main__':`; if memory was short, use fewer workers."
        raise SessionlabError(f"A worker died: {error}", field="executor", fix=fix) from error
    except Exception as error:
        fix = "install there what the sweep's functions import, or write them where the sweep is started."
        message = f"A worker could not begin: {type(error).__name__}: {error}"
        raise SessionlabError(message, field="executor", fix=fix) from error
    return results
