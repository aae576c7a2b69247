"""Every class of the library that a public function can hand to a caller, found in the annotations."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import sessionlab as sl

NAME = re.compile(r"[A-Za-z_]\w*")
#: Entry points of the command line and generated tables of lessons: nothing of them is public.
LEFT_OUT = (
    "sessionlab.__main__",
    "sessionlab.cli",
    "sessionlab.course.lessons",
    "sessionlab.course.judges",
    "sessionlab.integrations.pytest",
)


def modules() -> Iterator[ModuleType]:
    """Every module of the library."""
    for found in walk_packages(sl.__path__, "sessionlab."):
        if not found.name.startswith(LEFT_OUT):
            yield import_module(found.name)


def classes() -> dict[str, list[type]]:
    """The library's own classes, by name."""
    result: dict[str, list[type]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, type) and value.__module__ == module.__name__:
                result.setdefault(name, []).append(value)
    return result


def public() -> Iterator[Any]:
    """Every public class and function."""
    homes = [sl, *(import_module(home) for home in sl._PUBLIC_MODULES.values())]
    for home in homes:
        yield from (getattr(home, name) for name in home.__all__)


def reachable() -> set[type]:
    """Every class that a public function or method returns, or that is part of one that is returned."""
    known = classes()
    found: set[type] = set()
    waiting = [kind for value in public() for kind in _begin(value, known)]
    waiting += [kind for kinds in known.values() for kind in kinds if issubclass(kind, sl.SessionlabError)]
    while waiting:
        kind = waiting.pop()
        if kind in found or getattr(kind, "_is_protocol", False):
            continue
        found.add(kind)
        waiting += [sub for kinds in known.values() for sub in kinds if sub is not kind and issubclass(sub, kind)]
        waiting += [part for text in _annotations(kind) for part in _named(text, known)]
    return found


def _begin(value: Any, known: dict[str, list[type]]) -> list[type]:
    if isinstance(value, type):
        return [value]
    if inspect.isfunction(value):
        return _named(value.__annotations__.get("return", ""), known)
    return [kind for kinds in known.values() for kind in kinds if type(value) is kind]


def _named(annotation: Any, known: dict[str, list[type]]) -> list[type]:
    words = annotation if isinstance(annotation, str) else repr(annotation)
    return [kind for name in NAME.findall(words) for kind in known.get(name, ())]


def _annotations(kind: type) -> Iterator[Any]:
    """What a class says of its fields, and of what its public methods return."""
    for base in kind.__mro__:
        if not base.__module__.startswith("sessionlab"):
            continue
        yield getattr(base, "__orig_bases__", "")
        for name, annotation in vars(base).get("__annotations__", {}).items():
            if not name.startswith("_") and "ClassVar" not in str(annotation) and "Callable" not in str(annotation):
                yield annotation
        for name, value in vars(base).items():
            function = value.fget if isinstance(value, property) else value
            function = function.func if isinstance(function, cached_property) else function
            function = getattr(function, "__func__", function)
            if not name.startswith("_") and inspect.isfunction(function):
                yield function.__annotations__.get("return", "")
