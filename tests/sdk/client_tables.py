"""What does not hold yet, client by client: a step that is listed must fail, and one that is not listed must pass.

A repair takes its steps out of ``NOT_YET``: a step that newly passes turns its flow red until then. ``ANVIL`` is what
the control, anvil 1.7.1, does differently from geth.
"""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, Mapping[str, str]]

WORDS = "the node refuses in words of its own, which no client classifies"
REASON = "the message of a revert does not have its reason, as geth's has: 'execution reverted: REASON'"
LISTS = "an estimate leaves out the access list"
DELEGATION = "an estimate and a call leave out the authorizations"
GASLEFT = "an estimate is not checked by a run with just this gas"
CONTEXT = "eth_call at latest runs in the block to come"
BLOCK = "eth_call drops block overrides"
FIRST_BLOCK = (
    "eth_getFilterLogs without a first block, or from latest, begins at the filter's start, not at the newest block"
)
ACCOUNTS = "the node holds no accounts: eth_accounts is empty, eth_sendTransaction and signing are missing"
MISSING = "the method is missing"
PAYMASTER = "the paymaster's methods are missing"
PRECHECKS = "the bundler refuses in words of its own, not in rundler's"
AGAIN = "an operation that was mined is accepted again"
OBJECT = "web3.py takes a refused call or estimate for a revert where the error's data is an object"
GAS_CAP = "the gas of an estimate is not its upper bound, 'gas required exceeds allowance (22000)'"

_SIGNERS = dict.fromkeys(("send by an account of the node", "an account of the node signs"), ACCOUNTS)
_ACCOUNTS = {"accounts of the node": ACCOUNTS} | _SIGNERS
_SENT = dict.fromkeys(
    (
        "nonce too low",
        "nonce too high",
        "insufficient funds to send",
        "insufficient funds to estimate",
        "fee cap under the base fee",
        "gas over the block's",
    ),
    WORDS,
)
_REFUSED = _SENT | {"intrinsic gas": WORDS}
_RUN = {
    "call in the context of the newest block": CONTEXT,
    "an estimate is enough where the contract looks at its gas": GASLEFT,
}
_REASONS = dict.fromkeys(("reason of a call", "reason of an estimate", "reason of a send"), REASON)
_DELEGATION = dict.fromkeys(
    ("delegate and call in one transaction", "estimate with an authorization", "call with an authorization"), DELEGATION
)
_BUNDLER = {
    "prices of the bundler": MISSING,
    "send at the bundler's price": MISSING,
    "sponsored": PAYMASTER,
    "the same operation again": AGAIN,
    "fee cap under the base fee": PRECHECKS,
    "too little gas before verification": PRECHECKS,
}

NOT_YET: Table = {
    "ethers": _RUN
    | _ACCOUNTS
    | _DELEGATION
    | _REFUSED
    | {
        "send type 1": LISTS,
        "the same transaction again": WORDS,
        "intrinsic gas of an access list": WORDS,
        "intrinsic gas of type 1": WORDS,
        "signed for another chain": WORDS,
        "code that is too large to deploy": WORDS,
        "reason of an estimate": REASON,
    },
    "viem": _RUN
    | _ACCOUNTS
    | _DELEGATION
    | _REFUSED
    | {
        "send eip2930": LISTS,
        "send what was signed and wait in one request": MISSING,
        "block overrides": BLOCK,
        "create an access list": MISSING,
        "a filter": FIRST_BLOCK,
        "delegate another's account and call it": DELEGATION,
        "set the next base fee": MISSING,
        "impersonate": MISSING,
        "trace a call": MISSING,
        "the same transaction again": WORDS,
        "intrinsic gas of an access list": WORDS,
        "intrinsic gas of an authorization": WORDS,
        "insufficient funds to call": WORDS,
        "an estimate above the gas that is allowed": GAS_CAP,
        "reason of an estimate": REASON,
    },
    "web3js": _RUN | _ACCOUNTS | _SENT | _REASONS | {"create an access list": MISSING},
    "web3py": _RUN
    | _ACCOUNTS
    | _REFUSED
    | _REASONS
    | {
        "create an access list": MISSING,
        "all entries of a filter": FIRST_BLOCK,
        "insufficient funds to call": WORDS,
        "a call at a block to come": OBJECT,
        "delegate and call in one transaction": DELEGATION,
    },
    "cast": _RUN
    | _REFUSED
    | _REASONS
    | {
        "send type 1": LISTS,
        "send and wait in one request": MISSING,
        "block overrides": BLOCK,
        "create an access list": MISSING,
        "trace a call": MISSING,
        "delegate and call in one transaction": DELEGATION,
        "an authorization that another sends": DELEGATION,
        "send by an account of the node": ACCOUNTS,
        "impersonate": MISSING,
    },
    "hardhat": _RUN
    | _SIGNERS
    | _REFUSED
    | {
        "send type 1": LISTS,
        "impersonate": MISSING,
        "reason of a call": REASON,
        "reason of an estimate": REASON,
    },
    "simple_account": _BUNDLER,
    "safe": _BUNDLER,
}

_MEMPOOL = "anvil, like geth, keeps it in its mempool until the gap is filled"
_QUEUED = "anvil takes it into its mempool, and never mines it"
_REVM = "anvil says 'intrinsic gas too high', a class of its own in viem; geth says 'exceeds block gas limit'"
_ANVIL = {"nonce too high": _MEMPOOL, "gas over the block's": _REVM}

#: Anvil is no bundler, so permissionless has no control.
ANVIL: Table = {
    "ethers": _ANVIL
    | {
        "unknown method": "anvil says 'Method not found'; ethers wants geth's 'the method … does not exist'",
        "intrinsic gas of an access list": _QUEUED,
        "intrinsic gas of type 1": _QUEUED,
    },
    "viem": _ANVIL
    | {
        "intrinsic gas of an access list": _QUEUED,
        "intrinsic gas of an authorization": _QUEUED,
        "an estimate above the gas that is allowed": "anvil does not keep to the gas of an estimate",
    },
    "web3js": _ANVIL,
    "web3py": _ANVIL | {"insufficient funds to estimate": "without a gas price, anvil does not look at the balance"},
    "cast": _ANVIL,
    "hardhat": _ANVIL,
}

#: How many steps a flow tells, so that none is lost.
STEPS = {
    "ethers": 75,
    "viem": 83,
    "web3js": 54,
    "web3py": 67,
    "cast": 63,
    "hardhat": 50,
    "simple_account": 29,
    "safe": 34,
}

#: What the clients offer and no flow tries.
LEFT_OUT = {
    "subscriptions (WebSocketProvider, webSocket(), web3.eth.subscribe, cast subscribe)": "they need a websocket",
    "replacing and speeding up a transaction (REPLACEMENT_UNDERPRICED, onReplaced)": "it needs a mempool",
    "pending transactions as a set (txpool_*, cast tx-pool, viem's getTxpoolContent)": "it needs a mempool",
    "automine off, dropTransaction, setIntervalMining": "they need a mempool",
    "proofs (getProof, cast proof, cast storage-root)": "left out of the node on purpose",
    "simulateBlocks (eth_simulateV1)": "left out of the node on purpose",
    "too little gas, in web3.js": "web3.js refuses to sign such a transaction",
    "a tip above the fee cap, in ethers and viem": "both refuse to sign such a transaction",
    "Hardhat 3": "its EDR needs Node 22; Debian and this project's CI have Node 20",
    "hardhat-network-helpers": "they ask web3_clientVersion for the words hardhatnetwork, anvil or zksync",
    "names (ENS)": "no chain of a lab has a registry",
}
