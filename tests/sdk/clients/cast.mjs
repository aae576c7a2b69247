// Foundry's cast, as a shell runs it.

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { bytecode, delegated, isHash, key, poor, recipient, refused, step, typed, url } from "./steps.mjs";

const machine = { x64: "amd64", arm64: "arm64" }[process.arch];
const program = createRequire(import.meta.url).resolve(`@foundry-rs/cast-${process.platform}-${machine}/bin/cast`);

/** What a command prints; an error with what it complains of. */
function cast(...words) {
  return new Promise((done, refuse) => {
    execFile(program, words, { env: { ...process.env, ETH_RPC_URL: url } }, (error, printed, complaint) => {
      if (error) refuse(new Error(complaint.trim()));
      else done(printed.trim());
    });
  });
}
const json = async (...words) => JSON.parse(await cast(...words, "--json"));
const by = (secret) => ["--private-key", secret];
const send = (...words) => json("send", ...by(key), ...words);
const to = recipient;
const me = await cast("wallet", "address", ...by(key));
const big = (shown) => /^[1-9]\d*$/.test(shown);

// Connecting and reading.
await step("chain", "1337", () => cast("chain-id"));
await step(
  "client",
  (text) => text.length > 0,
  () => cast("client"),
);
await step("block number", /^\d+$/, () => cast("block-number"));
await step("latest block", { hash: isHash, gasLimit: "0x3938700", baseFeePerGas: "0x3b9aca00" }, () => json("block"));
await step("a field of a block", /^\d+$/, () => cast("block", "latest", "--field", "timestamp"));
await step("pending block", { number: (number) => BigInt(number) >= 1n }, () => json("block", "pending"));
await step("age of a block", /20\d\d/, () => cast("age"));
await step("balance", "100.000000000000000000", () => cast("balance", me, "--ether"));
await step("nonce", "0", () => cast("nonce", me));
await step("no code", "0x", () => cast("code", to));
await step("gas price", big, () => cast("gas-price"));
await step("base fee", big, () => cast("base-fee"));
await step("any method", '"0x539"', () => cast("rpc", "eth_chainId"));

// Sending.
await step("estimate a payment", "21000", () => cast("estimate", to, "--value", "1", "--from", me));
for (const [name, type, gasUsed, more] of [
  ["type 2", "0x2", "0x5208", []],
  ["type 0", "0x0", "0x5208", ["--legacy"]],
  [
    "type 1",
    "0x1",
    "0x62d4",
    ["--legacy", "--access-list", `[{"address":"${to}","storageKeys":["0x${"00".repeat(32)}"]}]`],
  ],
]) {
  await step(`send ${name}`, { type, status: "0x1", gasUsed }, () => send(to, "--value", "1", ...more));
}
await step("transaction by hash", { value: "0x7", blockHash: isHash }, async () =>
  json("tx", (await send(to, "--value", "7")).transactionHash),
);
await step("receipt", { status: "0x1" }, async () => json("receipt", (await send(to, "--value", "1")).transactionHash));
await step("publish what was signed", { status: "0x1" }, async () =>
  json("publish", await cast("mktx", ...by(key), to, "--value", "1")),
);
await step("send and wait in one request", { status: "0x1" }, () => send("--sync", to, "--value", "1"));

// A contract.
const code = `${bytecode}${3n.toString(16).padStart(64, "0")}`;
const made = await step("deploy", { status: "0x1", contractAddress: /^0x/ }, () =>
  send("--value", "2", "--create", code),
);
const at = made.contractAddress;
await step("code", true, async () => (await cast("code", at)).length > 1_000);
await step("call", "3", () => cast("call", at, "number()(uint256)"));
await step("call with tuples", /\(2, 0x.*\(1, 0x.*\n0xff$/s, () =>
  cast("call", at, "swap((uint256,address)[],bytes)((uint256,address)[],bytes)", `[(1,${to}),(2,${at})]`, "0xff"),
);
const [store, signature] = ["store(uint256,string)", "store(uint256,string)(uint256)"];
await step("call by somebody", "3", () => cast("call", at, signature, "9", "unsent", "--from", me));
const words = "context()(uint256,uint256,uint256,address)";
const numbers = (printed) => printed.split("\n").map((line) => line.split(" ")[0]);
await step("call in the context of the newest block", true, async () => {
  const [number, time] = numbers(await cast("call", at, words));
  return number === (await cast("block-number")) && time === (await cast("block", "latest", "--field", "timestamp"));
});
const stored = await step("send to a contract", { status: "0x1", logs: (logs) => logs.length === 1 }, () =>
  send(at, store, "8", "first"),
);
await step(
  "estimate a call",
  (gas) => gas > 21_000 && gas < 60_000,
  async () => Number(await cast("estimate", at, store, "9", "x", "--from", me)),
);
await step("an estimate is enough where the contract looks at its gas", { status: "0x1" }, () =>
  send(at, "demand(uint256)", "200000"),
);
await step("call at an earlier block", ["3", "8"], async () => {
  const number = Number(stored.blockNumber);
  return [
    await cast("call", at, "number()(uint256)", "--block", `${number - 1}`),
    await cast("call", at, "number()(uint256)", "--block", `${number}`),
  ];
});
await step(
  "storage",
  true,
  async () => String(BigInt(await cast("storage", at, "0"))) === (await cast("call", at, "number()(uint256)")),
);
await step("state overrides", "77", () =>
  cast("call", at, "number()(uint256)", "--override-state-diff", `${at}:0x0:0x4d`),
);
await step("block overrides", ["500", "2000000000"], async () =>
  numbers(await cast("call", at, words, "--block.number", "500", "--block.time", "2000000000")).slice(0, 2),
);
await step("create an access list", { gasUsed: /^0x/ }, () => json("access-list", at, store, "9", "", "--from", me));
await step("trace a call", /number\(\)|0x8381f58a/, () =>
  cast("rpc", "debug_traceCall", JSON.stringify({ to: at, data: "0x8381f58a" }), "latest", '{"tracer":"callTracer"}'),
);

// Events.
const event = "Stored(address indexed,uint256 indexed,uint256,string)";
await step(
  "events by an indexed argument",
  1,
  async () => (await json("logs", "--from-block", "0", "--to-block", "latest", "--address", at, event, me, "8")).length,
);
await step(
  "events of a block",
  1,
  async () =>
    (await json("logs", "--from-block", `${Number(stored.blockNumber)}`, "--to-block", `${Number(stored.blockNumber)}`))
      .length,
);

// EIP-7702.
const owner = await cast("wallet", "address", ...by(delegated));
await step("delegate and call in one transaction", { type: "0x4", status: "0x1", number: "15" }, async () => {
  const { type, status } = await json("send", ...by(delegated), owner, store, "15", "as a wallet", "--auth", at);
  return { type, status, number: await cast("call", owner, "number()(uint256)") };
});
await step("code of a delegated account", `0xef0100${at.slice(2)}`, () => cast("code", owner));
await step("an authorization that another sends", { status: "0x1" }, async () => {
  const [{ address, private_key: other }] = await json("wallet", "new");
  const authorization = await cast("wallet", "sign-auth", at, ...by(other));
  return send(address, store, "16", "sponsored", "--auth", authorization);
});

// Signing, and the accounts of the node.
await step("message", /succeeded/, async () =>
  cast("wallet", "verify", "--address", me, "hello", await cast("wallet", "sign", ...by(key), "hello")),
);
await step("typed data", /^0x[0-9a-f]{130}$/, () => {
  const EIP712Domain = Object.entries({
    name: "string",
    version: "string",
    chainId: "uint256",
    verifyingContract: "address",
  }).map(([name, type]) => ({ name, type }));
  const data = { ...typed, types: { EIP712Domain, ...typed.types }, primaryType: "Order" };
  return cast("wallet", "sign", ...by(key), "--data", JSON.stringify(data));
});
await step("send by an account of the node", { status: "0x1" }, async () =>
  json("send", "--unlocked", "--from", JSON.parse(await cast("rpc", "eth_accounts"))[0], to, "--value", "1"),
);

// Levers.
await step("mine", true, async () => {
  const before = Number(await cast("block-number"));
  await cast("rpc", "evm_mine");
  return Number(await cast("block-number")) === before + 1;
});
await step("impersonate", { status: "0x1" }, async () => {
  const stranger = "0x00000000000000000000000000000000000000f1";
  await cast("rpc", "anvil_setBalance", stranger, "0xde0b6b3a7640000");
  await cast("rpc", "anvil_impersonateAccount", stranger);
  return json("send", "--unlocked", "--from", stranger, to, "--value", "1");
});

// Refusals: what is printed.
const no = (name, expected, ...command) =>
  refused(
    name,
    expected,
    (error) => error.message,
    () => cast(...command),
  );
const given = ["--async", "--gas-limit", "21000", "--gas-price", "100gwei", "--priority-gas-price", "1"];
const attempt = (secret, ...more) => ["send", ...by(secret), ...given, to, "--value", "1", ...more];
const priced = (price, gas) => [
  "send",
  ...by(key),
  "--async",
  "--gas-limit",
  gas,
  "--gas-price",
  price,
  "--priority-gas-price",
  "1",
  to,
  "--value",
  "1",
];
await no("nonce too low", /error code -?\d+: nonce too low/, ...attempt(key, "--nonce", "0"));
await no("nonce too high", /error code -?\d+: nonce too high/, ...attempt(key, "--nonce", "9999"));
const much = ["send", ...by(poor), "--async", to, "--value", "9ether"];
await no("insufficient funds to send", /insufficient funds/i, ...much, "--gas-limit", "21000");
await no("insufficient funds to estimate", /insufficient funds/i, ...much);
await no("fee cap under the base fee", /: max fee per gas less than block base fee/, ...priced("1", "21000"));
await no("intrinsic gas", /: intrinsic gas too low/, ...priced("100gwei", "20000"));
await no("gas over the block's", /: exceeds block gas limit/, ...priced("100gwei", "70000000"));
const reverted = /error code 3: execution reverted/;
await no("reason of a call", /error code 3: execution reverted: the sample refuses/, "call", at, "refuse()");
await no("reason of an estimate", /error code 3: execution reverted: the sample refuses/, "estimate", at, "refuse()");
await no(
  "reason of a send",
  /error code 3: execution reverted: the sample refuses/,
  "send",
  ...by(key),
  at,
  "refuse()",
);
await no("custom error", new RegExp(`${reverted.source}.*0x657cc391`, "s"), "call", at, "exceed(uint256)", "5");
await no("panic", new RegExp(`${reverted.source}.*0x4e487b71`, "s"), "call", at, "panic()");
await no("revert without data", reverted, "call", at, "fail()");
await step("mined and reverted", { status: "0x0" }, () => send(at, "refuse()", "--gas-limit", "100000"));
await no("no contract there", /does not have any code|empty/i, "call", to, "number()(uint256)");
await no("unknown method", /error code -32601: /, "rpc", "eth_noSuchMethod");
await no("invalid params", /error code -32602: /, "rpc", "eth_getBalance", "0x12", "latest");
process.exit(0);
