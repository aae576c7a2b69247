// web3.js 4, as its users use it.

import { Web3 } from "web3";
import { abi, bytecode, isBig, isHash, key, poor, recipient, refused, step, until, url } from "./steps.mjs";

const web3 = new Web3(url);
const { eth } = web3;
for (const [option, value] of Object.entries({
  transactionPollingInterval: 20,
  transactionReceiptPollingInterval: 20,
  enableExperimentalFeatures: { useSubscriptionWhenCheckingBlockTimeout: false, useRpcCallSpecification: false },
})) {
  eth[option] = value;
}
eth.transactionConfirmationPollingInterval = 20;
const me = eth.accounts.wallet.add(key)[0].address;
const beggar = eth.accounts.wallet.add(poor)[1].address;
const to = recipient;
const send = (more) => eth.sendTransaction({ from: me, to, value: 1n, ...more });

// Connecting and reading.
await step("chain", 1337n, () => eth.getChainId());
await step("network and client", [1337n, (text) => text.length > 0], () =>
  Promise.all([eth.net.getId(), eth.getNodeInfo()]),
);
await step("listening", true, () => eth.net.isListening());
await step(
  "block number",
  (number) => number >= 0n,
  () => eth.getBlockNumber(),
);
const block = { hash: isHash, parentHash: isHash, gasLimit: 60_000_000n, baseFeePerGas: isBig };
const latest = await step("latest block", block, () => eth.getBlock());
await step("block by hash", { number: latest?.number }, () => eth.getBlock(latest.hash));
await step("pending block", { number: latest?.number + 1n }, () => eth.getBlock("pending"));
await step("balance", isBig, () => eth.getBalance(me));
await step("nonce", [0n, 0n], () => Promise.all([eth.getTransactionCount(me), eth.getTransactionCount(me, "pending")]));
await step("no code", "0x", () => eth.getCode(to));
await step("fee data", { maxFeePerGas: isBig, maxPriorityFeePerGas: isBig, gasPrice: isBig }, () =>
  eth.calculateFeeData(),
);
await step("fee history", { baseFeePerGas: [isBig, isBig] }, () => eth.getFeeHistory(1, "latest", [25, 75]));
await step("reads in one batch", [1337n, 0n], async () => {
  const batch = new web3.BatchRequest();
  const asked = [
    ["eth_chainId", []],
    ["eth_getBalance", [to, "latest"]],
  ].map(([method, params], id) => batch.add({ jsonrpc: "2.0", id: id + 1, method, params }));
  await batch.execute();
  return (await Promise.all(asked)).map((answer) => BigInt(answer.result ?? answer));
});

// Sending.
await step("estimate a payment", 21_000n, () => eth.estimateGas({ from: me, to, value: 1n }));
const short = ({ type, status, gasUsed, transactionHash }) => ({
  type,
  status,
  gasUsed,
  hash: isHash(transactionHash),
});
for (const [type, gasUsed, more] of [
  ["2", 21_000n],
  ["0", 21_000n],
  ["1", 25_300n, { gas: 30_000n, accessList: [{ address: to, storageKeys: [`0x${"00".repeat(32)}`] }] }],
]) {
  const expected = { type: BigInt(type), status: 1n, gasUsed, hash: true };
  await step(`send type ${type}`, expected, async () => short(await send({ type: `0x${type}`, ...more })));
}
await step("the events of a promise", ["sending", "sent", "transactionHash", "receipt", "confirmation"], async () => {
  const seen = [];
  const sending = send();
  for (const name of ["sending", "sent", "transactionHash", "receipt", "confirmation"]) {
    sending.on(name, () => seen.includes(name) || seen.push(name));
  }
  await sending;
  const confirmed = [];
  sending.on("confirmation", () => confirmed.push(true));
  await web3.provider.request({ jsonrpc: "2.0", id: 1, method: "evm_mine", params: [] });
  await until(confirmed);
  return seen;
});
await step("transaction by hash", { value: 7n, blockHash: isHash }, async () =>
  eth.getTransaction((await send({ value: 7n })).transactionHash),
);
await step("transactions of a block", [7n], async () =>
  (await eth.getBlock("latest", true)).transactions.map(({ value }) => value),
);
await step("send what was signed", 1n, async () => {
  const signed = await eth.accounts.signTransaction(
    {
      from: me,
      to,
      value: 1n,
      gas: 21_000n,
      maxFeePerGas: 10n ** 11n,
      maxPriorityFeePerGas: 1n,
      nonce: await eth.getTransactionCount(me),
      chainId: 1337n,
      type: 2,
    },
    key,
  );
  return (await eth.sendSignedTransaction(signed.rawTransaction)).status;
});

// A contract.
const contract = new eth.Contract(abi);
const at = await step(
  "deploy",
  (address) => address.length === 42,
  async () =>
    (await contract.deploy({ data: bytecode, arguments: [3n] }).send({ from: me, value: "2" })).options.address,
);
const sample = new eth.Contract(abi, at);
const { methods } = sample;
sample.config.contractDataInputFill = "data";
await step("call", 3n, () => methods.number().call());
await step("static call", 3n, () => methods.store(9n, "unsent").call({ from: me }));
await step("call with tuples", ["2", "0xff"], async () => {
  const answer = await methods
    .swap(
      [
        [1n, to],
        [2n, at],
      ],
      "0xff",
    )
    .call();
  return [String(answer[0][0].first), answer[1]];
});
await step("call in the context of the newest block", true, async () => {
  const answer = await methods.context().call();
  const head = await eth.getBlock();
  return answer[0] === head.number && answer[1] === head.timestamp;
});
let stored;
await step("send to a contract", { number: 8n, before: 3n, note: "first" }, async () => {
  stored = await methods.store(8n, "first").send({ from: me });
  return stored.events.Stored.returnValues;
});
await step(
  "estimate a call",
  (gas) => gas > 21_000n && gas < 60_000n,
  () => methods.store(9n, "x").estimateGas({ from: me }),
);
await step(
  "an estimate is enough where the contract looks at its gas",
  1n,
  async () => (await methods.demand(200_000n).send({ from: me })).status,
);
await step("call at an earlier block", [3n, 8n], () =>
  Promise.all([1n, 0n].map((back) => methods.number().call({}, stored.blockNumber - back))),
);
await step("storage", true, async () => BigInt(await eth.getStorageAt(at, 0)) === (await methods.number().call()));
await step("create an access list", { accessList: (list) => list.length > 0 }, () =>
  methods.store(9n, "").createAccessList({ from: me }),
);

// Events.
const notes = (events) => events.map(({ returnValues }) => returnValues.note);
await step("events by an indexed argument", ["first"], async () =>
  notes(await sample.getPastEvents("Stored", { filter: { number: 8n }, fromBlock: 0n })),
);
await step(
  "logs of a block",
  1,
  async () => (await eth.getPastLogs({ address: at, blockHash: stored.blockHash })).length,
);
// The accounts of the node, and signing.
await step("message", me, async () => eth.accounts.recover("hello", eth.accounts.sign("hello", key).signature));
const held = await step(
  "accounts of the node",
  (accounts) => accounts.length > 0,
  () => eth.getAccounts(),
);
await step("send by an account of the node", 1n, async () => (await send({ from: held[0] })).status);
await step("an account of the node signs", true, async () => {
  const signature = await eth.sign(web3.utils.utf8ToHex("hello"), held[0]);
  return eth.accounts.recover("hello", signature) === held[0];
});

// Refusals.
function told(error) {
  const inner = [error, ...(error.innerError ? [error.innerError] : []), ...(error.cause ? [error.cause] : [])];
  return {
    class: error.constructor.name,
    message: error.message,
    reason: error.reason,
    inner: inner.slice(1).map((e) => ({
      class: e.constructor.name,
      message: e.message,
      code: e.code,
      name: e.errorName,
      args: e.errorArgs,
    })),
    status: error.receipt?.status,
  };
}
const no = (name, expected, action) => refused(name, expected, told, action);
const given = { gas: 21_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
const raw = { checkRevertBeforeSending: false };
const bare = (more) => eth.sendTransaction({ from: me, to, value: 1n, ...given, ...more }, undefined, raw);
const says = (words) => ({ class: "InvalidResponseError", message: new RegExp(`^Returned error: ${words}`, "i") });
const code = (number) => ({ class: "InvalidResponseError", inner: (all) => all[0].code === number });
const taken = (sending) => new Promise((done, refuse) => sending.once("transactionHash", done).catch(refuse));
await no("nonce too low", says("nonce too low"), () => bare({ nonce: 0n }));
await no("nonce too high", says("nonce too high"), async () =>
  taken(bare({ nonce: (await eth.getTransactionCount(me)) + 5n })),
);
await no("insufficient funds to send", says("insufficient funds"), () =>
  bare({ from: beggar, value: 9n * 10n ** 18n }),
);
await no("insufficient funds to estimate", { reason: /^insufficient funds/i }, () =>
  send({ from: beggar, value: 9n * 10n ** 18n }),
);
await no("fee cap under the base fee", says("max fee per gas less than block base fee"), () =>
  bare({ maxFeePerGas: 1n }),
);
await no("gas over the block's", says("exceeds block gas limit"), () => bare({ gas: 70_000_000n }));
const call = (method) => method.call({ from: me });
const execution = (inner) => ({
  class: "ContractExecutionError",
  inner: (all) => all[0].class === "Eip838ExecutionError" && inner(all[0]),
});
const reason = execution(({ message }) => message === "execution reverted: the sample refuses");
await no("reason of a call", reason, () => call(methods.refuse()));
await no("reason of an estimate", reason, () => methods.refuse().estimateGas({ from: me }));
await no("reason of a send", reason, () => methods.refuse().send({ from: me }));
await no(
  "custom error",
  execution(({ name, args }) => name === "Exceeded" && args.asked === 5n),
  () => call(methods.exceed(5n)),
);
await no(
  "panic",
  execution(({ name, args }) => name === "Panic" && args[0] === 17n),
  () => call(methods.panic()),
);
await no(
  "revert without data",
  execution(() => true),
  () => call(methods.fail()),
);
await no("mined and reverted", { status: 0n }, () =>
  bare({ to: at, value: 0n, data: methods.refuse().encodeABI(), gas: 100_000n }),
);
await no("no contract there", { class: "AbiError" }, () => new eth.Contract(abi, to).methods.number().call());
await no("unknown method", code(-32_601), () => web3.requestManager.send({ method: "eth_noSuchMethod", params: [] }));
await no("invalid params", code(-32_602), () =>
  web3.requestManager.send({ method: "eth_getBalance", params: ["0x12", "latest"] }),
);
process.exit(0);
