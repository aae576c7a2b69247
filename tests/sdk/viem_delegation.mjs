// A plain address becomes a wallet in its first operation, by an EIP-7702 authorization.

import { createPublicClient, http } from "viem";
import { createBundlerClient } from "viem/account-abstraction";
import { privateKeyToAccount } from "viem/accounts";
import { chain, refusal, tell, url } from "./common.mjs";
import { DELEGATE, toSessionWallet } from "./session_wallet.mjs";

const owner = privateKeyToAccount(process.env.OWNER);
const client = createPublicClient({ chain, transport: http(url), pollingInterval: 50 });
const account = await toSessionWallet({ client, owner, delegates: true });
const bundler = createBundlerClient({ account, client, chain, transport: http(url), pollingInterval: 50 });
const calls = [{ to: process.env.RECIPIENT, value: 3n }];

const answer = { address: account.address };
answer.unsigned = await refusal(() => bundler.sendUserOperation({ calls }));
answer.codeAfterRefusal = await client.getCode({ address: owner.address });

const sign = (nonce) => owner.signAuthorization({ contractAddress: DELEGATE, chainId: chain.id, nonce });
answer.stale = await refusal(async () => bundler.sendUserOperation({ calls, authorization: await sign(7) }));
const hash = await bundler.sendUserOperation({ calls, authorization: await sign(0) });
const receipt = await bundler.waitForUserOperationReceipt({ hash });
answer.first = { success: receipt.success, type: receipt.receipt.type };
answer.found = (await bundler.getUserOperation({ hash })).userOperation;
answer.code = await client.getCode({ address: owner.address });

const next = await toSessionWallet({ client, owner, delegates: true });
const second = await bundler.sendUserOperation({ account: next, calls });
answer.second = (await bundler.waitForUserOperationReceipt({ hash: second })).success;
answer.balance = await client.getBalance({ address: process.env.RECIPIENT });
tell(answer);
