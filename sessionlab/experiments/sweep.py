"""A sweep: policies and workloads over named parameters, decided by the rules or run on the EVM, as rows of a table.

>>> import sessionlab as sl
>>> from sessionlab.experiments import Sweep, grid, places
>>> sweep = Sweep(
...     grid(allowance=[sl.ether(1), sl.ether(2)]),
...     policy=lambda p: [sl.NativeTokenTransfer(allowance=p["allowance"])],
...     operations=lambda p, seed: [sl.Call(places().recipient, sl.ether("0.3"))] * 5,
... )
>>> [row["passed"] for row in sweep.run()]
[3, 5]

That was in this process. ``sweep.run(ProcessPoolExecutor())`` takes all of its cores, and
``sweep.run(distributed.Client(address))`` a Dask cluster. The rows are the same, wherever they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any

from sessionlab.errors import GrantRefused, InvalidInput, SessionlabError
from sessionlab.experiments.places import START
from sessionlab.experiments.planned import Measure, Ran, counts, read_planned
from sessionlab.experiments.points import Plain, Point, check_plain, check_points
from sessionlab.experiments.progress import bar
from sessionlab.experiments.results import COLUMNS, Results
from sessionlab.experiments.spread import Failure, spread
from sessionlab.permissions.reading import permissions_from_json
from sessionlab.permissions.rulesets import Ruleset, ruleset
from sessionlab.permissions.types import Permission

Policy = Callable[[Point], Sequence[Permission | Mapping[str, Any]]]
Workload = Callable[[Point, int], Iterable[Any]]
Item = tuple[Point, int]

ENGINES = ("model", "evm")
#: The grant rule that refuses a type which the rules do not know.
UNKNOWN_TYPE = "UnsupportedPermissionTypeError"


class SweepError(SessionlabError):
    """One run of a sweep raised. ``parameters`` and ``seed`` say which; ``sweep.one(parameters, seed)`` repeats it."""

    def __init__(self, parameters: Point, seed: int, error: str) -> None:
        self.parameters, self.seed = dict(parameters), seed
        message = f"The run with {_named(parameters)}, seed={seed} fails. {error}"
        fix = f"repeat it alone: sweep.one({self.parameters!r}, seed={seed})."
        super().__init__(message, field="parameters", asked=self.parameters, fix=fix)


@dataclass(frozen=True)
class Sweep:
    """``policy(parameters)`` gives the permissions, ``operations(parameters, seed)`` what the session sends.

    Each point is run once for each of ``seeds``, so that points are compared on the same workloads. The session is
    granted at ``places.START`` and ends ``lasts(parameters)`` seconds later; without ``lasts``, never. Each run
    begins in the same world, that of ``places()``. ``measure(ran)`` gives the row. ``rules``: a name, or
    ``sl.ruleset("documented", ["call-limit"])`` for policies with an extension.
    """

    points: Sequence[Point]
    policy: Policy
    operations: Workload
    engine: str = "model"
    rules: str | Ruleset = "documented"
    seeds: Sequence[int] = (0,)
    lasts: Callable[[Point], int | None] | None = None
    measure: Callable[[Ran], Measure] = counts

    def __post_init__(self) -> None:
        check_points(self.points)
        if self.engine not in ENGINES:
            fix = "use 'model' (the rules alone) or 'evm'."
            raise InvalidInput(f"{self.engine!r} is no engine.", field="engine", asked=self.engine, fix=fix)
        _check_seeds(self.seeds)
        _check_names(self.points[0], (*COLUMNS, "seed"), "points")
        ruleset(self.rules)

    def __len__(self) -> int:
        return len(self.points) * len(self.seeds)

    def __repr__(self) -> str:
        names = ", ".join(self.points[0])
        rules = ruleset(self.rules).title
        return f"<Sweep over {names}: {len(self.points)} points × {len(self.seeds)} seeds, {self.engine}, {rules}>"

    def run(self, executor: Any = None, *, progress: bool | None = None, chunk: int | None = None) -> Results:
        """All runs, as a table. ``executor``: see the top; it is not shut down.

        ``progress``: show a bar; None: if somebody watches. ``chunk``: how many runs a worker takes at once; None: a
        64th of all. Raises SweepError for the first run that fails; nothing that has not begun is run then, nor
        after an interrupt.
        """
        rows: list[dict[str, Plain]] = []
        work = partial(_row, replace(self, points=self.points[:1], seeds=self.seeds[:1]))  # items bring their own
        items = list(product(self.points, self.seeds))
        with bar(len(items), "run", progress) as shown, closing(spread(work, items, executor, chunk)) as chunks:
            for done in chunks:
                rows += done.results
                if done.failure is not None:
                    raise _failed(done.failure)
                shown.update(len(done.results))
        return Results(tuple(rows), tuple(self.points[0]), self.engine, ruleset(self.rules))

    def one(self, parameters: Point, seed: int = 0) -> Ran:
        """A single run, in this process, with what became of each operation. Raises what it raises."""
        rules = ruleset(self.rules)
        permissions = tuple(_read(self.policy(parameters)))
        planned = read_planned(self.operations(parameters, seed))
        seconds = self.lasts(parameters) if self.lasts else None
        expiry = None if seconds is None else START + seconds
        engine = _engine(self.engine)
        try:
            decided = tuple(engine(permissions, planned, expiry, rules))
        except GrantRefused as refused:
            if refused.rule == UNKNOWN_TYPE:
                raise  # no answer to the sweep's question: the rules lack an extension
            return Ran(parameters, seed, permissions, refused.rule, ())
        return Ran(parameters, seed, permissions, None, decided)


def _row(sweep: Sweep, item: Item) -> dict[str, Plain]:
    parameters, seed = item
    measured = dict(sweep.measure(sweep.one(parameters, seed)))
    for name, value in measured.items():
        check_plain(value, name, f"measure.{name}")
    _check_names(measured, (*COLUMNS, "seed", *parameters), "measure")
    return {**parameters, "seed": seed, **measured}


def _engine(name: str) -> Callable[..., Iterable[Any]]:
    if name == "model":
        from sessionlab.experiments import model

        return model.run
    from sessionlab.experiments import evm

    return evm.run


def _read(items: Sequence[Any]) -> list[Permission]:
    if all(isinstance(item, Permission) for item in items):
        return list(items)
    return permissions_from_json([item.to_json() if isinstance(item, Permission) else item for item in items])


def _failed(failure: Failure) -> SweepError:
    parameters, seed = failure.item
    error = SweepError(parameters, seed, failure.error)
    error.add_note(failure.trace)
    return error


def _named(parameters: Point) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in parameters.items())


def _check_names(names: Iterable[str], taken: Iterable[str], field: str) -> None:
    both = set(names) & set(taken)
    if both:
        name = min(both)
        raise InvalidInput(f"{name!r} is another column's name.", field=field, asked=name, fix="call it otherwise.")


def _check_seeds(seeds: Sequence[int]) -> None:
    if not seeds or any(isinstance(seed, bool) or not isinstance(seed, int) for seed in seeds):
        fix = "give whole numbers, such as range(10)."
        raise InvalidInput("seeds is not a list of whole numbers.", field="seeds", asked=repr(seeds)[:80], fix=fix)
