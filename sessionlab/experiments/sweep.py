"""Sweeps: policies and workloads over named parameters, decided by the rules or run on the EVM, as a table.

>>> import sessionlab as sl
>>> from sessionlab.experiments import Sweep, grid, places
>>> sweep = Sweep(
...     grid(allowance=[sl.ether(1), sl.ether(2)]),
...     policy=lambda p: [sl.NativeTokenTransfer(allowance=p["allowance"])],
...     operations=lambda p, seed: [sl.Call(places().recipient, sl.ether("0.3"))] * 5,
... )
>>> [row["passed"] for row in sweep.run()]
[3, 5]

This example runs in this process. ``sweep.run(ProcessPoolExecutor())`` uses all cores of the machine, and
``sweep.run(distributed.Client(address))`` uses a Dask cluster. The rows are the same in each case.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.doors import ANY_NUMBER, FLAG, MAPPING, each, maybe, reads
from sessionlab.core.base.errors import GrantRefused, InvalidInput, SessionlabError
from sessionlab.core.erc4337.gas import MOST_BASE_FEE
from sessionlab.core.permissions.grant import read_end
from sessionlab.core.permissions.json_codec import read_permissions
from sessionlab.core.permissions.rulesets import Ruleset, ruleset
from sessionlab.core.permissions.types import Permission
from sessionlab.experiments.addresses import GAS_PRICE as DEFAULT_PRICE
from sessionlab.experiments.addresses import START
from sessionlab.experiments.grid import Plain, Point, check_plain, check_points
from sessionlab.experiments.parallel_map import parallel_map
from sessionlab.experiments.progress import bar
from sessionlab.experiments.results import COLUMNS, Results
from sessionlab.experiments.workload import Measure, Ran, counts, named, read_planned
from sessionlab.study.doors import FUNCTION, POSITIVE, one_of

if TYPE_CHECKING:
    from datetime import datetime

Policy = Callable[[Point], Sequence[Permission | Mapping[str, Any]]]
Workload = Callable[[Point, int], Iterable[Any]]

ENGINES = ("model", "evm")
#: Parameters with a meaning of their own.
GAS_PRICE, RULES = "gas_price", "rules"
#: The grant rule that refuses a permission type unknown to the rules.
UNKNOWN_TYPE = "UnsupportedPermissionTypeError"


class SweepError(SessionlabError):
    """A run of a sweep raised an error. ``sweep.one(parameters, seed)`` repeats that run."""

    def __init__(self, parameters: Point, seed: int, error: str) -> None:
        self.parameters, self.seed = dict(parameters), seed
        message = f"The run with {named(parameters)}, seed={seed} fails. {error}"
        fix = f"repeat it alone: sweep.one({self.parameters!r}, seed={seed})."
        super().__init__(message, field="parameters", asked=self.parameters, fix=fix)


@dataclass(frozen=True)
class Sweep:
    """A sweep. ``policy(parameters)`` returns the permissions, ``operations(parameters, seed)`` what the session sends.

    Each point runs once for each of ``seeds``, so that points are compared on the same workloads. The session is
    granted at ``addresses.START``. It ends ``expires_in`` seconds later, or at ``expiry_sec``, in Unix seconds or as a
    datetime with a timezone; either may be a function of the parameters. Without them, it never expires.
    Every run starts from the same state, with the addresses of ``places()``. ``measure(ran)`` returns the row.
    ``rules``: a name, or ``sl.ruleset("documented", ["call-limit"])`` for policies with an extension.

    Two parameters have a meaning of their own: ``gas_price``, what gas costs (wei per gas, 1 gwei without it), and
    ``rules``, the name of a ruleset in place of the sweep's. Every other one is read by one of the functions; a
    parameter that nothing reads is refused.
    """

    points: Sequence[Point]
    policy: Policy
    operations: Workload
    engine: str = "model"
    rules: str | Ruleset = "documented"
    seeds: Sequence[int] = (0,)
    expires_in: Callable[[Point], int | None] | int | None = None
    measure: Callable[[Ran], Measure] = counts
    expiry_sec: Callable[[Point], int | datetime | None] | int | datetime | None = None

    def __post_init__(self) -> None:
        check_points(each(MAPPING)(self.points, "points"))
        FUNCTION(self.policy, "policy"), FUNCTION(self.operations, "operations"), FUNCTION(self.measure, "measure")
        if not callable(self.expires_in) and not callable(self.expiry_sec):
            read_end(self.expiry_sec, self.expires_in, lambda: START)
        one_of(*ENGINES)(self.engine, "engine")
        object.__setattr__(self, "seeds", _read_seeds(self.seeds))
        _check_names(self.points[0], {*COLUMNS, "seed"} - {RULES}, "points")
        rules = ruleset(self.rules)
        for number, point in enumerate(self.points):
            _check_own(point, rules, f"points[{number}]")

    def __len__(self) -> int:
        return len(self.points) * len(self.seeds)

    def __repr__(self) -> str:
        names = ", ".join(self.points[0])
        rules = ruleset(self.rules).title
        return f"<Sweep over {names}: {len(self.points)} points × {len(self.seeds)} seeds, {self.engine}, {rules}>"

    @reads(progress=maybe(FLAG), chunk=maybe(POSITIVE))
    def run(self, executor: Any = None, *, progress: bool | None = None, chunk: int | None = None) -> Results:
        """Run everything and return a table. ``executor``: see the module's docstring; it is not shut down.

        ``progress``: whether to show a bar; None: only if the output is interactive. ``chunk``: the number of runs that
        a worker takes at once; None: 1/64 of all runs. Raises SweepError for the first run that fails. After an error
        or an interrupt, no further runs start. Raises InvalidInput if no run has read a parameter.
        """
        rows: list[dict[str, Plain]] = []
        work = partial(_row, replace(self, points=self.points[:1], seeds=self.seeds[:1]))  # each item has its own
        items = list(product(self.points, self.seeds))
        unread = set(self.points[0]) - {GAS_PRICE, RULES}
        with bar(len(items), "run", progress) as advance, closing(parallel_map(work, items, executor, chunk)) as chunks:
            for done in chunks:
                rows += (row for row, _ in done)
                unread = unread.difference(*(read for _, read in done))
                advance(len(done))
        _check_all_read(unread)
        return Results(tuple(rows), tuple(self.points[0]), self.engine, ruleset(self.rules))

    @reads(parameters=MAPPING, seed=ANY_NUMBER)
    def one(self, parameters: Point, seed: int = 0) -> Ran:
        """Run one point and seed in this process, with the result of each operation. Raises the run's own errors."""
        own = ruleset(self.rules)
        rules = ruleset(parameters.get(RULES, own), own.extensions)
        permissions = tuple(read_permissions(self.policy(parameters)))
        planned = read_planned(self.operations(parameters, seed))
        expiry_sec, expires_in = (
            end(parameters) if callable(end) else end for end in (self.expiry_sec, self.expires_in)
        )
        expiry = read_end(expiry_sec, expires_in, lambda: START)
        engine, decided, refused = import_module(f"sessionlab.experiments.{self.engine}"), (), None
        try:
            price = parameters.get(GAS_PRICE, DEFAULT_PRICE)
            decided = tuple(engine.run(permissions, planned, expiry, rules, price))
        except GrantRefused as error:
            if error.rule == UNKNOWN_TYPE:
                raise  # a configuration error, not a result: the rules lack an extension
            refused = error.rule
        return Ran(parameters, seed, permissions, refused, decided)


class _Reads(dict[str, Any]):
    """A point that notes which of its parameters are read. Anything that goes through it reads all."""

    def __init__(self, point: Point) -> None:
        super().__init__(point)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def _all(self) -> dict[str, Any]:
        self.read.update(super().keys())
        return dict(zip(super().keys(), super().values(), strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def keys(self) -> Any:
        return self._all().keys()

    def values(self) -> Any:
        return self._all().values()

    def items(self) -> Any:
        return self._all().items()

    def copy(self) -> dict[str, Any]:
        return self._all()

    def __or__(self, other: Any) -> Any:
        return self._all() | other


def _check_all_read(unread: set[str]) -> None:
    """Raise InvalidInput for a parameter that means nothing: neither the sweep nor one of its functions read it."""
    if unread:
        name = min(unread)
        fix = (
            f"read it in policy, operations, expires_in or measure, or leave it out; {GAS_PRICE} and {RULES} need none."
        )
        raise InvalidInput(f"Nothing reads the parameter {name!r}.", field="points", asked=name, fix=fix)


def _check_own(point: Point, rules: Ruleset, field: str) -> None:
    """Raise InvalidInput unless the parameters that the sweep itself reads are a ruleset and a price."""
    price = point.get(GAS_PRICE, DEFAULT_PRICE)
    if type(price) is not int or not 1 <= price <= MOST_BASE_FEE:
        fix = "give wei per gas, such as sl.gwei(20)."
        raise InvalidInput(f"{price!r} is not a price of gas.", field=f"{field}.{GAS_PRICE}", asked=price, fix=fix)
    try:
        ruleset(point.get(RULES, rules), rules.extensions)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=f"{field}.{RULES}", asked=error.asked, fix=error.fix) from None


def _row(sweep: Sweep, item: tuple[Point, int]) -> tuple[dict[str, Plain], set[str]]:
    """Return a run's row, and the parameters that its functions read."""
    parameters, seed = item
    reads = _Reads(parameters)
    try:
        measured = _measured(sweep, sweep.one(reads, seed))
    except Exception as error:
        failed = SweepError(parameters, seed, f"{type(error).__name__}: {error}")
        failed.add_note(traceback.format_exc())  # notes survive pickling between processes; causes do not
        raise failed from None
    return {**parameters, "seed": seed, **measured}, reads.read


def _measured(sweep: Sweep, ran: Ran) -> dict[str, Plain]:
    measured = dict(sweep.measure(ran))
    for name, value in measured.items():
        check_plain(value, name, f"measure.{name}")
    _check_names(measured, (*COLUMNS, "seed", *sweep.points[0]), "measure")
    return measured


def _check_names(names: Iterable[str], taken: Iterable[str], field: str) -> None:
    both = set(names) & set(taken)
    if both:
        name = min(both)
        raise InvalidInput(f"{name!r} is another column's name.", field=field, asked=name, fix="call it otherwise.")


def _read_seeds(seeds: Any) -> tuple[int, ...]:
    read: tuple[int, ...] = each(ANY_NUMBER)(seeds, "seeds")
    if not read:
        fix = "give whole numbers, such as range(10)."
        raise InvalidInput("A sweep has no seeds.", field="seeds", asked=0, fix=fix)
    return read
