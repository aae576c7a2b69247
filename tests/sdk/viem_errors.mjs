// Each way to be refused, and the error class that viem makes of it.

import { createPublicClient, encodeFunctionData, http, parseAbi } from "viem";
import { createBundlerClient } from "viem/account-abstraction";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { chain, refusal, tell, url } from "./common.mjs";
import { toSessionWallet } from "./session_wallet.mjs";

const { COUNTER: counter, RECIPIENT: recipient, PAYMASTER: paymaster } = process.env;
const abi = parseAbi(["function increment()", "function fail()", "error CounterFailed()"]);
const owner = privateKeyToAccount(process.env.OWNER);
const session = privateKeyToAccount(process.env.SESSION);
const stranger = privateKeyToAccount(generatePrivateKey());

const client = createPublicClient({ chain, transport: http(url) });
const account = (bent = {}) => toSessionWallet({ client, owner, ...bent });
const calls = [{ to: recipient, value: 1n }];
const send = (operation, bent) => async () => {
  const bundler = createBundlerClient({ account: await account(bent), client, chain, transport: http(url) });
  return bundler.sendUserOperation({ calls, ...operation });
};
const entity = BigInt(process.env.ENTITY);
const ofSession = { signer: session, key: entity << 8n };
const increment = [{ to: counter, data: encodeFunctionData({ abi, functionName: "increment" }) }];
const gas = { callGasLimit: 90_000n, verificationGasLimit: 300_000n, preVerificationGas: 60_000n };
const poor = { ...gas, paymaster: counter, paymasterVerificationGasLimit: 90_000n, paymasterPostOpGasLimit: 0n };
const nobody = stranger.address;
const factory = "0x00000000000017c61b5bEe81050EC8eFc9c6fecd";

const cases = {
  AA10: send({ factory, factoryData: "0x8b4e464e" }),
  AA13: send({ factory: counter, factoryData: "0xffffffff" }, { salt: 8n }),
  AA14: send({ factory, factoryData: process.env.OTHER_FACTORY_DATA }, { salt: 8n }),
  AA20: send({}, { address: nobody, factory: {} }),
  AA21: send({ calls: [] }, { salt: 9n }),
  AA22: send({ calls: increment }, ofSession),
  AA23: send({ calls: increment }, { key: 77n << 8n, signer: session }),
  AA24: send({}, { signer: stranger }),
  AA25: send({ nonce: (1n << 64n) + 50n }),
  AA30: send({ paymaster: nobody, paymasterData: "0x" }),
  AA31: send(poor),
  AA33: send({ paymaster: counter, paymasterData: "0x" }),
  AA34: send({ paymaster, paymasterData: "0x" }),
  reverted: send({ calls: [{ to: counter, data: encodeFunctionData({ abi, functionName: "fail" }) }] }),
  "reverted with its abi": send({ calls: [{ to: counter, abi, functionName: "fail" }] }),
  "wrong entry point": send({ entryPointAddress: "0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789" }),
  "field too large": send({ callGasLimit: 1n << 200n }),
};
const found = {};
for (const [name, attempt] of Object.entries(cases)) {
  found[name] = await refusal(attempt).catch((error) => ({ names: [error.message] }));
}
tell(found);
