// Both published SDKs behind one small face. Amounts come as hex text; SDK 5 wants bigints, SDK 4 takes the text.

import { LocalAccountSigner } from "@aa-sdk/core";
import { alchemy, defineAlchemyChain } from "@account-kit/infra";
import * as v4 from "@account-kit/wallet-client";
import * as v5 from "@alchemy/wallet-apis";
import { privateKeyToAccount } from "viem/accounts";
import { chain, url } from "./common.mjs";

const big = (value) => BigInt(value);

function open5({ key, account, policyId, id }) {
  const client = v5.createSmartWalletClient({
    transport: v5.alchemyWalletTransport({ url }),
    chain: id ? { ...chain, id } : chain,
    signer: privateKeyToAccount(key),
    ...(account ? { account } : {}),
    ...(policyId ? { paymaster: { policyId } } : {}),
  });
  const amounts = ({ type, data }) => {
    if (!data) return { type };
    const numbers = Object.fromEntries(["allowance", "limit"].filter((n) => data[n]).map((n) => [n, big(data[n])]));
    return { type, data: { ...data, ...numbers } };
  };
  return {
    client,
    requestAccount: async (params) => (await client.requestAccount(params)).address,
    grant: (params) => client.grantPermissions({ ...params, permissions: params.permissions.map(amounts) }),
    capabilities: ({ permissions, policyId: policy }) => ({
      ...(permissions ? { permissions } : {}),
      ...(policy ? { paymaster: { policyId: policy } } : {}),
    }),
    calls: (calls) => calls.map(({ value, ...call }) => ({ ...call, ...(value ? { value: big(value) } : {}) })),
    from: () => ({}),
  };
}

function open4({ key, account, policyId, id }) {
  const client = v4.createSmartWalletClient({
    transport: alchemy({ rpcUrl: url }),
    chain: defineAlchemyChain({ chain: id ? { ...chain, id } : chain, rpcBaseUrl: url }),
    signer: LocalAccountSigner.privateKeyToAccountSigner(key),
    ...(account ? { account } : {}),
    ...(policyId ? { policyId } : {}),
  });
  return {
    client,
    requestAccount: async (params) => (await client.requestAccount(params)).address,
    grant: (params) => client.grantPermissions(params),
    capabilities: ({ permissions, policyId: policy }) => ({
      ...(permissions ? { permissions } : {}),
      ...(policy ? { paymasterService: { policyId: policy } } : {}),
    }),
    calls: (calls) => calls,
    from: (address) => ({ from: address }),
  };
}

/** A client of the SDK that the test asked for. `account`: a wallet, or the signer's own; `id`: another chain's. */
export const open = process.env.SDK === "5" ? open5 : open4;

/** Send calls from `account` and wait for their end. */
export async function sendAndWait(opened, account, calls, wishes = {}) {
  const sent = await opened.client.sendCalls({
    ...opened.from(account),
    calls: opened.calls(calls),
    ...(Object.keys(wishes).length ? { capabilities: opened.capabilities(wishes) } : {}),
  });
  const id = sent.id ?? sent.preparedCallIds[0];
  const status = await opened.client.waitForCallsStatus({ id, pollingInterval: 50 });
  return { id, status: status.status, receipts: status.receipts };
}
