"""Errors name the run that repeats them, interrupts cancel what has not begun, and bars are for who watches."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sessionlab as sl
from sessionlab.core.base.errors import InvalidInput, SessionlabError
from sessionlab.experiments import Sweep, SweepError, drawn, grid, passes_within, places
from sessionlab.experiments.parallel_map import CHUNKS, parallel_map
from sessionlab.experiments.progress import bar, watched


def increments(point: Any, seed: int) -> list[sl.Call]:
    return [sl.Call(places().counter, function="increment()")] * 2


def usual(**changes: Any) -> Sweep:
    facts: dict[str, Any] = {
        "points": grid(limit=range(5)),
        "policy": lambda p: [sl.ContractAccess(address=places().counter)][: p["limit"] + 1],
        "operations": increments,
        "seeds": range(4),
    }
    return Sweep(**facts | changes)


# -- errors


class OddError(Exception):
    """One that pickle cannot bring back."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} {two}")


def test_an_error_names_parameters_and_seed(executor: Any) -> None:
    def fails(point: Any, seed: int) -> list[sl.Call]:
        if (point["limit"], seed) in ((2, 3), (4, 0)):
            raise OddError("so", "odd")
        return increments(point, seed)

    sweep = usual(operations=fails)
    with pytest.raises(SweepError, match=r"limit=2, seed=3 fails. OddError: so odd") as failed:
        sweep.run(executor)
    assert (failed.value.parameters, failed.value.seed) == ({"limit": 2}, 3)  # the first, whoever ends first
    assert failed.value.fix == "repeat it alone: sweep.one({'limit': 2}, seed=3)."
    assert "in fails" in "".join(failed.value.__notes__)
    with pytest.raises(OddError, match="so odd"):
        sweep.one({"limit": 2}, seed=3)


@pytest.mark.parametrize("part", ["policy", "expires_in", "measure"])
def test_any_part_of_a_run_may_be_at_fault(part: str) -> None:
    def fails(*_: Any) -> Any:
        raise ZeroDivisionError("nothing")

    with pytest.raises(SweepError, match=r"limit=0, seed=0 fails\. ZeroDivisionError: nothing"):
        usual(**{part: fails}).run()


def test_an_error_on_the_evm_leaves_the_next_run_alone() -> None:
    sweep = passes_within([sl.ether(1)], operations=3, engine="evm")
    before = sweep.run()

    def fails(point: Any, seed: int) -> Any:
        return [*sweep.operations(point, seed), sl.Call(places().wallet, 2**256 - 1, "0x" + "00" * 20_000), 7]

    with pytest.raises(SweepError):
        replace(sweep, operations=fails).run()
    assert sweep.run() == before


def test_what_cannot_be_sent_is_said(elsewhere: Any) -> None:
    lab = sl.Lab()
    sweep = usual(operations=lambda p, seed: [sl.Call(lab.counter, function="increment()")])
    assert len(sweep.run()) == 20  # here it can be used
    with pytest.raises(InvalidInput, match=r"cannot be sent to another process.*use places\(\)"):
        sweep.run(elsewhere)


def test_an_executor_takes_work() -> None:
    with pytest.raises(InvalidInput, match=r"takes no work.*ProcessPoolExecutor"):
        usual().run(3)


def die(*_: Any) -> Any:
    os._exit(3)


def test_a_worker_that_dies_is_said() -> None:
    with ProcessPoolExecutor(1) as executor, pytest.raises(SessionlabError, match=r"A worker died.*__main__"):
        usual(policy=die).run(executor)


def test_a_worker_with_other_versions_is_refused() -> None:
    class Elsewhere:
        def submit(self, function: Any, *arguments: Any) -> Future[Any]:
            future: Future[Any] = Future()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("sessionlab.experiments.parallel_map.versions", lambda: ("0.0.1", "3.11.0"))
                try:
                    future.set_result(function(*arguments))
                except SessionlabError as error:
                    future.set_exception(error)
            return future

    with pytest.raises(SessionlabError, match=r"sessionlab 0.0.1 on Python 3.11.0, and here is sessionlab"):
        usual().run(Elsewhere())


# -- interrupts


class Telling:
    """An executor that says when it has been given everything."""

    def __init__(self, executor: Any, expected: int, all_sent: Path) -> None:
        self.executor = executor.get_executor(pure=False) if hasattr(executor, "get_executor") else executor
        self.expected, self.all_sent = expected, all_sent

    def submit(self, function: Any, *arguments: Any) -> Future[Any]:
        future: Future[Any] = self.executor.submit(function, *arguments)
        self.expected -= 1
        if not self.expected:
            self.all_sent.touch()
        return future


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT interrupts, also where the tests were started in the background: a shell has it ignored there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_cancels_what_has_not_begun(elsewhere: Any, tmp_path: Path) -> None:
    here, all_sent, runs = os.getpid(), tmp_path / "all sent", tmp_path / "runs"
    runs.mkdir()

    def interrupts(point: Any, seed: int) -> list[sl.Call]:
        (runs / str(seed)).touch()
        if seed == 0:
            while not all_sent.exists():
                time.sleep(0.01)
            os.kill(here, signal.SIGINT)
        time.sleep(0.1)
        return increments(point, seed)

    sweep = usual(points=grid(limit=[1]), operations=interrupts, seeds=range(200))
    with pytest.raises(KeyboardInterrupt):
        sweep.run(Telling(elsewhere, len(sweep), all_sent), chunk=1)
    begun = -1
    while begun != (begun := len(list(runs.iterdir()))):
        time.sleep(0.5)
    assert begun < 150
    assert len(usual().run(elsewhere)) == 20  # whoever ran it is ready for more


@pytest.mark.parametrize("engine", ["model", "evm"])
def test_an_interrupt_in_this_process_leaves_the_next_run_alone(engine: str) -> None:
    sweep = passes_within([sl.ether(1), sl.ether(2)], operations=2, engine=engine)
    before = sweep.run()

    def interrupts(point: Any, seed: int) -> Any:
        if point["allowance"] == sl.ether(2):
            raise KeyboardInterrupt
        return sweep.operations(point, seed)

    with pytest.raises(KeyboardInterrupt):
        replace(sweep, operations=interrupts).run()
    assert sweep.run() == before


class Recording:
    """Does the first thing and keeps the others for later; is interrupted while it is given that number."""

    def __init__(self, interrupted: int = -1) -> None:
        self.futures: list[Future[Any]] = []
        self.interrupted = interrupted

    def submit(self, function: Any, *arguments: Any) -> Future[Any]:
        if len(self.futures) == self.interrupted:
            raise KeyboardInterrupt
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_result(function(*arguments))
        return self.futures[-1]


def test_an_interrupt_while_work_is_given_out_cancels_what_was() -> None:
    recording = Recording(interrupted=3)
    with pytest.raises(KeyboardInterrupt):
        usual().run(recording)
    assert [future.cancelled() for future in recording.futures] == [False, True, True]


def test_who_stops_asking_cancels_the_rest() -> None:
    recording = Recording()
    chunks = parallel_map(abs, [-1, -2, -3, -4], recording, chunk=1)
    assert next(chunks) == [1]
    chunks.close()
    assert [future.cancelled() for future in recording.futures] == [False, True, True, True]


# -- chunks


@pytest.mark.parametrize(("items", "chunks"), [(1, 1), (64, 64), (65, 33), (1_000, 63)])
def test_work_is_cut_into_at_most_64_parts(items: int, chunks: int) -> None:
    parts = list(parallel_map(abs, range(items)))
    assert len(parts) == chunks <= CHUNKS
    assert [result for part in parts for result in part] == list(range(items))


def test_nothing_is_done_after_the_first_failure() -> None:
    done: list[int] = []

    def fails_at_0(number: int) -> None:
        done.append(number)
        if number == 0:
            raise SessionlabError("zero")

    with pytest.raises(SessionlabError, match="zero"):
        list(parallel_map(fails_at_0, [1, 2, 0, 3, 4, 5], chunk=4))
    assert done == [1, 2, 0]


# -- bars


def test_a_bar_is_shown_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    usual().run(progress=True)
    assert "/20" in capsys.readouterr().err
    usual().run()  # pytest captures: nobody watches
    usual().run(progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("asks", [True, False])
def test_a_notebook_that_can_ask_is_watched(monkeypatch: pytest.MonkeyPatch, asks: bool) -> None:
    shell = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=asks))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert watched() is asks


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_is_watched(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    errors = io.StringIO()
    monkeypatch.setattr(errors, "isatty", lambda: is_terminal, raising=False)
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert watched() is is_terminal


def test_without_tqdm_there_is_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr("sessionlab.experiments.progress.watched", lambda: True)
    assert len(usual().run()) == 20
    with pytest.raises(ImportError), bar(3, "run", show=True):
        pass


def test_the_core_needs_none_of_the_extra() -> None:
    code = "import sys, sessionlab.experiments as e; s = e.passes_within([1]); s.run().csv(); s.one(s.points[0]);"
    code += "print([n for n in ('pandas', 'dask', 'cloudpickle', 'tqdm', 'web3') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_drawing_needs_no_values() -> None:
    assert drawn(2) == ({}, {})
