// What viem makes of each refusal: the classes from the outside in.

import * as viem from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { abi, isBig, poor, recipient as to, refused, step } from "./steps.mjs";

function told(error) {
  const all = [];
  for (let e = error; e; e = e.cause) all.push(e);
  const data = all.map((e) => e.data).find((found) => found?.errorName);
  return {
    classes: all.map((e) => e.name),
    details: error.details,
    code: all.map((e) => e.code).findLast((code) => code !== undefined),
    reason: all.map((e) => e.reason).find(Boolean),
    error: data && { name: data.errorName, args: data.args },
  };
}
const no = (name, expected, action) => refused(name, expected, told, action);
const has = (name) => ({ classes: (classes) => classes.includes(name) });

/** Try each: by a wallet on the sample's address; `unsent()` is a call with an authorization that nobody sent. */
export async function refusals({ client, wallet, account, address, mined, unsent }) {
  const given = { to, value: 1n, gas: 21_000n, maxFeePerGas: viem.parseGwei("100"), maxPriorityFeePerGas: 1n };
  const send = (more, by = account) => wallet.sendTransaction({ ...given, account: by, ...more });
  await no("nonce too low", has("NonceTooLowError"), () => send({ nonce: 0 }));
  await no("nonce too high", has("NonceTooHighError"), async () =>
    send({ nonce: (await client.getTransactionCount({ address: account.address })) + 5 }),
  );
  const beggar = privateKeyToAccount(poor);
  const much = { value: viem.parseEther("9") };
  await no("insufficient funds to send", has("InsufficientFundsError"), () => send(much, beggar));
  await no("insufficient funds to estimate", has("InsufficientFundsError"), () =>
    wallet.sendTransaction({ account: beggar, to, ...much }),
  );
  await no("fee cap under the base fee", has("FeeCapTooLowError"), () => send({ maxFeePerGas: 1n }));
  await no("intrinsic gas", has("IntrinsicGasTooLowError"), () => send({ gas: 20_000n }));
  await no("intrinsic gas of an access list", has("IntrinsicGasTooLowError"), () =>
    send({ accessList: [{ address: to, storageKeys: [] }] }),
  );
  await no("intrinsic gas of an authorization", has("IntrinsicGasTooLowError"), async () =>
    send({ authorizationList: (await unsent()).authorizationList }),
  );
  await no("insufficient funds to call", has("InsufficientFundsError"), () =>
    client.call({ account: beggar, to, ...much }),
  );
  await no(
    "an estimate above the gas that is allowed",
    { ...has("ExecutionRevertedError"), details: /^gas required exceeds allowance/ },
    () => client.estimateContractGas({ account, address, abi, functionName: "store", args: [1n, ""], gas: 22_000n }),
  );
  // geth's words have no class of viem's.
  await no(
    "gas over the block's",
    { classes: (all) => all.includes("InvalidInputRpcError"), details: /^exceeds block gas limit/ },
    () => send({ gas: 70_000_000n }),
  );
  await no(
    "the same transaction again",
    (shown) => /nonce too low|already known/.test(shown.details),
    async () => {
      const request = await wallet.prepareTransactionRequest({ ...given });
      const serializedTransaction = await wallet.signTransaction(request);
      await mined(wallet.sendRawTransaction({ serializedTransaction }));
      return wallet.sendRawTransaction({ serializedTransaction });
    },
  );
  const simulate = (functionName, args) => client.simulateContract({ account, address, abi, functionName, args });
  const reverted = { ...has("ContractFunctionRevertedError"), code: 3 };
  await no("reason of a call", { ...reverted, reason: "the sample refuses" }, () => simulate("refuse"));
  await no(
    "reason of an estimate",
    { ...has("ExecutionRevertedError"), details: "execution reverted: the sample refuses" },
    () => wallet.sendTransaction({ to: address, data: viem.encodeFunctionData({ abi, functionName: "refuse" }) }),
  );
  await no("reason of a write", { ...reverted, reason: "the sample refuses" }, () =>
    wallet.writeContract({ address, abi, functionName: "refuse" }),
  );
  await no("custom error", { ...reverted, error: { name: "Exceeded", args: [5n, isBig] } }, () =>
    simulate("exceed", [5n]),
  );
  await no("panic", { ...reverted, error: { name: "Panic", args: [17n] } }, () => simulate("panic"));
  await no("revert without data", has("ContractFunctionRevertedError"), () => simulate("fail"));
  await step(
    "mined and reverted",
    "reverted",
    async () => (await mined(wallet.writeContract({ address, abi, functionName: "refuse", gas: 100_000n }))).status,
  );
  await no("no contract there", has("ContractFunctionZeroDataError"), () =>
    client.readContract({ address: to, abi, functionName: "number" }),
  );
  await no("unknown method", { ...has("MethodNotFoundRpcError"), code: -32_601 }, () =>
    client.request({ method: "eth_noSuchMethod" }),
  );
  await no("invalid params", { ...has("InvalidParamsRpcError"), code: -32_602 }, () =>
    client.request({ method: "eth_getBalance", params: ["0x12", "latest"] }),
  );
  await no("no such receipt", has("TransactionReceiptNotFoundError"), () =>
    client.getTransactionReceipt({ hash: viem.zeroHash.replace("0x00", "0x01") }),
  );
}
