"""``sessionlab serve``: the Wallet API, the bundler and the node on one URL."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.amounts import check_seconds, format_time
from sessionlab.core.base.doors import integer
from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.evm.chain import MAX_TIME, START
from sessionlab.node.bundler.settings import BUNDLERS, MAX_VERIFICATION_GAS, MIN_UNSTAKE_DELAY, ORDINARY, STRICT
from sessionlab.server.bounds import MEGABYTES, SECONDS, RequestBounds
from sessionlab.server.visitors import Visitors, read_origins
from sessionlab.study.extras import missing_extra

if TYPE_CHECKING:
    import socket

    from sessionlab.study.facade import Lab

MAX_DELAY = 2**32 - 1  # the EntryPoint keeps a delay in 32 bits
STOPPING = 3.0  # seconds for the lab to finish its current request
API_KEY = "SESSIONLAB_API_KEY"  # environment variable
KEY_FIX = "use 8 to 128 letters, digits and . _ ~ -, as a path can carry."
KEY_CHARACTERS = 200  # more than a key and its end of line have
KEY = re.compile(r"[A-Za-z0-9._~-]{8,128}")  # characters that a path can contain unescaped


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("serve", help="serve a lab over HTTP: Wallet API, bundler and node on one URL")
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    command.add_argument("--port", type=int, default=8545, help="port (default 8545; 0: a free one)")
    command.add_argument("--rules", choices=("documented", "deployed"), help="the ruleset (default documented)")
    command.add_argument(
        "--seed", type=int, help="seed of the lab (default 0), with a fixed clock unless --time is now"
    )
    command.add_argument(
        "--time",
        metavar="SECONDS",
        help="begin then (seconds since 1970), with a fixed clock; now: with a clock that runs with this machine's, as "
        "without --seed",
    )
    command.add_argument(
        "--extension",
        action="append",
        default=[],
        metavar="NAME",
        help="add a permission type that production does not have; repeatable",
    )
    command.add_argument(
        "--bundler",
        choices=BUNDLERS,
        help="strict: refuse operations whose validation breaks a rule of ERC-7562, keep a mempool (default ordinary)",
    )
    command.add_argument(
        "--debug-bundler",
        action="store_true",
        help="answer the strict bundler's debug methods, by which any client decides what is bundled",
    )
    command.add_argument(
        "--min-unstake-delay",
        type=int,
        metavar="SECONDS",
        help=f"seconds for which a stake must be locked to count as one (default {MIN_UNSTAKE_DELAY:,})",
    )
    command.add_argument(
        "--max-verification-gas",
        type=int,
        metavar="GAS",
        help=f"gas that a strict bundler lets validation take (default {MAX_VERIFICATION_GAS:,})",
    )
    command.add_argument(
        "--load",
        type=Path,
        metavar="FILE",
        help="serve the lab that lab.save(FILE) saved, as it was then; the file stays as it is",
    )
    command.add_argument(
        "--manifest", type=Path, metavar="FILE", help="write addresses, a wallet and its keys as JSON, once it answers"
    )
    command.add_argument("--force", action="store_true", help="replace the manifest's file if it is there")
    command.add_argument(
        "--api-key",
        metavar="KEY",
        help=f"ask for it as bearer token or path segment; needed off loopback; other processes see it here, so rather "
        f"set {API_KEY} or use --api-key-file",
    )
    command.add_argument("--api-key-file", type=Path, metavar="FILE", help="read the key from a file: its first line")
    command.add_argument(
        "--cors",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="allow pages from this origin, such as https://app.example, or * for every page; may be given again",
    )
    command.add_argument(
        "--request-seconds",
        type=float,
        default=SECONDS,
        metavar="S",
        help=f"seconds that one request or batch may run (default {SECONDS}; 0: no bound)",
    )
    command.add_argument(
        "--request-megabytes",
        type=float,
        default=MEGABYTES,
        metavar="M",
        help=f"megabytes that its answer and the EVM's memory may take (default {MEGABYTES}; 0: no bound)",
    )
    command.add_argument(
        "--no-accounts", action="store_true", help="hold no keys: eth_accounts is empty, and clients sign"
    )
    command.add_argument("--quiet", action="store_true", help="do not log requests")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted, which is a normal exit."""
    check(options)
    from sessionlab.server.serving import is_loopback, open_socket

    result = open_socket(options.host, options.port)
    with result:
        if not is_loopback(result) and options.api_key is None:
            raise InvalidInput(
                f"{options.host} is reached from other machines, and there is no API key.",
                field="--host",
                asked=options.host,
                fix="listen on 127.0.0.1, or add --api-key-file FILE with a key, which every request must carry.",
            )
        _serve(options, result)
    return 0


def check(options: argparse.Namespace) -> None:
    """Refuse invalid options at once, before anything is imported or opened."""
    missing = [name for name in ("httptools", "starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise missing_extra("sessionlab serve", "server")
    if not 0 <= options.port <= 65_535:
        message = f"{options.port} is not a port."
        raise InvalidInput(message, field="--port", asked=options.port, fix="use 1 to 65535, or 0 for a free one.")
    if options.manifest:
        from sessionlab.server.manifest_file import check_place

        check_place(options.manifest, force=options.force)
    options.api_key = api_key(options)
    for name in ("request_seconds", "request_megabytes"):
        value, field = getattr(options, name), f"--{name.replace('_', '-')}"
        if not 0 <= value < math.inf:
            raise InvalidInput(f"{value:g} is not a bound.", field=field, asked=value, fix="use a number, 0 for none.")
    options.cors = read_origins(options.cors)
    beginning(options)
    of_a_new_lab = {"--rules": options.rules, "--seed": options.seed, "--time": options.time}
    of_a_new_lab |= {"--extension": options.extension or None, "--bundler": options.bundler}
    for field in [name for name, value in of_a_new_lab.items() if value is not None and options.load]:
        message = f"{options.load} says what its lab is: {field} is for a new one."
        raise InvalidInput(message, field=field, asked=str(of_a_new_lab[field]), fix=f"leave out {field}, or --load.")
    _check_bundler(options)


def _check_bundler(options: argparse.Namespace) -> None:
    """Refuse what is said of a strict bundler if there is none. A lab that is loaded says later what it has."""
    from sessionlab.core.erc4337.bundler import BUNDLE_GAS

    numbers = {
        "--min-unstake-delay": (options.min_unstake_delay, 0, MAX_DELAY, "seconds"),
        "--max-verification-gas": (options.max_verification_gas, 1, BUNDLE_GAS, "gas"),
    }
    for field, (value, least, most, unit) in numbers.items():
        if value is not None and not least <= value <= most:
            message, fix = f"{value} is out of its bounds.", f"use {least} to {most:,} {unit}."
            raise InvalidInput(message, field=field, asked=value, left=most, fix=fix)
    for field in [name for name, value in _of_strict(options).items() if value is not None]:
        if (options.bundler or ORDINARY) != STRICT and not options.load:
            message = f"{field} is for the strict bundler."
            raise InvalidInput(message, field=field, fix="add --bundler strict.")


def _of_strict(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was said of a strict bundler, by option; None for what was not."""
    numbers = {"--min-unstake-delay": options.min_unstake_delay, "--max-verification-gas": options.max_verification_gas}
    return {"--debug-bundler": options.debug_bundler or None, **numbers}


def _check_saved(options: argparse.Namespace, lab: Lab) -> None:
    if not lab.bundler.strict:
        for field, given in _of_strict(options).items():
            if given is not None:
                message = f"The bundler of {options.load} is not strict, and {field} is for one that is."
                raise InvalidInput(message, field=field, fix='leave it out, or save a Lab(bundler="strict").')


def beginning(options: argparse.Namespace) -> int | str:
    """Return when the lab begins: as ``--time`` says; with a seed alone at a lab's usual time, otherwise now."""
    text = options.time
    if text is None:
        return START if options.seed is not None else "now"
    if text != "now" and not re.fullmatch(r"[0-9]{1,20}", text):
        fix = 'give seconds since 1970, as date +%s prints them, or "now".'
        raise InvalidInput(f"{text!r} is not a time.", field="--time", asked=text, fix=fix)
    return text if text == "now" else check_seconds(integer(int(text), "--time", most=MAX_TIME), "--time", START)


def api_key(options: argparse.Namespace) -> str | None:
    """Return the API key: the option's, the file's, or the environment's. Raises InvalidInput without showing it."""
    given, field = options.api_key, "--api-key"
    if options.api_key_file is not None:
        if given is not None:
            fix = "give one of --api-key and --api-key-file."
            raise InvalidInput("Two API keys were given.", field="--api-key-file", fix=fix)
        given, field = _first_line(options.api_key_file), "--api-key-file"
    elif given is None and API_KEY in os.environ:
        given, field = os.environ[API_KEY], API_KEY
    if given is not None and not KEY.fullmatch(given):
        raise InvalidInput("This is not an API key.", field=field, fix=KEY_FIX)
    return None if given is None else str(given)


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            return file.readline(KEY_CHARACTERS).rstrip("\r\n")
    except (OSError, ValueError) as error:  # ValueError: not ASCII
        reason = getattr(error, "strerror", None) or "it is not text"
        fix = "give a file whose first line is the key."
        message = f"{path} cannot be read: {reason}."
        raise InvalidInput(message, field="--api-key-file", asked=str(path), fix=fix) from None


def _serve(options: argparse.Namespace, result: socket.socket) -> None:
    from sessionlab.server.app import create_app
    from sessionlab.server.log import RequestLog
    from sessionlab.server.manifest import make_demo_wallet, manifest, saved_wallet
    from sessionlab.server.manifest_file import forget, write
    from sessionlab.server.memory import use_one_arena
    from sessionlab.server.serving import is_loopback, serve, url_of
    from sessionlab.server.workers import Workers
    from sessionlab.study.facade import Lab

    use_one_arena()
    if options.load:
        lab = Lab.load(options.load)
        wallet, keys = saved_wallet(lab, accounts=not options.no_accounts)
        _check_saved(options, lab)
    else:
        rules = options.rules or "documented"
        lab = Lab(
            rules,
            options.seed or 0,
            extensions=options.extension,
            time=beginning(options),
            bundler=options.bundler or ORDINARY,
        )
        wallet, keys = make_demo_wallet(lab, accounts=not options.no_accounts)
    if lab.bundler.strict:
        from sessionlab.node.bundler.stakes import StakeMinimum

        delay, gas = options.min_unstake_delay, options.max_verification_gas
        minimum = StakeMinimum() if delay is None else StakeMinimum(unstake_delay=delay)
        lab.bundler.be_strict(minimum, MAX_VERIFICATION_GAS if gas is None else gas)
    log, workers = RequestLog(sys.stderr), Workers(lab.chain)
    app = create_app(
        lab,
        api_key=options.api_key,
        bounds=RequestBounds(options.request_seconds or None, options.request_megabytes or None),
        visitors=Visitors(options.cors, any_host=not is_loopback(result)),
        say=None if options.quiet else log,
        warn=log,
        workers=workers,
        debug_bundler=options.debug_bundler,
    )
    url, told = url_of(result), dict[str, Any]()

    def ready() -> None:
        if options.manifest:
            full = f"{url}/{options.api_key}" if options.api_key else url
            told.update(manifest(lab, wallet, keys, full, options.api_key))
            write(options.manifest, told, force=options.force)
        print(block(options, url, lab, wallet.address, is_loopback(result)), flush=True)

    try:
        serve(app, result, ready)
    finally:
        if told:
            forget(options.manifest, told)
        workers.stop(STOPPING)
        log.stop()


def block(options: argparse.Namespace, url: str, lab: Lab, wallet: str, loopback: bool) -> str:
    """Return the text printed on start. It omits the API key, which the person who started the server has."""
    reach = "this machine alone (loopback)" if loopback else "other machines too: every request must carry the key"
    rows = [
        ("URL", f"{url}   JSON-RPC: Wallet API, bundler, node"),
        ("start page", f"{url}/   for people, in a browser"),
        ("rules", lab.rules.title),
        *(
            [("bundler", f"strict: it keeps to ERC-7562{DEBUG if options.debug_bundler else ''}")]
            if lab.bundler.strict
            else []
        ),
        ("chain id", str(lab.chain.chain_id)),
        ("time", f"{format_time(lab.now)} ({lab.now})   {RUNS if lab.chain.runs else STANDS}"),
        *([("loaded from", f"{options.load}   changes are not saved to it")] if options.load else []),
        ("wallet", f"{wallet}   {'as it was saved' if options.load else 'deployed and funded'}"),
        ("manifest", f"{options.manifest}   addresses, policy, and private keys" if options.manifest else NO_MANIFEST),
        ("key", "as `authorization: Bearer KEY`, or behind the URL: /KEY")
        if options.api_key
        else ("key", "none asked"),
        ("reached by", reach),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name.ljust(width)}   {text}" for name, text in rows]
    return "\n".join(["sessionlab serves a lab.", "", *lines, "", "Ctrl-C stops it."])


DEBUG = "; debug methods on: any client decides what is bundled, and who is banned"
RUNS = "runs with this machine's clock"
STANDS = "fixed: a block is one second later than its parent; --time now follows this machine's clock"
NO_MANIFEST = "none; --manifest FILE writes addresses and keys for tests"
