"""What does not hold yet, client by client: a step that is listed must fail, and one that is not listed must pass.

A repair takes its steps out of ``NOT_YET``: a step that newly passes turns its flow red until then. ``ANVIL`` is what
the control, anvil 1.7.1, does differently from geth.
"""

from __future__ import annotations

from collections.abc import Mapping

Table = Mapping[str, Mapping[str, str]]

GAS_CAP = "viem asks for an estimate without the gas that it was given"

NOT_YET: Table = {
    "ethers": {},
    "viem": {"an estimate above the gas that is allowed": GAS_CAP},
    "web3js": {},
    "web3py": {},
    "cast": {},
    "hardhat": {},
    "simple_account": {},
    "safe": {},
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
