"""The debug methods of the bundler specification (ERC-7769), for tests of bundlers and of what they are sent.

They are answered in process by every strict lab, and over HTTP only if the server was told to: a caller
decides what is bundled, and who is banned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sessionlab.core.base.errors import InvalidInput
from sessionlab.core.base.rpc_values import plain
from sessionlab.core.erc4337.user_operation import from_json, to_json
from sessionlab.core.wallet_api import api as wallet_api
from sessionlab.core.wallet_api import request_params as reading
from sessionlab.node.bundler.pool_methods import bundle, bundler_of
from sessionlab.node.bundler.reputation import Counts
from sessionlab.node.bundler.reputation import to_json as reputation_json
from sessionlab.node.user_operation_reading import an_operation, check_entry_point

if TYPE_CHECKING:
    from sessionlab.core.wallet_api.api import WalletApi

DONE = "ok"
AUTO, MANUAL = "auto", "manual"
#: Entries that one request may bring.
MOST_ENTRIES = 1_000
MOST_COUNT = 2**53 - 1


def clear_state(api: WalletApi, params: Any) -> str:
    """Forget what waits in the mempool, and all reputation."""
    clear_mempool(api, params)
    return clear_reputation(api, params)


def clear_mempool(api: WalletApi, params: Any) -> str:
    """Forget what waits in the mempool."""
    _values(params, 0, "[]")
    bundler_of(api).clear_pool()
    return DONE


def clear_reputation(api: WalletApi, params: Any) -> str:
    """Forget all reputation."""
    _values(params, 0, "[]")
    bundler_of(api).clear_reputation()
    return DONE


def dump_mempool(api: WalletApi, params: Any) -> list[dict[str, str]]:
    """Return the operations that wait in the mempool, oldest first."""
    _check_place(_values(params, 1, "[entryPoint]"), 0)
    return [{"signature": "0x"} | to_json(waiting.operation) for waiting in bundler_of(api).waiting]


def dump_reputation(api: WalletApi, params: Any) -> list[dict[str, Any]]:
    """Return the counts of every entity that was seen, and whether it is ``ok``, ``throttled`` or ``banned``."""
    _check_place(_values(params, 1, "[entryPoint]"), 0)
    return reputation_json(bundler_of(api).reputation)


def set_reputation(api: WalletApi, params: Any) -> str:
    """Replace the counts of entities: a list of objects with ``address``, ``opsSeen`` and ``opsIncluded``."""
    values = _values(params, 2, "[reputations, entryPoint]", least=1)
    counts = dict(
        _counts(entry, f"reputations[{index}]") for index, entry in enumerate(_a_list(values[0], "reputations"))
    )
    _check_place(values, 1)
    bundler_of(api).set_reputation(counts)
    return DONE


def set_bundling_mode(api: WalletApi, params: Any) -> str:
    """Let operations wait for ``debug_bundler_sendBundleNow`` (``manual``), or mine each at once (``auto``).

    What waits is bundled when the mode becomes ``auto``.
    """
    mode = _values(params, 1, '["auto"] or ["manual"]')[0]
    if mode not in (AUTO, MANUAL):
        message, fix = f"{reading.shown(mode)} is not a bundling mode.", f'use "{AUTO}" or "{MANUAL}".'
        raise InvalidInput(message, field="mode", asked=plain(mode), left=f"{AUTO}, {MANUAL}", fix=fix)
    bundler_of(api).set_manual(mode == MANUAL)
    while mode == AUTO and bundle(api):
        pass
    return DONE


def send_bundle_now(api: WalletApi, params: Any) -> str:
    """Mine one bundle of what waits and return the transaction's hash; ``ok`` if there is nothing to bundle."""
    _values(params, 0, "[]")
    mined = bundle(api)
    return mined[0].receipt.transaction_hash if mined else DONE


def add_user_operations(api: WalletApi, params: Any) -> str:
    """Put operations into the mempool without validating them. They are validated before they are bundled."""
    values = _values(params, 2, "[userOperations, entryPoint?]", least=1)
    given = _a_list(values[0], "userOperations")
    fields = [(f"userOperations[{index}]", entry) for index, entry in enumerate(given)]
    operations = [from_json(an_operation(entry, field), field) for field, entry in fields]
    _check_place(values, 1)
    bundler_of(api).add(operations)
    return DONE


def get_stake_status(api: WalletApi, params: Any) -> dict[str, Any]:
    """Return an address's stake, its unstake delay, and whether both are enough. Numbers are decimal text."""
    values = _values(params, 2, "[address, entryPoint]", least=1)
    address = reading.address(values[0], "address")
    _check_place(values, 1)
    info = bundler_of(api).stake_of(address)
    told = {"addr": address, "stake": str(info.stake), "unstakeDelaySec": str(info.unstake_delay)}
    return {"stakeInfo": told, "isStaked": info.is_staked}


DEBUG_PREFIX = "debug_bundler_"
DEBUG_METHODS: Mapping[str, wallet_api.Method] = {
    f"{DEBUG_PREFIX}clearState": clear_state,
    f"{DEBUG_PREFIX}dumpMempool": dump_mempool,
    f"{DEBUG_PREFIX}clearMempool": clear_mempool,
    f"{DEBUG_PREFIX}sendBundleNow": send_bundle_now,
    f"{DEBUG_PREFIX}setBundlingMode": set_bundling_mode,
    f"{DEBUG_PREFIX}setReputation": set_reputation,
    f"{DEBUG_PREFIX}dumpReputation": dump_reputation,
    f"{DEBUG_PREFIX}clearReputation": clear_reputation,
    f"{DEBUG_PREFIX}addUserOps": add_user_operations,
    f"{DEBUG_PREFIX}getStakeStatus": get_stake_status,
}
#: As in ``sessionlab.node.parameters``: names in order, a question mark behind one that may be left out.
DEBUG_PARAMETERS: Mapping[str, str] = {
    f"{DEBUG_PREFIX}dumpMempool": "entryPoint",
    f"{DEBUG_PREFIX}setBundlingMode": "mode",
    f"{DEBUG_PREFIX}setReputation": "reputations entryPoint?",
    f"{DEBUG_PREFIX}dumpReputation": "entryPoint",
    f"{DEBUG_PREFIX}addUserOps": "userOperations entryPoint?",
    f"{DEBUG_PREFIX}getStakeStatus": "address entryPoint?",
}


def _values(params: Any, most: int, shape: str, *, least: int | None = None) -> Sequence[Any]:
    values = () if params is None else params
    bounds = (most if least is None else least), most
    if not isinstance(values, list | tuple) or not bounds[0] <= len(values) <= bounds[1]:
        raise InvalidInput(f"The method takes {shape}.", field="params", asked=params, fix=f"send params: {shape}.")
    return values


def _a_list(value: Any, field: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or len(value) > MOST_ENTRIES:
        message, fix = f"{field} is a list of at most {MOST_ENTRIES:,} objects.", "send fewer in one request."
        raise InvalidInput(message, field=field, asked=plain(value), left=MOST_ENTRIES, fix=fix)
    return value


def _counts(value: Any, field: str) -> tuple[str, Counts]:
    data = reading.an_object(value, field, ("address", "opsSeen", "opsIncluded", "status"))
    address, seen, included = (
        reading.required(data, name, f"{field}.") for name in ("address", "opsSeen", "opsIncluded")
    )
    counts = Counts(
        reading.quantity(seen, f"{field}.opsSeen", MOST_COUNT),
        reading.quantity(included, f"{field}.opsIncluded", MOST_COUNT),
    )
    return reading.address(address, f"{field}.address"), counts


def _check_place(values: Sequence[Any], index: int) -> None:
    """Check the EntryPoint, which may be left out behind another parameter."""
    if len(values) > index:
        check_entry_point(values[index])
