// viem's public, wallet and test clients in ordinary use.

import { createPublicClient, createTestClient, createWalletClient, http } from "viem";
import { parseAbi, parseEther, parseEventLogs } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { chain, refusal, tell, url } from "./common.mjs";

const { RECIPIENT: recipient, COUNTER: counter, TOKEN: token } = process.env;
const account = privateKeyToAccount(process.env.OWNER);
const transport = http(url, { batch: true });
const client = createPublicClient({ chain, transport, pollingInterval: 50 });
const wallet = createWalletClient({ chain, transport, account, pollingInterval: 50 });
const lab = createTestClient({ chain, transport, mode: "anvil" });
const abi = parseAbi([
  "event Transfer(address indexed from, address indexed to, uint256 value)",
  "function decimals() view returns (uint8)",
  "function transfer(address to, uint256 amount) returns (bool)",
  "function increment()",
  "function number() view returns (uint256)",
  "function fail()",
]);

const answer = {};
answer.together = await Promise.all([
  client.getChainId(),
  client.getBlockNumber(),
  client.getBalance({ address: recipient }),
  client.getGasPrice(),
  client.readContract({ address: token, abi, functionName: "decimals" }),
]);

// What happens while somebody watches.
const seen = { blocks: [], logs: [], pending: [] };
const stops = [
  client.watchBlockNumber({ onBlockNumber: (number) => seen.blocks.push(number), emitMissed: true }),
  client.watchContractEvent({ address: token, abi, eventName: "Transfer", onLogs: (logs) => seen.logs.push(...logs) }),
  client.watchPendingTransactions({ onTransactions: (hashes) => seen.pending.push(...hashes) }),
];
await new Promise((done) => setTimeout(done, 400));

const paid = await wallet.sendTransaction({ to: recipient, value: parseEther("1") });
const receipt = await client.waitForTransactionReceipt({ hash: paid });
answer.paid = { status: receipt.status, type: receipt.type, block: receipt.blockNumber };
answer.transaction = await client.getTransaction({ hash: paid });
answer.byIndex = (await client.getTransaction({ blockNumber: receipt.blockNumber, index: 0 })).hash === paid;
answer.inBlock = await client.getBlockTransactionCount({ blockNumber: receipt.blockNumber });
answer.block = (await client.getBlock({ blockHash: receipt.blockHash, includeTransactions: true })).transactions.length;
answer.confirmations = await client.getTransactionConfirmations({ hash: paid });

const { request } = await client.simulateContract({ account, address: counter, abi, functionName: "increment" });
await client.waitForTransactionReceipt({ hash: await wallet.writeContract(request) });
answer.count = await client.readContract({ address: counter, abi, functionName: "number" });
answer.failing = await refusal(() => client.simulateContract({ account, address: counter, abi, functionName: "fail" }));

const sent = await wallet.writeContract({ address: token, abi, functionName: "transfer", args: [recipient, 5n] });
const moved = await client.waitForTransactionReceipt({ hash: sent });
answer.events = parseEventLogs({ abi, logs: moved.logs }).map((log) => log.args);
answer.logs = (await client.getLogs({ address: token, event: abi[0], fromBlock: moved.blockNumber })).length;
answer.history = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [50] });
answer.nonce = await client.getTransactionCount({ address: account.address, blockTag: "pending" });

await new Promise((done) => setTimeout(done, 400));
stops.forEach((stop) => stop());
answer.seen = { blocks: seen.blocks, logs: seen.logs.length, pending: seen.pending };

const snapshot = await lab.snapshot();
await lab.setBalance({ address: recipient, value: 42n });
await lab.setCode({ address: recipient, bytecode: "0x00" });
await lab.setNonce({ address: recipient, nonce: 9 });
await lab.setStorageAt({ address: recipient, index: 1, value: `0x${"00".repeat(31)}07` });
const before = await client.getBlock();
await lab.increaseTime({ seconds: 100 });
await lab.mine({ blocks: 2, interval: 60 });
answer.levers = {
  balance: await client.getBalance({ address: recipient }),
  code: await client.getCode({ address: recipient }),
  nonce: await client.getTransactionCount({ address: recipient }),
  storage: await client.getStorageAt({ address: recipient, slot: "0x1" }),
  passed: (await client.getBlock()).timestamp - before.timestamp,
};
await lab.revert({ id: snapshot });
answer.reverted = await client.getBalance({ address: recipient });
tell(answer);
