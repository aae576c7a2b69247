// viem's bundler client: a wallet that its first operation deploys, then one that batches.

import { createPublicClient, encodeFunctionData, http, parseAbi, parseEther } from "viem";
import { createBundlerClient } from "viem/account-abstraction";
import { privateKeyToAccount } from "viem/accounts";
import { chain, refusal, tell, url } from "./common.mjs";
import { toSessionWallet } from "./session_wallet.mjs";

const { COUNTER: counter, RECIPIENT: recipient } = process.env;
const counterAbi = parseAbi(["function increment()", "function number() view returns (uint256)"]);

const client = createPublicClient({ chain, transport: http(url), pollingInterval: 50 });
const account = await toSessionWallet({ client, owner: privateKeyToAccount(process.env.OWNER) });
const bundler = createBundlerClient({ account, client, chain, transport: http(url), pollingInterval: 50 });

const answer = { address: account.address, entryPoints: await bundler.getSupportedEntryPoints() };
answer.unknown = await bundler.getUserOperation({ hash: `0x${"00".repeat(32)}` }).catch((error) => error.name);
answer.deployedBefore = await account.isDeployed();

const calls = [{ to: recipient, value: parseEther("0.25") }];
answer.prepared = await bundler.prepareUserOperation({ calls });
answer.estimated = await bundler.estimateUserOperationGas({ calls });
const first = await bundler.sendUserOperation({ calls });
const receipt = await bundler.waitForUserOperationReceipt({ hash: first });
answer.first = { hash: first, receipt, found: await bundler.getUserOperation({ hash: first }) };

const again = await toSessionWallet({ client, owner: privateKeyToAccount(process.env.OWNER) });
const data = encodeFunctionData({ abi: counterAbi, functionName: "increment" });
const batch = await bundler.sendUserOperation({
  account: again,
  calls: [
    { to: counter, data },
    { to: counter, abi: counterAbi, functionName: "increment" },
    { to: recipient, value: 7n },
  ],
});
answer.batch = { hash: batch, receipt: await bundler.waitForUserOperationReceipt({ hash: batch }) };
answer.count = await client.readContract({ address: counter, abi: counterAbi, functionName: "number" });
answer.balance = await client.getBalance({ address: recipient });

// The same bytes again: refused, and mined once.
const signed = await bundler.prepareUserOperation({ account: again, calls });
signed.signature = await again.signUserOperation(signed);
const bare = { ...signed, account: undefined, entryPointAddress: again.entryPoint.address };
const send = () => bundler.sendUserOperation(bare);
await send();
answer.twice = await refusal(send);
answer.balanceAfterTwice = await client.getBalance({ address: recipient });
tell(answer);
