// Hardhat 2 with hardhat-ethers, and the served node as an external network of its configuration.

import { abi, bytecode, isBig, isHash, recipient, refused, repeat, step, typed } from "./steps.mjs";

process.env.HARDHAT_NETWORK = "lab";
const { default: hre } = await import("hardhat");
const { ethers, network } = hre;
const provider = ethers.provider;
const [me, beggar] = await ethers.getSigners();
const to = recipient;
const rpc = (method, ...params) => network.provider.request({ method, params });
const mined = async (sending) => (await sending).wait();

// Connecting and reading.
await step("network", { name: "lab", chainId: 1337n }, async () => ({
  name: network.name,
  chainId: (await provider.getNetwork()).chainId,
}));
await step("block number", Number.isInteger, () => provider.getBlockNumber());
await step("latest block", { hash: isHash, gasLimit: 60_000_000n, baseFeePerGas: isBig }, async () => {
  const { hash, gasLimit, baseFeePerGas } = await provider.getBlock("latest");
  return { hash, gasLimit, baseFeePerGas };
});
await step(
  "pending block",
  true,
  async () => (await provider.getBlock("pending")).number === (await provider.getBlockNumber()) + 1,
);
await step("balance", ethers.parseEther("100"), () => provider.getBalance(me));
await step("nonce", 0, () => me.getNonce());
await step("no code", "0x", () => provider.getCode(to));
await step("fee data", { maxFeePerGas: isBig, maxPriorityFeePerGas: isBig }, async () => ({
  ...(await provider.getFeeData()),
}));
await step("accounts of the configuration", 3, async () => (await rpc("eth_accounts")).length);

// Sending.
const short = ({ type, status, gasUsed }) => ({ type, status, gasUsed });
await step("estimate a payment", 21_000n, () => me.estimateGas({ to, value: 1n }));
for (const [type, gasUsed, more] of [
  [2, 21_000n],
  [0, 21_000n, { gasPrice: 10n ** 10n }],
  [1, 25_300n, { gasPrice: 10n ** 10n, accessList: [{ address: to, storageKeys: [ethers.ZeroHash] }] }],
]) {
  await step(`send type ${type}`, { type, status: 1, gasUsed }, async () =>
    short(await mined(me.sendTransaction({ to, value: 1n, ...more }))),
  );
}
await step("transaction by hash", { value: 7n, type: 2 }, async () => {
  const { hash } = await mined(me.sendTransaction({ to, value: 7n }));
  const { value, type } = await provider.getTransaction(hash);
  return { value, type };
});

// A contract.
const factory = await ethers.getContractFactory(abi, bytecode);
const sample = await factory.deploy(3n, { value: 2n });
const at = await sample.getAddress();
await step("deploy", true, async () => (await (await sample.waitForDeployment()).getDeployedCode()).length > 1_000);
await step("call", 3n, () => sample.number());
await step("static call", 3n, () => sample.store.staticCall(9n, "unsent"));
await step(
  "call with tuples",
  "0xff",
  async () =>
    (
      await sample.swap(
        [
          [1n, to],
          [2n, at],
        ],
        "0xff",
      )
    )[1],
);
await step("call in the context of the newest block", true, async () => {
  const [number, time] = await sample.context();
  const head = await provider.getBlock("latest");
  return number === BigInt(head.number) && time === BigInt(head.timestamp);
});
let stored;
await step("send to a contract", ["8", "3", "first"], async () => {
  stored = await mined(sample.store(8n, "first"));
  return stored.logs[0].args.slice(1).map(String);
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
await step("call at an earlier block", [3n, 8n], async () => [
  await sample.number({ blockTag: stored.blockNumber - 1 }),
  await sample.number({ blockTag: stored.blockNumber }),
]);
await step(
  "contract at an address",
  true,
  async () => (await (await ethers.getContractAt(abi, at)).number()) === BigInt(await provider.getStorage(at, 0)),
);

// Events.
await step("events by an indexed argument", ["first"], async () =>
  (await sample.queryFilter(sample.filters.Stored(me.address, 8n), 0)).map(({ args }) => args.note),
);
await step("listen to an event", "heard", async () => {
  const seen = [];
  await sample.on("Stored", (by, number, before, note) => seen.push(note));
  await repeat(seen, () => mined(sample.store(11n, "heard")));
  await sample.removeAllListeners();
  return seen[0];
});

// Signing, and the accounts of the node.
await step("message", me.address, async () => ethers.verifyMessage("hello", await me.signMessage("hello")));
await step("typed data", me.address, async () =>
  ethers.verifyTypedData(
    typed.domain,
    typed.types,
    typed.message,
    await me.signTypedData(typed.domain, typed.types, typed.message),
  ),
);

// What tests do with a chain.
await step("snapshot and revert", true, async () => {
  const before = await provider.getBalance(to);
  const snapshot = await rpc("evm_snapshot");
  await mined(me.sendTransaction({ to, value: 100n }));
  await rpc("evm_revert", snapshot);
  return (await provider.getBalance(to)) === before;
});
await step("mine many", 5, async () => {
  const before = await provider.getBlockNumber();
  await rpc("hardhat_mine", "0x5");
  return (await provider.getBlockNumber()) - before;
});
await step("travel", true, async () => {
  const before = (await provider.getBlock("latest")).timestamp;
  await rpc("evm_increaseTime", 3_600);
  await rpc("evm_mine");
  return (await provider.getBlock("latest")).timestamp - before >= 3_600;
});
await step("set the state", [5n, "0x00", 7n], async () => {
  const other = "0x00000000000000000000000000000000000000a1";
  await rpc("hardhat_setBalance", other, "0x5");
  await rpc("hardhat_setCode", other, "0x00");
  await rpc("hardhat_setStorageAt", other, "0x1", ethers.toBeHex(7, 32));
  return [await provider.getBalance(other), await provider.getCode(other), BigInt(await provider.getStorage(other, 1))];
});
// Refusals: what a test sees.
function told(error) {
  const revert = error.data?.length >= 10 && sample.interface.parseError(error.data);
  const decoded = revert ? { name: revert.name, args: [...revert.args].map(String) } : undefined;
  return { name: error.name, code: error.code, message: error.message, revert: decoded, status: error.receipt?.status };
}
const no = (name, expected, action) => refused(name, expected, told, action);
const given = { to, value: 1n, gasLimit: 21_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
const says = (message) => ({ name: "ProviderError", message });
await no("nonce too low", says(/^nonce too low/), () => me.sendTransaction({ ...given, nonce: 0 }));
await no("nonce too high", says(/^nonce too high/), async () =>
  me.sendTransaction({ ...given, nonce: (await me.getNonce()) + 5 }),
);
await no("insufficient funds to send", says(/^insufficient funds/i), () =>
  beggar.sendTransaction({ ...given, value: ethers.parseEther("9") }),
);
await no("insufficient funds to estimate", says(/^insufficient funds/i), () =>
  beggar.sendTransaction({ to, value: ethers.parseEther("9") }),
);
await no("fee cap under the base fee", says(/^max fee per gas less than block base fee/), () =>
  me.sendTransaction({ ...given, maxFeePerGas: 1n }),
);
await no("intrinsic gas", says(/^intrinsic gas too low/), () => me.sendTransaction({ ...given, gasLimit: 20_000n }));
await no("gas over the block's", says(/^exceeds block gas limit/), () =>
  me.sendTransaction({ ...given, gasLimit: 70_000_000n }),
);
const reverted = (name, ...args) => ({ name: "ProviderError", code: 3, revert: { name, args: args.map(String) } });
const reason = { ...reverted("Error", "the sample refuses"), message: "execution reverted: the sample refuses" };
await no("reason of a call", reason, () => sample.refuse.staticCall());
await no("reason of an estimate", reason, () => sample.refuse());
const number = await sample.number();
await no("custom error", reverted("Exceeded", 5, number), () => sample.exceed.staticCall(5n));
await no("panic", reverted("Panic", 17), () => sample.panic.staticCall());
await no("revert without data", { name: "ProviderError", code: 3, message: "execution reverted" }, () =>
  sample.fail.staticCall(),
);
await no("mined and reverted", { code: "CALL_EXCEPTION", status: 0 }, () =>
  mined(sample.refuse({ gasLimit: 100_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n })),
);
await no("unknown method", { name: "ProviderError", code: -32_601 }, () => rpc("eth_noSuchMethod"));
await no("invalid params", { name: "ProviderError", code: -32_602 }, () => rpc("eth_getBalance", "0x12", "latest"));

// The same project, on a network whose node holds the keys.
const { createProvider } = await import("hardhat/internal/core/providers/construction.js");
const remote = await createProvider(hre.config, "remote", hre.artifacts);
const sent = async (from) => {
  const hash = await remote.request({ method: "eth_sendTransaction", params: [{ from, to, value: "0x1" }] });
  return (await (await provider.getTransaction(hash)).wait()).status;
};
await step("send by an account of the node", 1, async () =>
  sent((await remote.request({ method: "eth_accounts", params: [] }))[0]),
);
await step("an account of the node signs", true, async () => {
  const [by] = await remote.request({ method: "eth_accounts", params: [] });
  const signature = await remote.request({
    method: "personal_sign",
    params: [ethers.hexlify(ethers.toUtf8Bytes("hello")), by],
  });
  return ethers.verifyMessage("hello", signature).toLowerCase() === by.toLowerCase();
});
await step("impersonate", 1, async () => {
  const stranger = "0x00000000000000000000000000000000000000f1";
  await rpc("hardhat_setBalance", stranger, "0xde0b6b3a7640000");
  await rpc("hardhat_impersonateAccount", stranger);
  const status = await sent(stranger);
  await rpc("hardhat_stopImpersonatingAccount", stranger);
  return status;
});
process.exit(0);
