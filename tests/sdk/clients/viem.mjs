// viem: its public, wallet and test clients.

import * as viem from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import {
  abi,
  bytecode,
  delegated,
  isBig,
  isHash,
  key,
  recipient,
  refused,
  repeat,
  step,
  typed,
  url,
} from "./steps.mjs";
import { refusals } from "./viem_refusals.mjs";

const name = "sessionlab";
const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
const chain = viem.defineChain({ id: 1337, name, nativeCurrency, rpcUrls: { default: { http: [url] } } });
const common = { chain, transport: viem.http(url, { retryCount: 0 }), pollingInterval: 20, cacheTime: 0 };
const client = viem.createPublicClient(common);
const account = privateKeyToAccount(key);
const wallet = viem.createWalletClient({ ...common, account });
const test = viem.createTestClient({ ...common, mode: "anvil" });
const to = recipient;
const mined = async (sending) => client.waitForTransactionReceipt({ hash: await sending });

// Connecting and reading.
await step("chain", 1337, () => client.getChainId());
await step(
  "block number",
  (number) => number >= 0n,
  () => client.getBlockNumber(),
);
const block = { hash: isHash, parentHash: isHash, gasLimit: 60_000_000n, baseFeePerGas: isBig };
const latest = await step("latest block", block, () => client.getBlock());
await step("first block", { number: 0n }, () => client.getBlock({ blockNumber: 0n }));
await step("block by hash", { number: latest?.number }, () => client.getBlock({ blockHash: latest.hash }));
await step("pending block", { number: latest?.number + 1n }, () => client.getBlock({ blockTag: "pending" }));
await refused(
  "no such block",
  "BlockNotFoundError",
  (error) => error.name,
  () => client.getBlock({ blockNumber: 99_999_999n }),
);
await step("balance", isBig, () => client.getBalance({ address: account.address }));
await step("nonce", [0, 0], () =>
  Promise.all(
    ["latest", "pending"].map((blockTag) => client.getTransactionCount({ address: account.address, blockTag })),
  ),
);
await step("no code", true, async () => (await client.getCode({ address: to })) === undefined);
await step("fee data", { maxFeePerGas: isBig, maxPriorityFeePerGas: isBig }, () => client.estimateFeesPerGas());
await step("gas price", isBig, () => client.getGasPrice());
await step("fee history", { baseFeePerGas: [isBig, isBig], gasUsedRatio: [Number.isFinite] }, () =>
  client.getFeeHistory({ blockCount: 1, rewardPercentiles: [25, 75] }),
);
const batching = viem.createPublicClient({ ...common, transport: viem.http(url, { batch: true }) });
await step("reads in one batch", [1337, isBig, 0n, isBig], () =>
  Promise.all([
    batching.getChainId(),
    batching.getBlockNumber().then((number) => number + 1n),
    batching.getBalance({ address: to }),
    batching.getGasPrice(),
  ]),
);

// Sending.
await step("estimate a payment", 21_000n, () => client.estimateGas({ account, to, value: 1n }));
const short = ({ type, status, gasUsed, transactionHash }) => ({
  type,
  status,
  gasUsed,
  hash: isHash(transactionHash),
});
for (const [type, gasUsed, more] of [
  ["eip1559", 21_000n],
  ["legacy", 21_000n],
  ["eip2930", 25_300n, { accessList: [{ address: to, storageKeys: [viem.zeroHash] }] }],
]) {
  await step(`send ${type}`, { type, status: "success", gasUsed, hash: true }, async () =>
    short(await mined(wallet.sendTransaction({ to, value: 1n, type, ...more }))),
  );
}
await step("transaction by hash", { to: to.toLowerCase(), value: 7n, typeHex: "0x2", blockHash: isHash }, async () =>
  client
    .getTransaction({ hash: (await mined(wallet.sendTransaction({ to, value: 7n }))).transactionHash })
    .then((seen) => ({ ...seen, to: seen.to.toLowerCase() })),
);
await step("transactions of a block", [7n], async () =>
  (await client.getBlock({ includeTransactions: true })).transactions.map(({ value }) => value),
);
await step("send what was signed", "success", async () => {
  const request = await wallet.prepareTransactionRequest({ to, value: 1n });
  const serializedTransaction = await wallet.signTransaction(request);
  return (await mined(wallet.sendRawTransaction({ serializedTransaction }))).status;
});
await step("send what was signed and wait in one request", "success", async () => {
  const request = await wallet.prepareTransactionRequest({ to, value: 1n });
  const serializedTransaction = await wallet.signTransaction(request);
  return (await wallet.sendRawTransactionSync({ serializedTransaction })).status;
});
await step("wait for two confirmations", 2n, async () => {
  const hash = await wallet.sendTransaction({ to, value: 1n });
  await mined(hash); // anvil answers before it mines, and would mine it in the block that is asked for next
  const waiting = client.waitForTransactionReceipt({ hash, confirmations: 2 });
  await test.mine({ blocks: 1 });
  await waiting;
  return client.getTransactionConfirmations({ hash });
});
await step("three at once by a nonce manager", ["success", "success", "success"], async () => {
  const managed = privateKeyToAccount(key, { nonceManager: viem.nonceManager });
  const send = (value) => mined(wallet.sendTransaction({ account: managed, to, value }));
  return (await Promise.all([1n, 2n, 3n].map(send))).map(({ status }) => status);
});

// A contract.
const made = await step("deploy", { status: "success", contractAddress: viem.isAddress }, () =>
  mined(wallet.deployContract({ abi, bytecode, args: [3n], value: 2n })),
);
const address = viem.getAddress(made.contractAddress);
const read = (functionName, args, more) => client.readContract({ address, abi, functionName, args, ...more });
const write = (functionName, args, more) => mined(wallet.writeContract({ address, abi, functionName, args, ...more }));
await step("call", 3n, () => read("number"));
await step(
  "simulate",
  3n,
  async () =>
    (await client.simulateContract({ account, address, abi, functionName: "store", args: [9n, "unsent"] })).result,
);
await step("call with tuples", [[{ first: 2n }, { first: 1n, second: to }], "0xff"], () =>
  read("swap", [
    [
      { first: 1n, second: to },
      { first: 2n, second: address },
    ],
    "0xff",
  ]),
);
await step("call in the context of the newest block", true, async () => {
  const [number, time] = await read("context");
  const head = await client.getBlock();
  return number === head.number && time === head.timestamp;
});
const events = (logs) => viem.parseEventLogs({ abi, logs }).map(({ args }) => args);
const first = { by: account.address, number: 8n, before: 3n, note: "first" };
let stored;
await step("send to a contract", [first], async () => {
  stored = await write("store", [8n, "first"]);
  return events(stored.logs);
});
await step(
  "estimate a call",
  (gas) => gas > 21_000n && gas < 60_000n,
  () => client.estimateContractGas({ account, address, abi, functionName: "store", args: [9n, "x"] }),
);
await step(
  "an estimate is enough where the contract looks at its gas",
  "success",
  async () => (await write("demand", [200_000n])).status,
);
await step("call at an earlier block", [3n, 8n], () =>
  Promise.all([1n, 0n].map((back) => read("number", [], { blockNumber: stored.blockNumber - back }))),
);
await step(
  "storage",
  true,
  async () => BigInt(await client.getStorageAt({ address, slot: "0x0" })) === (await read("number")),
);
await step("state overrides", 77n, () =>
  read("number", [], {
    stateOverride: [{ address, stateDiff: [{ slot: viem.zeroHash, value: viem.toHex(77, { size: 32 }) }] }],
  }),
);
await step("block overrides", [500n, 2_000_000_000n], async () =>
  (await read("context", [], { blockOverrides: { number: 500n, time: 2_000_000_000n } })).slice(0, 2),
);
await step("create an access list", { gasUsed: isBig, accessList: (list) => list.length > 0 }, () => {
  const data = viem.encodeFunctionData({ abi, functionName: "store", args: [9n, ""] });
  return client.createAccessList({ account, to: address, data });
});
await step("call code that is not deployed", 3n, async () => {
  const code = viem.encodeDeployData({ abi, bytecode, args: [3n] });
  return BigInt((await client.call({ code, data: viem.encodeFunctionData({ abi, functionName: "number" }) })).data);
});

// Events.
await step("events by an indexed argument", [first], async () =>
  (await client.getContractEvents({ address, abi, eventName: "Stored", args: { number: 8n }, fromBlock: 0n })).map(
    ({ args }) => args,
  ),
);
await step("logs of a block", 1, async () => (await client.getLogs({ address, blockHash: stored.blockHash })).length);
// Without a first block, all logs of a filter are those of the newest block, as geth has it.
await step("a filter", [[], [12n], []], async () => {
  const filter = await client.createContractEventFilter({ address, abi, eventName: "Stored", args: { number: 12n } });
  const before = await client.getFilterChanges({ filter });
  await write("store", [12n, "filtered"]);
  await write("store", [13n, "not this one"]);
  const changes = await client.getFilterChanges({ filter });
  const all = await client.getFilterLogs({ filter });
  await client.uninstallFilter({ filter });
  return [before, changes, all].map((logs) => logs.map(({ args }) => args.number));
});
await step("watch an event, blocks and transactions", { logs: "heard", blocks: true, pending: true }, async () => {
  const [logs, blocks, pending, sent] = [[], [], [], []];
  const stops = [
    client.watchContractEvent({ address, abi, onLogs: (seen) => logs.push(...seen.map(({ args }) => args.note)) }),
    client.watchBlocks({ onBlock: ({ number }) => blocks.push(number), emitMissed: true }),
    client.watchPendingTransactions({ onTransactions: (seen) => pending.push(...seen) }),
  ];
  for (const seen of [logs, blocks, pending]) {
    await repeat(seen, async () => sent.push(await write("store", [14n, "heard"])));
  }
  stops.forEach((stop) => stop());
  const hashes = sent.map(({ transactionHash }) => transactionHash);
  return { logs: logs[0], blocks: blocks.length > 0, pending: hashes.includes(pending[0]) };
});

// EIP-7702.
const owner = privateKeyToAccount(delegated);
const asWallet = { account: owner, address: owner.address, abi };
await step("delegate and call in one transaction", { type: "eip7702", status: "success", number: 15n }, async () => {
  const authorization = await wallet.signAuthorization({ account: owner, contractAddress: address, executor: "self" });
  const hash = await wallet.writeContract({
    ...asWallet,
    functionName: "store",
    args: [15n, "as a wallet"],
    authorizationList: [authorization],
  });
  const { type, status } = await client.waitForTransactionReceipt({ hash });
  return { type, status, number: await client.readContract({ ...asWallet, functionName: "number" }) };
});
await step("delegate another's account and call it", { status: "success", by: account.address }, async () => {
  const other = privateKeyToAccount(generatePrivateKey());
  const authorization = await wallet.signAuthorization({ account: other, contractAddress: address });
  const { status, logs } = await write("store", [3n, "sponsored"], {
    address: other.address,
    authorizationList: [authorization],
  });
  return { status, by: events(logs)[0]?.by };
});
const unsent = async () => {
  const other = privateKeyToAccount(generatePrivateKey());
  return {
    to: other.address,
    data: viem.encodeFunctionData({ abi, functionName: "store", args: [3n, ""] }),
    account,
    authorizationList: [await wallet.signAuthorization({ account: other, contractAddress: address })],
  };
};
await step(
  "estimate with an authorization",
  (gas) => gas > 66_000n,
  async () => client.estimateGas(await unsent()),
);
await step("call with an authorization", { data: viem.zeroHash }, async () => client.call(await unsent()));
await step("code of a delegated account", address, () => client.getDelegation({ address: owner.address }));
await step("end the delegation", undefined, async () => {
  const authorization = await wallet.signAuthorization({
    account: owner,
    contractAddress: viem.zeroAddress,
    executor: "self",
  });
  await mined(wallet.sendTransaction({ account: owner, to, authorizationList: [authorization] }));
  return client.getCode({ address: owner.address });
});

// Signing, and the accounts of the node.
const order = { domain: typed.domain, types: typed.types, primaryType: "Order", message: typed.message };
await step("typed data", true, async () =>
  client.verifyTypedData({ ...order, address: account.address, signature: await wallet.signTypedData(order) }),
);
await step("message", true, async () =>
  client.verifyMessage({
    address: account.address,
    message: "hello",
    signature: await wallet.signMessage({ message: "hello" }),
  }),
);
const held = await step(
  "accounts of the node",
  (accounts) => accounts.length > 0,
  () => viem.createWalletClient(common).getAddresses(),
);
const ofNode = viem.createWalletClient({ ...common, account: held?.[0] });
await step(
  "send by an account of the node",
  "success",
  async () => (await mined(ofNode.sendTransaction({ to, value: 1n }))).status,
);
await step("an account of the node signs", [true, true], async () => [
  await client.verifyMessage({
    address: held[0],
    message: "hello",
    signature: await ofNode.signMessage({ message: "hello" }),
  }),
  await client.verifyTypedData({ ...order, address: held[0], signature: await ofNode.signTypedData(order) }),
]);

// The test client's levers.
await step("snapshot and revert", true, async () => {
  const before = await client.getBalance({ address: to });
  const id = await test.snapshot();
  await mined(wallet.sendTransaction({ to, value: 100n }));
  await test.revert({ id });
  return before === (await client.getBalance({ address: to }));
});
await step("mine with an interval", 10n, async () => {
  const before = await client.getBlock();
  await test.mine({ blocks: 2, interval: 10 });
  const after = await client.getBlock();
  const between = await client.getBlock({ blockNumber: before.number + 1n });
  return after.timestamp - between.timestamp;
});
await step("travel", true, async () => {
  const before = await client.getBlock();
  await test.increaseTime({ seconds: 3_600 });
  await test.mine({ blocks: 1 });
  return (await client.getBlock()).timestamp - before.timestamp >= 3_600n;
});
await step("set the next block's time", 50n, async () => {
  const { timestamp } = await client.getBlock();
  await test.setNextBlockTimestamp({ timestamp: timestamp + 50n });
  await test.mine({ blocks: 1 });
  return (await client.getBlock()).timestamp - timestamp;
});
await step("set the next base fee", 7_000_000_000n, async () => {
  const id = await test.snapshot();
  await test.setNextBlockBaseFeePerGas({ baseFeePerGas: 7_000_000_000n });
  await test.mine({ blocks: 1 });
  const { baseFeePerGas } = await client.getBlock();
  await test.revert({ id });
  return baseFeePerGas;
});
await step("impersonate", "success", async () => {
  const stranger = "0x00000000000000000000000000000000000000f1";
  await test.setBalance({ address: stranger, value: viem.parseEther("1") });
  await test.impersonateAccount({ address: stranger });
  const { status } = await mined(wallet.sendTransaction({ account: stranger, to, value: 1n }));
  await test.stopImpersonatingAccount({ address: stranger });
  return status;
});
await step("trace a call", { type: "CALL", to: address.toLowerCase() }, async () => {
  const data = viem.encodeFunctionData({ abi, functionName: "number" });
  return client.request({
    method: "debug_traceCall",
    params: [{ to: address, data }, "latest", { tracer: "callTracer" }],
  });
});

await refusals({ client, wallet, account, address, mined, unsent });
process.exit(0);
