// ethers v6, as its users use it. They read the state anew by `cacheTimeout: -1`: a block is mined at once.

import * as ethers from "ethers";
import {
  abi,
  bytecode,
  delegated,
  isBig,
  isHash,
  key,
  poor,
  recipient,
  refused,
  repeat,
  step,
  typed,
  until,
  url,
} from "./steps.mjs";

const provider = new ethers.JsonRpcProvider(url, undefined, { cacheTimeout: -1, pollingInterval: 20 });
const wallet = new ethers.Wallet(key, provider);
const gwei = (amount) => ethers.parseUnits(String(amount), "gwei");
const to = recipient;
const me = wallet.address;
const mined = async (sending) => (await sending).wait();
const receiptOf = ({ type, status, hash, gasUsed }) => ({ type, status, gasUsed, mined: isHash(hash) });

// Connecting and reading.
await step("network", { chainId: 1337n }, async () => ({ chainId: (await provider.getNetwork()).chainId }));
await step("block number", Number.isInteger, () => provider.getBlockNumber());
const plain = ({ number, hash, parentHash, timestamp, gasLimit, baseFeePerGas, transactions }) => ({
  number,
  hash,
  parentHash,
  timestamp,
  gasLimit,
  baseFeePerGas,
  transactions,
});
const block = { hash: isHash, parentHash: isHash, gasLimit: 60_000_000n, baseFeePerGas: isBig };
const latest = await step("latest block", block, async () => plain(await provider.getBlock("latest")));
await step("first block", { number: 0, hash: isHash }, async () => plain(await provider.getBlock(0)));
await step("block by hash", { number: latest?.number }, async () => plain(await provider.getBlock(latest.hash)));
await step("pending block", { number: latest?.number + 1 }, async () => plain(await provider.getBlock("pending")));
await step("safe and finalized block", [Number.isInteger, Number.isInteger], async () => [
  (await provider.getBlock("safe")).number,
  (await provider.getBlock("finalized")).number,
]);
await step("no such block", null, () => provider.getBlock(99_999_999));
await step("balance", isBig, () => provider.getBalance(me));
await step("nonce", [0, 0], async () => [await provider.getTransactionCount(me), await wallet.getNonce("pending")]);
await step("no code", "0x", () => provider.getCode(to));
await step("fee data", { gasPrice: isBig, maxFeePerGas: isBig, maxPriorityFeePerGas: isBig }, async () => ({
  ...(await provider.getFeeData()),
}));
await step("reads at once", [1337n, isBig, 0n, "0x", isBig], () =>
  Promise.all([
    provider.send("eth_chainId", []).then(BigInt),
    provider.getBalance(me),
    provider.getBalance(to),
    provider.getCode(to),
    provider.send("eth_gasPrice", []).then(BigInt),
  ]),
);

// Sending.
await step("estimate a payment", 21_000n, () => wallet.estimateGas({ to, value: 1n }));
await step("send type 2", { type: 2, status: 1, gasUsed: 21_000n, mined: true }, async () =>
  receiptOf(await mined(wallet.sendTransaction({ to, value: 5n }))),
);
await step("send type 0", { type: 0, status: 1 }, async () =>
  receiptOf(await mined(wallet.sendTransaction({ to, value: 5n, type: 0 }))),
);
await step("send type 1", { type: 1, status: 1, gasUsed: 21_000n + 2_400n + 1_900n }, async () => {
  const accessList = [{ address: to, storageKeys: [ethers.ZeroHash] }];
  return receiptOf(await mined(wallet.sendTransaction({ to, value: 5n, type: 1, accessList })));
});
await step("what was paid", [0n, 6n], async () => {
  const before = await provider.getBalance(to);
  await mined(wallet.sendTransaction({ to, value: 6n }));
  const after = await provider.getBalance(to);
  const earlier = await provider.getBalance(to, (await provider.getBlockNumber()) - 1);
  return [earlier - before, after - before];
});
await step("what the fee was", true, async () => {
  const before = await provider.getBalance(me);
  const receipt = await mined(wallet.sendTransaction({ to, value: 1n }));
  return before - (await provider.getBalance(me)) === receipt.fee + 1n;
});
await step("transaction by hash", { to, from: me, value: 7n, type: 2, nonce: 0, known: true }, async () => {
  const before = await wallet.getNonce();
  const { hash } = await mined(wallet.sendTransaction({ to, value: 7n }));
  const { blockHash, ...seen } = await provider.getTransaction(hash);
  return {
    to: seen.to,
    from: seen.from,
    value: seen.value,
    type: seen.type,
    nonce: seen.nonce - before,
    known: isHash(blockHash),
  };
});
await step("transactions of a block", [{ value: 7n }], async () =>
  (await provider.getBlock("latest", true)).prefetchedTransactions.map(({ value }) => ({ value })),
);
await step("broadcast what was signed", 1, async () => {
  const raw = await wallet.signTransaction(await wallet.populateTransaction({ to, value: 1n }));
  return (await provider.waitForTransaction((await provider.broadcastTransaction(raw)).hash)).status;
});
await step("wait for two confirmations", 2, async () => {
  const sent = await wallet.sendTransaction({ to, value: 1n });
  await sent.wait(); // anvil answers before it mines, and would mine it in the block that is asked for next
  const waiting = sent.wait(2);
  await provider.send("evm_mine", []);
  return (await waiting).confirmations();
});
await step("three at once by a nonce manager", [1, 1, 1], async () => {
  const manager = new ethers.NonceManager(wallet);
  const sent = [1n, 2n, 3n].map((value) => mined(manager.sendTransaction({ to, value })));
  return (await Promise.all(sent)).map(({ status }) => status);
});

// A contract.
const factory = new ethers.ContractFactory(abi, bytecode, wallet);
const sample = await factory.deploy(3n, { value: 2n });
await step("deploy", { code: true, balance: 2n }, async () => {
  await sample.waitForDeployment();
  const address = await sample.getAddress();
  return { code: (await sample.getDeployedCode()).length > 1_000, balance: await provider.getBalance(address) };
});
const at = await sample.getAddress();
await step("call", 3n, () => sample.number());
await step("static call", 3n, () => sample.store.staticCall(9n, "unsent"));
await step("call with tuples", [[2n, at], [1n, to], "0xff"], async () => {
  const [pairs, data] = await sample.swap(
    [
      [1n, to],
      [2n, at],
    ],
    "0xff",
  );
  return [...pairs.map((pair) => [pair.first, pair.second]), data];
});
await step("call in the context of the newest block", true, async () => {
  const [number, time] = await sample.context();
  const head = await provider.getBlock("latest");
  return number === BigInt(head.number) && time === BigInt(head.timestamp);
});
const shownLog = (log) => ({ name: log.fragment?.name, args: log.args && [...log.args] });
let stored;
await step("send to a contract", { name: "Stored", args: [me, 8n, 3n, "first"] }, async () => {
  const { logs, blockNumber } = await mined(sample.store(8n, "first"));
  stored = blockNumber;
  return shownLog(logs[0]);
});
await step(
  "estimate a call",
  (gas) => gas > 21_000n && gas < 60_000n,
  () => sample.store.estimateGas(9n, "x"),
);
await step(
  "an estimate is enough where the contract looks at its gas",
  1,
  async () => (await mined(sample.demand(200_000n))).status,
);
await step("pay a contract", 6n, async () => {
  await mined(sample.pay({ value: 4n }));
  return provider.getBalance(at);
});
await step("call at an earlier block", [3n, 8n], async () => [
  await sample.number({ blockTag: stored - 1 }),
  await sample.number({ blockTag: stored }),
]);
await step("storage", true, async () => BigInt(await provider.getStorage(at, 0)) === (await sample.number()));
await step("state overrides", 77n, async () => {
  const data = sample.interface.encodeFunctionData("number");
  const stateDiff = { [ethers.ZeroHash]: ethers.toBeHex(77, 32) };
  return BigInt(await provider.send("eth_call", [{ to: at, data }, "latest", { [at]: { stateDiff } }]));
});

// Events.
await step("events by an indexed argument", [[me, 8n, 3n, "first"]], async () =>
  (await sample.queryFilter(sample.filters.Stored(me, 8n), 0)).map((log) => [...log.args]),
);
await step("logs of a block", 1, async () => {
  const { blockHash } = await mined(sample.store(10n, "in a block"));
  return (await provider.getLogs({ blockHash, address: at })).length;
});
await step("listen to an event", "heard", async () => {
  const seen = [];
  await sample.on("Stored", (by, number, before, note) => seen.push(note));
  await repeat(seen, () => mined(sample.store(11n, "heard")));
  await sample.removeAllListeners();
  return seen[0];
});
await step("listen to blocks", true, async () => {
  const seen = [];
  await provider.on("block", (number) => seen.push(number));
  await repeat(seen, () => provider.send("evm_mine", []));
  await provider.off("block");
  return seen[0] <= (await provider.getBlockNumber()) && seen[0] > stored;
});
await step("listen to transactions", true, async () => {
  const [seen, sent] = [[], []];
  await provider.on("pending", (hash) => seen.push(hash));
  await repeat(seen, async () => sent.push((await wallet.sendTransaction({ to, value: 1n })).hash));
  await provider.off("pending");
  return sent.includes(seen[0]);
});
await step("listen to a transaction", 1, async () => {
  const seen = [];
  const { hash } = await wallet.sendTransaction({ to, value: 1n });
  await provider.once(hash, (receipt) => seen.push(receipt.status));
  await until(seen);
  return seen[0];
});

// EIP-7702.
const account = new ethers.Wallet(delegated, provider);
const asSample = sample.attach(account.address).connect(account);
await step(
  "delegate and call in one transaction",
  { type: 4, status: 1, by: account.address, number: 12n },
  async () => {
    const authorization = await account.authorize({ address: at, nonce: (await account.getNonce()) + 1 });
    const receipt = await mined(asSample.store(12n, "as a wallet", { authorizationList: [authorization] }));
    const { type, status, logs } = receipt;
    return { type, status, by: logs[0]?.args?.by, number: await asSample.number() };
  },
);
const unsent = async () => {
  const other = ethers.Wallet.createRandom();
  const { signature } = await other.authorize({ address: at, nonce: 0, chainId: 1337 });
  const yParity = ethers.toQuantity(signature.yParity);
  const authorization = { chainId: "0x539", address: at, nonce: "0x0", yParity, r: signature.r, s: signature.s };
  const data = sample.interface.encodeFunctionData("store", [3n, ""]);
  return { from: me, to: other.address, data, authorizationList: [authorization] };
};
const stores = 21_000n + 25_000n + 20_000n; // the transaction, an authorization, a new word of storage
await step(
  "estimate with an authorization",
  (gas) => gas > stores,
  async () => BigInt(await provider.send("eth_estimateGas", [await unsent()])),
);
await step("call with an authorization", ethers.ZeroHash, async () =>
  provider.send("eth_call", [await unsent(), "latest"]),
);
await step("code of a delegated account", `0xef0100${at.slice(2).toLowerCase()}`, () =>
  provider.getCode(account.address),
);
await step("end the delegation", "0x", async () => {
  const nonce = (await account.getNonce()) + 1;
  const authorization = await account.authorize({ address: ethers.ZeroAddress, nonce });
  await mined(account.sendTransaction({ to, authorizationList: [authorization] }));
  return provider.getCode(account.address);
});

// Signing, and the accounts of the node.
await step("typed data", me, async () => {
  const signature = await wallet.signTypedData(typed.domain, typed.types, typed.message);
  return ethers.verifyTypedData(typed.domain, typed.types, typed.message, signature);
});
await step("message", me, async () => ethers.verifyMessage("hello", await wallet.signMessage("hello")));
const held = await step(
  "accounts of the node",
  (accounts) => accounts.length > 0,
  async () => (await provider.listAccounts()).map(({ address }) => address),
);
await step("send by an account of the node", 1, async () => {
  const signer = await provider.getSigner(0);
  return (await mined(signer.sendTransaction({ to, value: 1n }))).status;
});
await step("an account of the node signs", [true, true], async () => {
  const signer = await provider.getSigner(0);
  const words = ethers.verifyMessage("hello", await signer.signMessage("hello"));
  const signature = await signer.signTypedData(typed.domain, typed.types, typed.message);
  return [words, ethers.verifyTypedData(typed.domain, typed.types, typed.message, signature)].map(
    (by) => by === held[0],
  );
});

// A test's levers.
await step("snapshot and revert", true, async () => {
  const before = await provider.getBalance(to);
  const snapshot = await provider.send("evm_snapshot", []);
  await mined(wallet.sendTransaction({ to, value: 100n }));
  await provider.send("evm_revert", [snapshot]);
  return (await provider.getBalance(to)) === before;
});
await step("travel", true, async () => {
  const before = (await provider.getBlock("latest")).timestamp;
  await provider.send("evm_increaseTime", [3_600]);
  await provider.send("evm_mine", []);
  return (await provider.getBlock("latest")).timestamp - before >= 3_600;
});

// Refusals.
const told = (error) => ({
  code: error.code,
  reason: error.reason,
  data: error.data,
  revert: error.revert && { name: error.revert.name, args: [...error.revert.args] },
  status: error.receipt?.status,
  node: error.error ?? error.info?.error,
  message: error.shortMessage,
});
const fees = { maxFeePerGas: gwei(100), maxPriorityFeePerGas: gwei(1) };
const given = { to, value: 1n, gasLimit: 21_000n, ...fees };
const no = (name, expected, action) => refused(name, expected, told, action);
const unknown = (message, code = -32_000) => ({ code: "UNKNOWN_ERROR", node: { code, message } });
await no("nonce too low", { code: "NONCE_EXPIRED", node: { message: /^nonce too low/ } }, () =>
  wallet.sendTransaction({ ...given, nonce: 0 }),
);
await no("nonce too high", unknown(/^nonce too high/, Number.isInteger), async () =>
  wallet.sendTransaction({ ...given, nonce: (await wallet.getNonce()) + 5 }),
);
const beggar = new ethers.Wallet(poor, provider);
await no("insufficient funds to send", { code: "INSUFFICIENT_FUNDS" }, () =>
  beggar.sendTransaction({ ...given, value: ethers.parseEther("9") }),
);
await no("insufficient funds to estimate", { code: "INSUFFICIENT_FUNDS" }, () =>
  beggar.sendTransaction({ to, value: ethers.parseEther("9") }),
);
await no("fee cap under the base fee", unknown(/^max fee per gas less than block base fee/, Number.isInteger), () =>
  wallet.sendTransaction({ ...given, maxFeePerGas: 1n, maxPriorityFeePerGas: 0n }),
);
await no("intrinsic gas", unknown(/^intrinsic gas too low/, Number.isInteger), () =>
  wallet.sendTransaction({ ...given, gasLimit: 20_000n }),
);
const signed = async (more) =>
  provider.broadcastTransaction(
    await wallet.signTransaction({ ...given, chainId: 1337, type: 2, nonce: await wallet.getNonce(), ...more }),
  );
await no("intrinsic gas of an access list", unknown(/^intrinsic gas too low/, Number.isInteger), () =>
  signed({ accessList: [{ address: to, storageKeys: [] }] }),
);
await no("intrinsic gas of type 1", unknown(/^intrinsic gas too low/, Number.isInteger), async () =>
  provider.broadcastTransaction(
    await wallet.signTransaction({
      to,
      chainId: 1337,
      type: 1,
      nonce: await wallet.getNonce(),
      gasPrice: gwei(100),
      gasLimit: 21_000n,
      accessList: [{ address: to, storageKeys: [] }],
    }),
  ),
);
await no("signed for another chain", unknown(/^invalid (sender|chain id)/, Number.isInteger), () =>
  signed({ chainId: 5 }),
);
await no("code that is too large to deploy", unknown(/^max initcode size exceeded/, Number.isInteger), () =>
  signed({ to: null, value: 0n, gasLimit: 5_000_000n, data: `0x${"00".repeat(49_153)}` }),
);
await no("gas over the block's", unknown(/^exceeds block gas limit/, Number.isInteger), () =>
  wallet.sendTransaction({ ...given, gasLimit: 70_000_000n }),
);
await no("the same transaction again", { code: "NONCE_EXPIRED" }, async () => {
  const raw = await wallet.signTransaction(await wallet.populateTransaction({ ...given }));
  await (await provider.broadcastTransaction(raw)).wait();
  return provider.broadcastTransaction(raw);
});
const reverted = { code: "CALL_EXCEPTION" };
const refusal = { ...reverted, reason: "the sample refuses" };
await no("reason of a call", refusal, () => sample.refuse.staticCall());
await no(
  "reason of an estimate",
  { ...refusal, node: { code: 3, message: "execution reverted: the sample refuses" } },
  () => sample.refuse(),
);
await no("custom error", { ...reverted, revert: { name: "Exceeded", args: [5n, 11n] } }, () =>
  sample.exceed.staticCall(5n),
);
await no("panic", { ...reverted, reason: "Panic due to OVERFLOW(17)", revert: { name: "Panic", args: [17] } }, () =>
  sample.panic.staticCall(),
);
await no("revert without data", { ...reverted, reason: "require(false)", data: "0x" }, () => sample.fail.staticCall());
await no("mined and reverted", { ...reverted, status: 0 }, async () =>
  (await sample.refuse({ gasLimit: 100_000n, ...fees })).wait(),
);
await no("no contract there", { code: "BAD_DATA" }, () => sample.attach(to).number());
await no("unknown method", { code: "UNSUPPORTED_OPERATION" }, () => provider.send("eth_noSuchMethod", []));
await no("invalid params", unknown(/./, -32_602), () => provider.send("eth_getBalance", ["0x12", "latest"]));
process.exit(0);
