// The signer's own address as wallet (EIP-7702): SDK 5 does it of its own accord, SDK 4 when asked.

import { createPublicClient, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { chain, tell, url } from "./common.mjs";
import { open } from "./clients.mjs";

const { OWNER: key, COUNTER: counter, SDK } = process.env;
const chainClient = createPublicClient({ chain, transport: http(url) });
const { address } = privateKeyToAccount(key);
const owner = open({ key, account: SDK === "5" ? undefined : address });
const code = () => chainClient.getCode({ address });
const calls = [{ to: counter, data: "0xd09de08a" }];
const wait = (id) => owner.client.waitForCallsStatus({ id, pollingInterval: 50 });
const idOf = (sent) => sent.id ?? sent.preparedCallIds[0];

const answer = { address };
if (SDK === "4") answer.asked = await open({ key }).requestAccount({ creationHint: { accountType: "7702" } });
const auth = SDK === "5" ? {} : { capabilities: { eip7702Auth: true } };
answer.first = (await wait(idOf(await owner.client.sendCalls({ ...owner.from(address), calls, ...auth })))).status;
answer.delegated = await code();
answer.second = (await wait(idOf(await owner.client.sendCalls({ ...owner.from(address), calls, ...auth })))).status;
if (SDK === "5") {
  answer.capabilities = await owner.client.getCapabilities();
  answer.ended = (await wait(idOf(await owner.client.undelegateAccount()))).status;
  answer.left = (await code()) ?? "0x";
}
answer.listed = await owner.client.listAccounts({ signerAddress: address });
tell(answer);
