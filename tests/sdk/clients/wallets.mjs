// What the flows of permissionless have in common: a client for an account, and the steps that each account takes.

import { createRequire } from "node:module";
import { createSmartAccountClient } from "permissionless";
import { createPimlicoClient } from "permissionless/clients/pimlico";
import * as viem from "viem";
import { createPaymasterClient, entryPoint07Abi, entryPoint07Address } from "viem/account-abstraction";
import { privateKeyToAccount } from "viem/accounts";
import { abi, bytecode, delegated, isBig, key, poor, recipient, refused, step, typed, url } from "./steps.mjs";

const require = createRequire(import.meta.url);
const nativeCurrency = { name: "Ether", symbol: "ETH", decimals: 18 };
const chain = viem.defineChain({ id: 1337, name: "sessionlab", nativeCurrency, rpcUrls: { default: { http: [url] } } });
const common = { chain, transport: viem.http(url, { retryCount: 0 }), pollingInterval: 20, cacheTime: 0 };
export const client = viem.createPublicClient(common);
export const payer = viem.createWalletClient({ ...common, account: privateKeyToAccount(key) });
export const test = viem.createTestClient({ ...common, mode: "anvil" });
export const owner = privateKeyToAccount(delegated);
export const stranger = privateKeyToAccount(poor);
export const entryPoint = { address: entryPoint07Address, version: "0.7" };
const pimlico = createPimlicoClient({ ...common, entryPoint });
const mined = async (sending) => client.waitForTransactionReceipt({ hash: await sending });

/** The deployment code that a package publishes. */
export function published(path) {
  const { abi, bytecode } = require(path);
  return { abi, bytecode };
}

/** Deploy by a transaction; its address. */
export async function deploy({ abi, bytecode }, args = [], value = 0n) {
  return (await mined(payer.deployContract({ abi, bytecode, args, value }))).contractAddress;
}

const sample = await deploy({ abi, bytecode }, [3n]);
const store = (number, note) => ({ to: sample, abi, functionName: "store", args: [number, note] });

function clientFor(account, more = {}) {
  return createSmartAccountClient({
    account,
    chain,
    client,
    bundlerTransport: viem.http(url, { retryCount: 0 }),
    pollingInterval: 20,
    ...more,
  });
}

function told(error) {
  const all = [];
  for (let e = error; e; e = e.cause) all.push(e);
  const details = all.map((e) => e.details).find(Boolean);
  return {
    classes: all.map((e) => e.name),
    details,
    code: all.map((e) => e.code).findLast((code) => code !== undefined),
    error: all.map((e) => e.data?.errorName).find(Boolean),
    // A foreign wallet has no sessions: nothing said about it speaks of them.
    sessions: /session/i.test(details ?? ""),
  };
}
const no = (name, expected, action) => refused(name, expected, told, action);
const has = (name, details = () => true) => ({
  classes: (classes) => classes.includes(name),
  details,
  sessions: false,
});

/** The steps of an account that `make({ owner, index, address })` makes with permissionless; some sign messages. */
export async function walk(make, { signs }) {
  const account = await make({ owner });
  const { address } = account;
  const smart = clientFor(account);
  const events = (receipt) =>
    viem.parseEventLogs({ abi, logs: receipt.logs }).map(({ args }) => [args.by, args.number]);
  const done = async (hash) => smart.waitForUserOperationReceipt({ hash: await hash });

  await step("entry points", [entryPoint07Address], () => smart.getSupportedEntryPoints());
  await step("not deployed yet", false, () => account.isDeployed());
  await mined(payer.sendTransaction({ to: address, value: viem.parseEther("2") }));
  if (signs)
    await step("message before it is deployed", true, async () =>
      client.verifyMessage({ address, message: "hello", signature: await account.signMessage({ message: "hello" }) }),
    );
  await step("estimate", { callGasLimit: isBig, verificationGasLimit: isBig, preVerificationGas: isBig }, () =>
    smart.estimateUserOperationGas({ calls: [store(4n, "estimated")] }),
  );
  const first = await step("deploy with the first call", { success: true, sender: viem.getAddress(address) }, () =>
    done(smart.sendUserOperation({ calls: [{ to: recipient, value: 7n }] })),
  );
  await step("deployed", [true, 7n], async () => [
    await account.isDeployed(),
    await client.getBalance({ address: recipient }),
  ]);
  await step("operation by hash", { transactionHash: first?.receipt.transactionHash, blockNumber: isBig }, () =>
    smart.getUserOperation({ hash: first.userOpHash }),
  );
  await step(
    "two calls",
    {
      success: true,
      seen: [
        [viem.getAddress(address), 8n],
        [viem.getAddress(address), 9n],
      ],
    },
    async () => {
      const { success, receipt } = await done(
        smart.sendUserOperation({ calls: [store(8n, "first"), store(9n, "second")] }),
      );
      return { success, seen: events(receipt) };
    },
  );
  await step("as a wallet client sends", ["success", [[viem.getAddress(address), 10n]]], async () => {
    const receipt = await mined(
      smart.writeContract({ address: sample, abi, functionName: "store", args: [10n, "written"] }),
    );
    return [receipt.status, events(receipt)];
  });
  await step(
    "send ETH",
    "success",
    async () => (await mined(smart.sendTransaction({ to: recipient, value: 1n }))).status,
  );
  await step("another nonce key", { success: true, nonce: 77n << 64n }, async () => {
    const nonce = await account.getNonce({ key: 77n });
    const receipt = await done(smart.sendUserOperation({ calls: [store(11n, "")], nonce }));
    return { success: receipt.success, nonce: receipt.nonce };
  });
  if (signs) {
    await step("message", true, async () =>
      client.verifyMessage({ address, message: "hello", signature: await account.signMessage({ message: "hello" }) }),
    );
    const order = { domain: typed.domain, types: typed.types, primaryType: "Order", message: typed.message };
    await step("typed data", true, async () =>
      client.verifyTypedData({ address, ...order, signature: await account.signTypedData(order) }),
    );
    await step("a stranger's message", false, async () =>
      client.verifyMessage({ address, message: "hello", signature: await stranger.signMessage({ message: "hello" }) }),
    );
  }

  // Prices of a bundler, and a paymaster by ERC-7677.
  await step("prices of the bundler", { fast: { maxFeePerGas: isBig, maxPriorityFeePerGas: (tip) => tip >= 0n } }, () =>
    pimlico.getUserOperationGasPrice(),
  );
  await step("send at the bundler's price", true, async () => {
    const estimateFeesPerGas = async () => (await pimlico.getUserOperationGasPrice()).fast;
    const priced = clientFor(account, { userOperation: { estimateFeesPerGas } });
    return (await done(priced.sendUserOperation({ calls: [store(12n, "")] }))).success;
  });
  await step("sponsored", { success: true, paid: 0n, paymaster: true }, async () => {
    const paymaster = createPaymasterClient({ transport: viem.http(url) });
    const sponsored = clientFor(account, { paymaster, paymasterContext: { policyId: process.env.POLICY } });
    const before = await client.getBalance({ address });
    const receipt = await done(sponsored.sendUserOperation({ calls: [store(13n, "")] }));
    const paid = before - (await client.getBalance({ address }));
    return { success: receipt.success, paid, paymaster: viem.isAddress(receipt.paymaster ?? "") };
  });

  // Refusals.
  const gas = {
    callGasLimit: 200_000n,
    verificationGasLimit: 800_000n,
    preVerificationGas: 100_000n,
    maxFeePerGas: viem.parseGwei("5"),
    maxPriorityFeePerGas: viem.parseGwei("1"),
  };
  const call = { calls: [store(14n, "")] };
  const bent = (more) => ({ ...account, ...more });
  const unpaid = clientFor(await make({ owner, index: 5n }));
  await no("too little ETH", has("InsufficientPrefundError", /^AA21/), () =>
    unpaid.sendUserOperation({ ...call, ...gas }),
  );
  await no("a wrong signature", has("UserOperationSignatureError", /^AA24/), async () => {
    const other = await make({ owner: stranger, address });
    return clientFor(bent({ signUserOperation: other.signUserOperation })).sendUserOperation({ ...call, ...gas });
  });
  await no("a nonce that was used", has("InvalidAccountNonceError", /^AA25/), () =>
    smart.sendUserOperation({ ...call, ...gas, nonce: 77n << 64n }),
  );
  await no("a nonce that is ahead", has("InvalidAccountNonceError", /^AA25/), () =>
    smart.sendUserOperation({ ...call, ...gas, nonce: (99n << 64n) | 5n }),
  );
  await no("an account that is not there", has("AccountNotDeployedError", /^AA20/), () => {
    const gone = bent({ address: stranger.address, getFactoryArgs: async () => ({}), getNonce: async () => 0n });
    return clientFor(gone).sendUserOperation({ ...call, ...gas });
  });
  await no("an account that is there already", has("SenderAlreadyConstructedError", /^AA10/), async () => {
    const { factory, factoryData } = await (await make({ owner, index: 5n })).getFactoryArgs();
    return smart.sendUserOperation({ ...call, ...gas, factory, factoryData });
  });
  await no("a paymaster without a deposit", has("PaymasterDepositTooLowError", /^AA31/), () =>
    smart.sendUserOperation({
      ...call,
      ...gas,
      paymaster: sample,
      paymasterData: "0x",
      paymasterVerificationGasLimit: 100_000n,
      paymasterPostOpGasLimit: 0n,
    }),
  );
  const failing = (functionName, args) => () =>
    smart.sendUserOperation({ calls: [{ to: sample, abi, functionName, args }] });
  await no(
    "reason of a call",
    { classes: (all) => all[0] === "UserOperationExecutionError", sessions: false },
    failing("refuse"),
  );
  await no("custom error of a call", { error: "Exceeded", sessions: false }, failing("exceed", [5n]));
  await no("the same operation again", has("InvalidAccountNonceError", /^AA25/), async () => {
    const prepared = await smart.prepareUserOperation(call);
    const signed = { ...prepared, signature: await account.signUserOperation(prepared) };
    await done(smart.sendUserOperation(signed));
    return smart.sendUserOperation(signed);
  });
  // Prechecks, in rundler's words.
  const low = (field) => ({
    code: -32_000,
    details: new RegExp(`^precheck failed: ${field} is 1 but must be at least \\d+`),
    sessions: false,
  });
  await no("fee cap under the base fee", low("maxFeePerGas"), () =>
    smart.sendUserOperation({ ...call, ...gas, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }),
  );
  await no("too little gas before verification", low("preVerificationGas"), () =>
    smart.sendUserOperation({ ...call, ...gas, preVerificationGas: 1n }),
  );
  await no("tip above the fee cap", { details: /maxPriorityFeePerGas/, sessions: false }, () =>
    smart.sendUserOperation({ ...call, ...gas, maxPriorityFeePerGas: gas.maxFeePerGas + 1n }),
  );
  await step("mined and failed", { success: false, reason: (data) => data.length > 10 }, async () => {
    const { success, reason } = await done(
      smart.sendUserOperation({ ...gas, calls: [{ to: sample, abi, functionName: "refuse" }] }),
    );
    return { success, reason };
  });
  await step("no such operation", "UserOperationReceiptNotFoundError", async () =>
    smart.getUserOperationReceipt({ hash: viem.zeroHash.replace("0x00", "0x01") }).catch(({ name }) => name),
  );
  await step("what the entry point holds of it", true, async () => {
    const args = [address, 77n];
    return (
      (await client.readContract({
        address: entryPoint07Address,
        abi: entryPoint07Abi,
        functionName: "getNonce",
        args,
      })) > 0n
    );
  });
}
