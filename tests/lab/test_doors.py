"""Every door reads alike: a wrong value gets an error of this package that names the field and a fix; nothing moves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

import sessionlab as sl
from sessionlab.core.evm.chain import Chain
from sessionlab.course import store
from tests.lab.doors import ROWS, Door
from tests.lab.world import World

OBJECT = object()
#: What is wrong almost everywhere. A session stands for an object of the library in the wrong place.
VALUES: dict[str, Any] = {
    "none": None,
    "an empty text": "",
    "empty bytes": b"",
    "an empty list": [],
    "a bool": True,
    "a float": 1.5,
    "below zero": -1,
    "too large": 2**300,
    "an amount in words": "1 ether",
    "hex without digits": "0x",
    "a float of numpy": numpy.float64(3),
    "a wrong checksum": "0x" + "22" * 19 + "aB",
    "a list of nothing": [None],
    "an object": OBJECT,
    "a session": lambda w: w.session,
}
#: What the names of types in annotations stand for.
ALIASES = {
    "Address": "str | bytes | Key",
    "BlockId": "int | str",
    "Overrides": "Mapping",
    "Remaining": "Mapping",
    "Grants": "Mapping",
    "Samples": "Mapping",
    "Known": "Mapping",
    "Point": "Mapping",
    "TopicFilter": "Sequence | str | None",
    "Policy": "Callable",
    "Workload": "Callable",
    "Path": "str",
    "Given": "Mapping",
    "Draw": "Sequence | Callable",
    "Provider": "Session",  # it answers requests
}
ADDRESSES = {"to", "address", "account", "holder", "thief", "wallet", "sender", "token", "allowed_senders", "friends"}
#: Whole numbers that may be of any size, or below zero: they are only hashed.
ANY_NUMBER = {"seed", "seeds", "guess", "answer", "outcome", "format_ether.wei", "format_units.amount"}
#: Classes of which a public class is made, and which nobody names.
HALVES = {"OwnerClient", "HolderSession"}
#: Texts that may be anything, because nothing is looked up by them.
ANY_TEXT = {
    "seed", "title", "rows", "columns", "words", "cells", "api_key", "source", "answer", "outcome", "guess", "params",
    "path", "target", "folder", "choice", "claim", "policy_id", "found.id", "of.name", "calldata.data", "Call.data",
    "decode_error.data", "results.name",
    "format_units.symbol",
}  # fmt: skip
#: Classes whose methods are doors too: what a public function returns, and what README and notebooks reach by a lab.
RETURNED = (Chain,)
#: Classes whose methods another library declares, calls and validates the arguments of.
ASKED_BY_OTHERS = (sl.eth_tester.LabBackend, sl.eth_tester.LabTesterProvider)
#: Classes that the library makes for people to read; nobody calls them.
MADE_BY_THE_LIBRARY = {
    "sl": {"Audit", "Comparison", "Contract", "ContractEvent", "DecodedError", "Denial", "Flag", "LabClient",
           "Never", "Outcome", "Permission", "PolicyCase", "PolicyComparison", "PolicyExplanation", "Proposal",
           "Recording", "Session", "Ruleset", "Shared", "Verification", "WalletState"},
    "attacks": {"Attack", "AttackResult", "Invalidation", "Mutant", "Taken"},
    "course": {"Exercise", "Grade"},
    "experiments": {"Decided", "Means", "Places", "Ran", "Results", "SweepError"},
    "pictures": {"Picture", "Plot"},
    "vyper": {"Attacked", "Changed", "CompileError", "Repair"},
    "widgets": {"Gauge", "Inspector", "Panel", "Playground"},
}  # fmt: skip
#: Methods by which the parts of the library hand each other state or a drawing; their docstrings say so.
MACHINERY = {
    "restore", "on", "atomic",
    "load_snapshots", "register_participant", "checkpoint", "overlay",
    "behind", "view", "with_addresses", "draw",
}  # fmt: skip


def public_functions() -> Iterator[str]:
    """The names of all rows that there must be."""
    for module_name in ("sl", *sl._PUBLIC_MODULES):
        module = sl if module_name == "sl" else getattr(sl, module_name)
        for name in module.__all__:
            item = getattr(module, name)
            if inspect.isclass(item):
                if name not in MADE_BY_THE_LIBRARY.get(module_name, ()) and not issubclass(item, Exception):
                    yield f"{module_name}.{name}"
                yield from methods(item)
            elif inspect.isfunction(item) and name != "load_ipython_extension":
                yield f"{module_name}.{name}"
    for item in RETURNED:
        yield from methods(item)


def methods(item: type) -> Iterator[str]:
    """The public methods with parameters that a class has from this package, named by the class that defines them."""
    for name in dir(item):
        raw = inspect.getattr_static(item, name)
        function = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
        if name.startswith("_") or name in MACHINERY or not inspect.isfunction(function):
            continue
        if item in ASKED_BY_OTHERS:
            continue
        if function.__module__.startswith("sessionlab") and len(inspect.signature(function).parameters) > 1:
            yield f"{_owner(item, name)}.{name}"


def _owner(item: type, name: str) -> str:
    """The class under whose name a method is known: ``BaseLab.fund`` is one of ``Lab``."""
    owner = next(kind for kind in item.__mro__ if name in vars(kind)).__name__
    return item.__name__ if owner.startswith("Base") or owner in HALVES else owner


def test_every_public_function_has_a_row() -> None:
    assert sorted(set(public_functions()) - set(ROWS)) == []


def test_a_new_public_function_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sl.Lab, "borrow", lambda self, wei: wei, raising=False)
    sl.Lab.borrow.__module__ = "sessionlab.study.facade"  # type: ignore[attr-defined]
    assert set(public_functions()) - set(ROWS) == {"Lab.borrow"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "path", lambda: tmp_path / "progress.json")
    made = World(tmp_path)
    with made.ends:
        yield made


@pytest.mark.parametrize("name", ROWS)
def test_the_call_of_each_row_is_right(name: str, world: World) -> None:
    made = ROWS[name](world)
    parameters = inspect.signature(made.call).parameters
    assert set(made.arguments) <= set(parameters)
    ask(made, made.arguments)


@pytest.mark.parametrize("name", ROWS)
def test_wrong_values_are_refused_by_name(name: str, world: World) -> None:
    made = ROWS[name](world)
    faults = [
        f"{parameter}={what}: {fault}"
        for parameter in made.arguments
        for what, value in values_for(world).items()
        if (fault := fault_of(world, made, parameter, value))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", ROWS)
def test_numbers_of_numpy_are_numbers(name: str, world: World) -> None:
    made = ROWS[name](world)
    for parameter in made.arguments:
        if "int" in words(annotation(made, parameter)):
            number = 0 if parameter == "port" else 1  # a port that was just closed may not be free
            values = (number, numpy.int64(number))
            of_python, of_numpy = (end_with(name, parameter, value, world.folder) for value in values)
            assert of_python == of_numpy, parameter


def end_with(name: str, parameter: str, value: Any, folder: Path) -> str:
    """How a call in a fresh world ends with a number."""
    made = ROWS[name](World(folder))
    try:
        ask(made, with_value(made, parameter, value))
    except Exception as error:
        return f"{type(error).__name__} of {getattr(error, 'field', None)}"
    return "done"


def values_for(world: World) -> dict[str, Any]:
    return {what: value(world) if inspect.isfunction(value) else value for what, value in VALUES.items()}


def fault_of(world: World, made: Door, parameter: str, value: Any) -> str | None:
    """What is wrong with how a value is taken; None if nothing is."""
    before = state(world)
    try:
        ask(made, with_value(made, parameter, value))
    except sl.SessionlabError as error:
        if not named(error.field or "") & {parameter.replace("_", ""), *ALSO.get(parameter, ())} and not is_of_the_node(
            error
        ):
            return f"names the field {error.field}: {error}"
        if not (error.fix or is_of_the_node(error)):
            return f"has no fix: {error}"
        return None if state(world) == before else "is refused, and something moved"
    except Exception as raw:
        return f"a raw {type(raw).__name__}: {raw}"
    own = f"{made.call.__name__}.{parameter}"
    takes_any = (own in ANY_TEXT and isinstance(value, str)) or (own in ANY_NUMBER and type(value) is int)
    fits = takes_any or (parameter, value) in RIGHT or may_be(annotation(made, parameter), parameter, value)
    return None if fits else "is accepted"


#: Fields by which an error may name a parameter too, where it is only a part of what is wrong.
ALSO: dict[str, set[str]] = {
    "id": {"number"},  # the id of a lesson's part begins with the number of its lesson
    "call_id": {"id", "params"},
    "policy": {"permissions"},
    "which": {"block"},
    "name": {"rules"},
    "attack": {"name"},
    "mutant": {"name"},
    "names": {"name"},
    "contract_name": {"name"},
    "seconds": {"timestamp"},  # the time to which they lead
    "from_block": {"block"},
    "to_block": {"block"},
    "raw": {"rawtransaction"},
    "expiry": {"expirysec"},
    "data": {"recording"},
    "permissions": {"permission"},
    "rows": {"cells"},  # cells of a row that is not there
    "columns": {"cells"},
    "what": {"transactionhash"},
    "new": {"source"},
    "function": {"args"},  # arguments without a function
    "world": {"seed"},
    "folder": {"dir"},  # as the command calls it
}
#: What is right although it looks wrong.
RIGHT: list[tuple[str, Any]] = [
    ("data", "0x"),  # no bytes
    ("functions", []),  # a grant rule refuses it
    ("draws", [None]),
    ("values", [None]),
    ("topics", [None]),  # any topic
    *((amount, "0x" + "22" * 19 + "aB") for amount in ("allowance", "limit", "count")),  # a number in hex, as in JSON
]


def is_of_the_node(error: sl.SessionlabError) -> bool:
    """Whether an error is a node's answer to a request: a code and a message, and no field."""
    return isinstance(error, sl.RpcError)


def named(field: str) -> set[str]:
    """The words of a field's path, in one form for Python and JSON: ``policy_id`` and ``policyId`` are ``policyid``."""
    return {word.replace("_", "").lower() for word in re.findall(r"\w+", field)}


def may_be(kind: str, parameter: str, value: Any) -> bool:
    """Whether a value has a type that its parameter names, and is not one that is always wrong there."""
    types = words(kind)
    if "Any" in types or value is None:
        return bool({"Any", "None"} & types)
    if isinstance(value, str):
        return "str" in types and parameter not in ADDRESSES and (parameter in ANY_TEXT)
    if isinstance(value, bool):
        return "bool" in types
    if isinstance(value, int):
        return "float" in types or ("int" in types and parameter in ANY_NUMBER)
    if isinstance(value, float):
        return "float" in types
    if isinstance(value, list):
        return value == [] and bool({"Sequence", "Iterable", "Mapping"} & types)
    return type(value).__name__ in types or f"Base{type(value).__name__}" in types


def words(kind: str) -> set[str]:
    found = set(re.findall(r"\w+", kind))
    return found | {word for name in found & set(ALIASES) for word in re.findall(r"\w+", ALIASES[name])}


def annotation(made: Door, parameter: str) -> str:
    return str(inspect.signature(made.call).parameters[parameter].annotation)


def with_value(made: Door, parameter: str, value: Any) -> dict[str, Any]:
    kind = inspect.signature(made.call).parameters[parameter].kind
    if kind is inspect.Parameter.VAR_POSITIONAL:
        value = (value,)
    elif kind is inspect.Parameter.VAR_KEYWORD:
        value = dict.fromkeys(made.arguments[parameter], value)
    return made.arguments | {parameter: value}


def ask(made: Door, arguments: dict[str, Any]) -> Any:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    parameters = inspect.signature(made.call).parameters
    has_rest = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters.values())
    for name, parameter in parameters.items():
        if name not in arguments:
            continue
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            positional += arguments[name]
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            named |= arguments[name]
        elif has_rest and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            positional.append(arguments[name])
        else:
            named[name] = arguments[name]
    return made.call(*positional, **named)


def state(world: World) -> tuple[Any, ...]:
    """Everything that a refusal may not move."""
    lab = world.lab
    known = [(wallet.address, len(wallet.sessions())) for wallet in lab.wallets()]
    refusals = [len(list(session.refusals())) for wallet in lab.wallets() for session in wallet.sessions()]
    return lab.chain.state_root, lab.chain.height, lab.now, known, refusals, dict(lab.sponsor.policies)
