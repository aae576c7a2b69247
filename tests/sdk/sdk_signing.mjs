// Messages that the wallet signs: verified by viem, before deployment (ERC-6492) and after (ERC-1271).

import { createPublicClient, http } from "viem";
import { chain, tell, url } from "./common.mjs";
import { open, sendAndWait } from "./clients.mjs";

const { OWNER: key, COUNTER: counter, SDK } = process.env;
const client = createPublicClient({ chain, transport: http(url) });
const wallet = await open({ key }).requestAccount(SDK === "5" ? undefined : {});
const owner = open({ key, account: wallet });
const typed = {
  domain: { name: "Lab", chainId: chain.id, verifyingContract: counter },
  types: { Note: [{ name: "text", type: "string" }, { name: "number", type: "uint256" }] },
  primaryType: "Note",
  message: { text: "hello", number: 7n },
};

async function signAll() {
  const message = "hello";
  const plain = await owner.client.signMessage({ message });
  const raw = await owner.client.signMessage({ message: { raw: "0x1234" } });
  const note = await owner.client.signTypedData(typed);
  return {
    plain,
    verified: await Promise.all([
      client.verifyMessage({ address: wallet, message, signature: plain }),
      client.verifyMessage({ address: wallet, message: { raw: "0x1234" }, signature: raw }),
      client.verifyTypedData({ address: wallet, ...typed, signature: note }),
      client.verifyMessage({ address: wallet, message: "another", signature: plain }),
    ]),
  };
}

const answer = { before: await signAll() };
await sendAndWait(owner, wallet, [{ to: counter, data: "0xd09de08a" }]);
answer.after = await signAll();
tell(answer);
