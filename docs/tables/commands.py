"""The commands with their options, and exit codes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from sessionlab import cli

from .text import capital, code, escaped, table


def page() -> str:
    """Return the commands as Markdown."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    for name, command, what in commands():
        yield from (f"## sessionlab {name}", "", f"{escaped(capital(what))}.", "")
        rows = ((_named(action), escaped(_told(action))) for action in command._actions if action.dest != "help")
        yield from table(("option", "means"), rows)


def commands() -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Yield each command's name, parser and help."""
    (group,) = (a for a in cli.parser()._actions if isinstance(a, argparse._SubParsersAction))
    for choice in group._choices_actions:
        yield choice.dest, group.choices[choice.dest], choice.help or ""


def _named(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else " " + _value(action)
    return code(f"{action.option_strings[-1]}{value}" if action.option_strings else _value(action))


def _value(action: argparse.Action) -> str:
    if action.choices:
        return "|".join(map(str, action.choices)) if len(list(action.choices)) < 6 else action.dest.upper()
    return str(action.metavar or action.dest.upper())


def _told(action: argparse.Action) -> str:
    text = action.help or ""
    default = action.default
    shown = default not in (None, False, [], argparse.SUPPRESS) and "default" not in text
    return text % vars(action) + (f" (default {default})" if shown else "")
