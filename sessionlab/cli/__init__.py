"""The command line: ``sessionlab tour``, ``lab``, ``serve``, ``replay``, ``attack``, ``grade``, ``course``,
``verify``, ``audit``, ``explain``.

Each command is a module with ``add(subparsers)``; a command imports what it needs when it runs.
Exit codes: 0: done; 1: a check of the command failed; 2: invalid input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sessionlab import __version__
from sessionlab.cli import attack, audit, course, explain, lab, replay, serve, tour, verify
from sessionlab.core.base.errors import SessionlabError

COMMANDS = (tour, lab, serve, replay, attack, course, verify, audit, explain)


def parser() -> argparse.ArgumentParser:
    """Return the parser with all commands."""
    main_parser = argparse.ArgumentParser(
        prog="sessionlab", description="Learn, test and break smart-wallet session keys on an in-process EVM."
    )
    main_parser.add_argument("--version", action="version", version=f"sessionlab {__version__}")
    commands = main_parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    main_parser.set_defaults(refuse=main_parser.error)
    for command_parser in commands.choices.values():
        command_parser.set_defaults(refuse=command_parser.error)
    return main_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    whole = parser()
    options, unknown = whole.parse_known_args(arguments)
    if unknown:
        options.refuse(f"unrecognized arguments: {' '.join(unknown)}")
    if options.command is None:
        whole.print_help(sys.stderr)
        return 2
    try:
        code: int = options.run(options)
    except SessionlabError as error:
        print(f"sessionlab {options.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of the pipe, such as `| head`, has exited
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    return code
