"""Reading calls, spending and allowances."""

from __future__ import annotations

from sessionlab.core.erc4337.call import Call
from sessionlab.core.permissions import (
    CallLimit,
    FunctionsOnAllContracts,
)

from .scenarios import (
    ACCESS,
    COINS,
    ETHERS,
    PING,
    UPDATE,
    UPDATES,
    Scenarios,
    acting,
    bent_call,
    coins,
    spent,
    twice,
    word,
)
from .scenarios_of_the_wallet import (
    LITTLE_GAS,
    TOO_MUCH,
)
from .world import (
    COUNTER,
    TOKEN,
)

ODD = "NonCanonicalCalldata"
BESIDE = acting([COINS, UPDATES], UPDATE)
INCREASE = FunctionsOnAllContracts(functions=["0x39509351"])

ONE_OPERATION = (twice([CallLimit(count=1), ACCESS], PING), ("ok", "ExceededCallLimit"))

SCENARIOS: Scenarios = {
    # calls
    "batch-bound-unnamed": (acting([ACCESS], PING * 33), "TooManyCalls"),
    "call-bound-unnamed": (acting([ACCESS], [Call(COUNTER, data=bytes(4_097))]), "CallDataTooLarge"),
    "array-anywhere": (bent_call(lambda one, two: two[:4] + word(64) + two[36:]), ODD),
    "table-behind-the-end": (bent_call(lambda one, two: two[:40]), ODD),
    "offsets-unchecked": (bent_call(lambda one, two: two[:68] + two[100:132] + two[68:100] + two[132:]), ODD),
    "data-anywhere": (bent_call(lambda one, two: one[:68] + word(128) + one[100:]), ODD),
    "call-behind-the-end": (bent_call(lambda one, two: one[:100] + word(64) + one[132:]), ODD),
    "dirty-padding": (bent_call(lambda one, two: one[:-1] + b"\1"), ODD),
    "dirty-addresses-unnamed": (bent_call(lambda one, two: one[:4] + b"\1" + one[5:]), ODD),
    "batches-unknown": (acting([ACCESS], PING * 2), "ok"),
    # spending
    "own-function-read-as-calls": (BESIDE, "ok"),
    "native-limit-binds-own-functions": (acting([ETHERS, UPDATES], UPDATE), "ok"),
    "own-functions-beside-a-token-limit": (BESIDE, "SpendingRequestNotAllowed"),
    "token-limit-binds-own-functions": (BESIDE, "ok"),
    "native-spending-not-counted": (TOO_MUCH, "ExceededNativeTokenLimit"),
    "token-spending-not-counted": (spent, ("ExceededTokenLimit", 0)),
    "limited-token-not-known": (spent, ("ExceededTokenLimit", 0)),
    "sum-may-overflow": (acting([ETHERS, ACCESS], [Call(COUNTER, 2**255)] * 2), "Panic(0x11)"),
    "last-call-counts-alone": (acting([ETHERS, ACCESS], [Call(COUNTER, 6)] * 2), "ExceededNativeTokenLimit"),
    "short-token-call": (acting([COINS], [Call(TOKEN, data=coins(5)[0].data[:-1])]), "InvalidCalldataLength"),
    "any-function-of-a-limited-token": (acting([COINS, INCREASE], coins(5, "increaseAllowance")), "SelectorNotAllowed"),
    "approve-refused": (acting([COINS], coins(5, "approve")), "ok"),
    # allowances
    "native-allowance-unnamed": (TOO_MUCH, "ExceededNativeTokenLimit"),
    "token-allowance-unnamed": (spent, ("ExceededTokenLimit", 0)),
    "gas-allowance-unnamed": (LITTLE_GAS, "ExceededGasLimit"),
    "gas-allowance-by-another-name": (LITTLE_GAS, "ExceededNativeTokenLimit"),
    "call-limit-unnamed": ONE_OPERATION,
    "operations-not-counted": ONE_OPERATION,
    "call-limit-clamped": ONE_OPERATION,
    "call-limit-not-marked": ONE_OPERATION,
    "extensions-not-counted": ONE_OPERATION,
    "extensions-only-beside-a-gas-limit": ONE_OPERATION,
    "nothing-is-used-up": (twice([COINS], coins(30)), ("ok", "ExceededTokenLimit")),
}
