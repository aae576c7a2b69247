// Each way for a node to refuse a transaction or a call, and what viem, ethers and web3.js make of it.
// ethers and web3.js are asked if they are installed.

import { createPublicClient, createWalletClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { chain, refusal, tell, url } from "./common.mjs";

const { RECIPIENT: to, COUNTER: counter, REVERTS: reverts } = process.env;
const account = privateKeyToAccount(process.env.OWNER);
const poor = privateKeyToAccount(process.env.POOR);
const transport = http(url);
const client = createPublicClient({ chain, transport });
const gwei = 10n ** 9n;
const plain = { to, value: 0n, gas: 21_000n, maxFeePerGas: 2n * gwei, maxPriorityFeePerGas: 0n, type: "eip1559" };

const cases = {
  "nonce too low": { nonce: 0 },
  "nonce too high": { nonce: 50 },
  "insufficient funds": { value: 10n ** 30n },
  "fee cap too low": { maxFeePerGas: 1n },
  "intrinsic gas too low": { gas: 20_000n },
  "gas over block": { gas: 10n ** 9n },
};
const nonce = await client.getTransactionCount({ address: account.address });
const signed = {};
for (const [name, bent] of Object.entries(cases)) {
  signed[name] = await account.signTransaction({ chainId: chain.id, nonce, ...plain, ...bent });
}

const viem = {};
for (const [name, bent] of Object.entries(cases)) {
  const wallet = createWalletClient({ chain, transport, account });
  viem[name] = await refusal(() => wallet.sendTransaction({ nonce, ...plain, ...bent }));
}
viem.reverted = await refusal(() => client.call({ to: reverts, account }));
viem["estimate reverted"] = await refusal(() => client.estimateGas({ to: reverts, account }));
viem["estimate without funds"] = await refusal(() => client.estimateGas({ to, value: 1n, account: poor }));

const found = { viem };
const ethers = await import(process.env.ETHERS ?? "ethers").catch(() => null);
if (ethers) {
  const provider = new ethers.JsonRpcProvider(url, chain.id, { staticNetwork: true, cacheTimeout: -1 });
  found.ethers = {};
  for (const name of Object.keys(cases)) found.ethers[name] = await refusal(() => provider.broadcastTransaction(signed[name]));
  found.ethers.reverted = await refusal(() => provider.call({ to: reverts }));
  found.ethers["estimate without funds"] = await refusal(() => provider.estimateGas({ to, value: 1n, from: poor.address }));
  provider.destroy();
}
const web3js = await import(process.env.WEB3 ?? "web3").catch(() => null);
if (web3js) {
  const web3 = new web3js.Web3(url);
  found.web3 = {};
  for (const name of Object.keys(cases)) {
    found.web3[name] = await refusal(() => web3.eth.sendSignedTransaction(signed[name]));
  }
  found.web3.reverted = await refusal(() => web3.eth.call({ to: reverts }));
}
tell(found);
