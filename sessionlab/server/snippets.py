"""Code to copy first: a wallet, a session and its first operation, in TypeScript and in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessionlab.core.base.version import __version__

if TYPE_CHECKING:
    from sessionlab.study.facade import Lab

VIEM = """\
// npm install viem @alchemy/wallet-apis
import {
  alchemyWalletTransport,
  createSmartWalletClient,
} from "@alchemy/wallet-apis"
import { defineChain } from "viem"
import {
  generatePrivateKey,
  privateKeyToAccount,
} from "viem/accounts"

const url = "URL"
const counter = "COUNTER"
const policyId = "POLICY"
const chain = defineChain({
  id: CHAIN,
  name: "sessionlab",
  rpcUrls: { default: { http: [url] } },
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
})
const transport = alchemyWalletTransport({ url })
const signer = privateKeyToAccount(generatePrivateKey())
const owner = createSmartWalletClient({ transport, chain, signer })
const { address: account } = await owner.requestAccount()

const key = privateKeyToAccount(generatePrivateKey())
const permissions = await owner.grantPermissions({
  account,
  expirySec: EXPIRY,
  key: { type: "secp256k1", publicKey: key.address },
  permissions: [
    { type: "contract-access", data: { address: counter } },
  ],
})

const session = createSmartWalletClient({
  transport, chain, account, signer: key,
})
const { id } = await session.sendCalls({
  calls: [{ to: counter, data: "0xd09de08a" }], // increment()
  capabilities: { permissions, paymaster: { policyId } },
})
console.log((await session.waitForCallsStatus({ id })).status)
"""

PYTHON = """\
# pip install sessionlab-VERSION-py3-none-any.whl
# (make wheel builds the file)
import sessionlab as sl

counter = "COUNTER"
policy = "POLICY"

lab = sl.HttpProvider("URL")
owner = sl.SmartWalletClient(lab, sl.new_key())

session = owner.grant_permissions(
    [sl.ContractAccess(address=counter)],
    expires_in=86_400,
    key=sl.new_key(),
)

increment = sl.Call(to=counter, function="increment()")
print(session.send_calls([increment], policy_id=policy))
"""

DAY = 86_400


def viem(lab: Lab, url: str) -> str:
    """Return the snippet for the published viem SDK."""
    return _filled(VIEM, lab, url)


def python(lab: Lab, url: str) -> str:
    """Return the snippet for this library."""
    return _filled(PYTHON, lab, url)


def _filled(text: str, lab: Lab, url: str) -> str:
    values = {
        "VERSION": __version__,
        "COUNTER": lab.addresses["counter"],
        "POLICY": lab.policy_id,
        "CHAIN": str(lab.chain.chain_id),
        "EXPIRY": f"Math.floor(Date.now() / 1000) + {DAY:_}" if lab.chain.runs else str(lab.now + DAY),
        "URL": url,
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text
