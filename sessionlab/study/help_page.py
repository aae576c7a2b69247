"""``help()`` of what is public, on one page: Python's own lists what pydantic and dataclasses make, and no units.

Python has no hook for ``help``, so this changes how pydoc writes classes and modules of this package, and no others.
"""

from __future__ import annotations

import inspect
import pydoc
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from textwrap import indent, shorten, wrap
from typing import Any

_COMMENT = re.compile(r"((?:^ +#: .*\n)+) +(\w+)\s*[:=]", re.MULTILINE)
WIDTH, HEAD = 112, 34
#: Public tables, by the module in which they are asked for, and what they are.
DATA = {
    ("sessionlab", "FLAGS"): "The differences between the rulesets, R1 to R9. R3 is the unit of gas-limit: gas or wei.",
    ("sessionlab", "NEVER_GRANTED"): "Selector to name of the wallet's functions that account-functions never grants.",
    ("sessionlab.attacks", "INCIDENTS"): "Published incidents; attacks.case_study(name) runs one.",
    ("sessionlab.course", "DIFFERENCES"): "Cases that the two rulesets decide differently; under_both_rules runs them.",
    ("sessionlab.course", "FACTS"): "Cases that surprise under either ruleset; under_both_rules runs them.",
    ("sessionlab.course", "FIVE_DECISIONS"): "The decisions that exercise 13.2 asks about.",
    (
        "sessionlab.study.pictures",
        "SESSION_PICTURES",
    ): "Names that session.plot(name) takes.",
}
MOST_MEMBERS = 40
#: Lines of a page, with the title and an empty line above it.
MOST = 57
#: Classes that nobody else makes: how is of no use.
MADE_BY_THE_LIBRARY = {"Session"}
PACKAGE = "sessionlab"


def install() -> None:
    """Have ``help`` show these pages for classes and modules of this package."""
    if getattr(pydoc.TextDoc.docclass, "__module__", "") != __name__:
        pydoc.TextDoc.docclass = _ours(pydoc.TextDoc.docclass, class_page)  # type: ignore[method-assign]
        pydoc.TextDoc.docmodule = _ours(pydoc.TextDoc.docmodule, module_page)  # type: ignore[method-assign]
        pydoc.render_doc = _or_data(pydoc.render_doc)


def _ours(usual: Callable[..., str], page: Callable[[Any], str]) -> Callable[..., str]:
    def document(self: pydoc.TextDoc, object: Any, *rest: Any, **named: Any) -> str:
        home = object.__name__ if inspect.ismodule(object) else object.__module__
        ours = f"{home}.".startswith(f"{PACKAGE}.")
        return page(object) + "\n" if ours else usual(self, object, *rest, **named)

    return document


def _or_data(usual: Callable[..., str]) -> Callable[..., str]:
    """Write our tables on a page, too; pydoc would describe what a tuple is."""

    def render_doc(thing: Any, *rest: Any, **named: Any) -> str:
        for (module, name), words in DATA.items():
            ours = vars(sys.modules.get(module, sys)).get(name)
            if ours is thing and isinstance(thing, tuple | dict):
                title = f"{name}: {type(thing).__name__} of {len(thing)}"
                return "\n".join([title, "", *wrap(words, WIDTH), "", *_members_of(thing), ""])
        return usual(thing, *rest, **named)

    return render_doc


def _members_of(table: tuple[Any, ...] | dict[str, Any]) -> list[str]:
    """Return the members of a table, the first words of each on a line."""
    named = table.items() if isinstance(table, dict) else ((member, None) for member in table)
    kept = [f"{member}: {told}" if isinstance(told, str) else str(member) for member, told in named]
    shown = [f"  {shorten(text, WIDTH, placeholder=' …')}" for text in kept[:MOST_MEMBERS]]
    return shown + [f"  … and {len(kept) - MOST_MEMBERS} more"] * (len(kept) > MOST_MEMBERS)


def class_page(kind: type) -> str:
    """Return the page of a class: how to make it, what it is, and its attributes and methods, a line each."""
    from sessionlab.study.permission_help import PAGES

    doc = "\n".join(filter(None, [inspect.getdoc(kind), PAGES.get(kind, "").rstrip()]))
    lines = [*wrap(f"{kind.__name__}{signature(kind)}", WIDTH, subsequent_indent="    "), "", indent(doc, "    ")]
    members = list(_members(kind))
    bare = [name for name, told in members if not told and "(" not in name]
    if bare:
        lines += ["", *wrap(f"Fields: {', '.join(bare)}", WIDTH, subsequent_indent="    ")]
    told = [(name, words) for name, words in members if words or "(" in name]
    if told:
        lines += ["", f"Attributes and methods; help({kind.__name__}.NAME) tells all about one:"]
        lines += _table(told, room=MOST - sum(line.count("\n") + 1 for line in lines))
    return "\n".join(lines)


def _table(told: list[tuple[str, str]], room: int) -> list[str]:
    """Return a line for each member, or several where they fit into as many as there is room for."""
    width = WIDTH - HEAD
    whole = [(name, wrap(words, width) or [""]) for name, words in told]
    if sum(len(parts) for _, parts in whole) > room:
        whole = [(name, [_cut(words, width)]) for name, words in told]
    return [line for name, parts in whole for line in _lines(name, parts)]


def _lines(name: str, parts: list[str]) -> list[str]:
    """Return what is said of a member next to its name, or below one that is too long."""
    heads = [name] if len(name) < HEAD - 2 else [name, ""]
    told = parts if len(heads) == 1 else ["", *parts]
    return [f"  {head:<{HEAD - 3}} {part}".rstrip() for head, part in zip_longest(heads, told, fillvalue="")]


def _cut(words: str, width: int) -> str:
    """Return the first sentence, or as much of it as fits."""
    sentence = words.partition(". ")[0].removesuffix(".") + "." if words else ""
    return sentence if len(sentence) <= width else sentence[: width - 2].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def module_page(module: Any) -> str:
    """Return the page of a module: what it is, and its public names by kind."""
    lines = [module.__name__, "", indent(inspect.getdoc(module) or "", "    ")]
    names = list(getattr(module, "__all__", ()))
    groups = {
        "Modules": [name for name in names if inspect.ismodule(getattr(module, name))],
        "Errors": [name for name in names if _is_error(getattr(module, name))],
        "Classes": [n for n in names if inspect.isclass(c := getattr(module, n)) and not _is_error(c)],
        "Functions": [name for name in names if inspect.isroutine(getattr(module, name))],
    }
    groups["Data"] = [name for name in names if not any(name in group for group in groups.values())]
    for title, group in groups.items():
        if group:
            lines += ["", *wrap(f"{title}: {', '.join(group)}", WIDTH, subsequent_indent="    ")]
    return "\n".join(lines)


class _Plain(str):
    """An annotation as it is written in the source: without quotes."""

    __repr__ = str.__str__


def signature(kind: type) -> str:
    """Return how an object is made, in the forms that people write; nothing for what only the library makes."""
    if kind.__name__ in MADE_BY_THE_LIBRARY:
        return ""
    form = getattr(kind, "fields", None)
    if hasattr(kind, "model_fields") and callable(form):
        return f"(*, {', '.join(f'{name}: {form}' for name, form in form().items())})".replace("(*, )", "()")
    try:
        made = inspect.signature(kind)
    except (TypeError, ValueError):
        return ""
    plain = [
        p.replace(annotation=_Plain(p.annotation)) if isinstance(p.annotation, str) else p
        for p in made.parameters.values()
        if not p.name.startswith("_")
    ]
    return str(made.replace(parameters=plain, return_annotation=made.empty))


def _members(kind: type) -> Iterator[tuple[str, str]]:
    """Yield each public member of ours as it is written, with the first sentence of what it says."""
    comments = _comments(kind)
    for name in sorted(set(dir(kind)) | set(_fields(kind))):
        raw = inspect.getattr_static(kind, name, None)
        function = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
        owner = next((base for base in kind.__mro__ if name in vars(base)), kind)
        if name.startswith(("_", "model_")) or not owner.__module__.startswith(PACKAGE):
            continue
        if inspect.isfunction(function):
            yield f"{name}({_arguments(function, bound=not isinstance(raw, staticmethod))})", _first(function)
        elif isinstance(raw, property) or hasattr(raw, "func"):
            yield name, _first(raw)
        else:
            yield name, comments.get(name, "")


def _fields(kind: type) -> Iterable[str]:
    return (name for base in kind.__mro__ for name in vars(base).get("__dataclass_fields__", ()))


def _comments(kind: type) -> dict[str, str]:
    """Return what the source says of fields, in the ``#:`` lines above them."""
    told = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith(PACKAGE):
            for lines, name in _COMMENT.findall(_source(base)):
                told[name] = " ".join(line.strip().removeprefix("#: ") for line in lines.splitlines())
    return told


def _source(kind: type) -> str:
    try:
        return inspect.getsource(kind)
    except (OSError, TypeError):  # it was made without a file
        return ""


def _arguments(function: Callable[..., Any], *, bound: bool) -> str:
    """Write what must be given, and … for what may be."""
    parameters = list(inspect.signature(function).parameters.values())[1 if bound else 0 :]
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return ", ".join([*needed, "…"] if len(needed) < len(parameters) else needed)


def _first(thing: Any) -> str:
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def _is_error(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, BaseException)
