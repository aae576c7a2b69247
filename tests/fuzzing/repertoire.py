"""What an adversary tries: calls and call data, most of them nearly allowed."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from sessionlab.attacks.attack_lab import (
    COUNTER,
    HOSTILE,
    INCREMENT,
    MERCHANT,
    OTHER_TOKEN,
    PAYMASTER,
    SESSION,
    STRANGER,
    TOKEN,
    WALLET,
    left,
)
from sessionlab.core.contracts.artifacts import artifact
from sessionlab.core.erc4337 import wallet_encoding as account
from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import Policy, Root, rows
from sessionlab.core.permissions.functions import EXECUTE_USER_OP
from sessionlab.core.permissions.limits import LimitKind, Meter
from tests.agreement.lab import Draw, often, one

from .allowed import DRAIN, Allowed, is_limited, passes
from .encodings import BENDINGS, SWAP
from .world import World

ADMIT = account.install_call(entity_id=9, key=SESSION.address, rows=rows([Root()]))
token_abi, counter_abi = artifact("Token"), artifact("Counter")


# -- calls


def amount(draw: Draw, rest: int) -> int:
    """All that is left, nearly all of it, a little more."""
    return max(int(one(draw, rest, rest, rest, rest // 2, rest // 2 + 1, rest - 1, 1, rest + 1, 2 * rest, 2**255)), 0)


def taking(draw: Draw, world: World, entity: int, session: Allowed | None) -> Call:
    """A call that would move something of the wallet's: most often what the session has an allowance for."""
    policy, meters = (session.policy, session.meters) if session else (Policy(), frozenset[Meter]())
    limited = [token for token in (TOKEN, OTHER_TOKEN, HOSTILE) if is_limited(policy, meters, token)]
    spend = ("spend",) * 6 if limited else ()
    send = ("send",) * 4 if policy.sends_native else ("send",)
    kind = one(draw, *spend, *send, "spend", "alias", "other")
    if kind == "send":
        to = one(draw, MERCHANT, COUNTER, HOSTILE)
        data = one(draw, b"", counter_abi.encode("deposit")) if to == COUNTER else b""
        return Call(to, amount(draw, left(world.lab, LimitKind.NATIVE, entity=entity)), data)
    token = one(draw, *limited * 3, TOKEN, OTHER_TOKEN)
    many = amount(draw, left(world.lab, LimitKind.ERC20, token, entity))
    who = one(draw, STRANGER.address, STRANGER.address, HOSTILE, COUNTER, WALLET)
    if kind == "spend":
        data = token_abi.encode(one(draw, "transfer", "transfer", "approve"), who, many)
        worn = (data[:67], data[:36], data + b"\1", data[:4] + b"\1" + data[5:])
        return Call(token, 0, often(draw, data, worn))
    if kind == "alias":
        names = ("increaseAllowance", (who, many)), ("transferFrom", (WALLET, STRANGER.address, many))
        name, values = one(draw, *names)
        return Call(token, 0, token_abi.encode(name, *values))
    return one(draw, Call(COUNTER, 0, counter_abi.encode("pull", TOKEN, WALLET, many)), DRAIN, Call(PAYMASTER))


def harmless(draw: Draw) -> Call:
    """A call that moves nothing by itself: a count, a failure, the adversary's own contract."""
    ping, fail = Call(COUNTER, 0, INCREMENT), Call(COUNTER, 0, counter_abi.encode("fail"))
    return one(draw, ping, ping, Call(HOSTILE), Call(HOSTILE, 0, INCREMENT), fail)


def way_in(draw: Draw, world: World, entity: int) -> Call:
    """A call of the wallet itself."""
    inner = taking(draw, world, entity, world.session(entity))
    bare = account.execute(inner, wrapped=False)
    nested = (bare, account.execute_batch([inner], wrapped=False), EXECUTE_USER_OP + bare)
    return Call(WALLET, 0, one(draw, *nested, SWAP, ADMIT, account.uninstall_call(entity), INCREMENT, b""))


def calls(draw: Draw, world: World, entity: int, session: Allowed | None, *, fitting: bool) -> list[Call]:
    """Up to four, the first of them twice now and then. ``fitting``: such as the session may make, if one is found."""
    make = (lambda: taking(draw, world, entity, session), lambda: harmless(draw), lambda: way_in(draw, world, entity))
    kinds = (0, 0, 0, 0, 1, 1) if fitting else (0, 0, 0, 1, 1, 2)
    found = []
    for _ in range(one(draw, 1, 1, 2, 3)):
        drawn = make[one(draw, *kinds)]()
        for _ in range(8 if fitting and session else 0):
            if passes(session.policy, session.meters, drawn, world.lab.rules):
                break
            drawn = make[one(draw, *kinds)]()
        found.append(drawn)
    return found + found[: one(draw, 0, 0, 1)]


def call_data(draw: Draw, world: World, entity: int, session: Allowed | None, odd: str) -> bytes:
    """Wrapped where it must be; as an oddity not, or twice, or bent, or another function."""
    found = calls(draw, world, entity, session, fitting=odd != "calls")
    alone = len(found) == 1 and one(draw, True, True, False)
    bare = account.execute(found[0], wrapped=False) if alone else account.execute_batch(found, wrapped=False)
    if odd == "function":
        bare = one(draw, SWAP, ADMIT, INCREMENT, b"\1\2", account.uninstall_call(entity))
    if odd == "bent":
        random = Random(draw(st.integers(0, 2**32)))
        bare = random.choice(BENDINGS)(random, bare)
    layers = 1 if session and session.policy.limits_spending else 0
    return EXECUTE_USER_OP * (one(draw, 0, 1, 2) if odd == "wrapping" else layers) + bare
