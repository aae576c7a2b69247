"""Map a function over many items, in this process or on an executor. Results come back in order, chunk by chunk.

cloudpickle pickles the function, so that a function defined in a notebook can run in another process.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor
from functools import lru_cache
from typing import Any

from sessionlab import __version__
from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.study.extras import needs_extra

CHUNKS = 64
"""Number of chunks that work is split into: enough for the workers of a few machines, with little overhead."""

Function = Callable[[Any], Any]
Chunks = Generator[list[Any], None, None]


def versions() -> tuple[str, str]:
    """Return the versions of sessionlab and of Python."""
    return __version__, platform.python_version()


def parallel_map(function: Function, items: Sequence[Any], executor: Any = None, chunk: int | None = None) -> Chunks:
    """Yield one list of results for each chunk. Raises what ``function`` raises, if that is a SessionlabError.

    ``executor``: None for this process, a ``concurrent.futures`` executor, or a ``dask.distributed`` client. It is
    not shut down. Ending the iteration in any way cancels the chunks that have not started.
    """
    size = chunk or max(1, -(-len(items) // CHUNKS))
    chunks = [items[at : at + size] for at in range(0, len(items), size)]
    if executor is None:
        return (list(map(function, part)) for part in chunks)
    return _on(_as_executor(executor), _pickled(function), chunks)


def _on(executor: Any, pickled: bytes, chunks: Sequence[Sequence[Any]]) -> Chunks:
    """Like ``Executor.map``, but an interrupt while submitting cancels the submitted work too."""
    futures: list[Any] = []
    try:
        futures += (executor.submit(map_pickled, pickled, part, versions()) for part in chunks)
        for future in futures:
            yield _result(future)
    finally:
        for future in futures:
            future.cancel()


def map_pickled(pickled: bytes, items: Sequence[Any], wanted: tuple[str, str]) -> list[Any]:
    """Run one chunk in a worker. Raises SessionlabError if its versions differ from the sending process's."""
    if versions() != wanted:
        there, here = (f"sessionlab {package} on Python {python}" for package, python in (versions(), wanted))
        message, fix = f"A worker has {there}, and here is {here}.", "give all of them the same environment."
        raise SessionlabError(message, field="executor", asked=versions(), left=wanted, fix=fix)
    return list(map(_unpickled(pickled), items))


def _as_executor(executor: Any) -> Any:
    """Return an executor. A Dask client's has ``pure=False``, so that the scheduler does not merge equal calls."""
    if hasattr(executor, "get_executor"):
        return executor.get_executor(pure=False)
    if not callable(getattr(executor, "submit", None)):
        fix = "use None, a ProcessPoolExecutor, or a dask.distributed Client."
        raise InvalidInput(f"{executor!r} takes no work.", field="executor", asked=repr(executor), fix=fix)
    return executor


def _pickled(function: Function) -> bytes:
    with needs_extra("experiments", "An executor"):
        import cloudpickle  # type: ignore[import-untyped]
    try:
        return bytes(cloudpickle.dumps(function))
    except Exception as error:  # objects that cannot be pickled raise many types
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
