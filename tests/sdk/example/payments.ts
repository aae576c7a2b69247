// The application: it is given a session by the wallet's owner, and pays with it.

import { alchemyWalletTransport, createSmartWalletClient } from "@alchemy/wallet-apis";
import { defineChain, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

export interface Endpoint {
  url: string;
  chainId: number;
}

export interface SessionGrant {
  wallet: Address;
  context: Hex;
  key: Hex;
}

function connect(endpoint: Endpoint, key: Hex, account?: Address) {
  const chain = defineChain({
    id: endpoint.chainId,
    name: "lab",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [endpoint.url] } },
  });
  const transport = alchemyWalletTransport({ url: endpoint.url });
  return createSmartWalletClient({ transport, chain, signer: privateKeyToAccount(key), ...(account ? { account } : {}) });
}

/** The owner lets a key send native tokens, up to an allowance in wei. */
export async function grant(
  endpoint: Endpoint,
  owner: Hex,
  wallet: Address,
  sessionKey: Hex,
  allowance: bigint,
): Promise<SessionGrant> {
  const client = connect(endpoint, owner, wallet);
  const { context } = await client.grantPermissions({
    account: wallet,
    expirySec: Math.floor(Date.now() / 1000) + 3600,
    key: { publicKey: privateKeyToAccount(sessionKey).address, type: "secp256k1" },
    permissions: [{ type: "native-token-transfer", data: { allowance } }],
  });
  return { wallet, context, key: sessionKey };
}

/** Pay with a session; resolves when the payment is on the chain. */
export async function pay(endpoint: Endpoint, session: SessionGrant, to: Address, wei: bigint): Promise<void> {
  const client = connect(endpoint, session.key, session.wallet);
  const { id } = await client.sendCalls({
    calls: [{ to, value: wei }],
    capabilities: { permissions: { context: session.context } },
  });
  const { status } = await client.waitForCallsStatus({ id, pollingInterval: 50 });
  if (status !== "success") throw new Error(`The payment ended with ${status}.`);
}
