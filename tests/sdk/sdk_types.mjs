// Each permission type: granted by the owner, used by the session's key, and refused beyond it.

import { privateKeyToAccount } from "viem/accounts";
import { refusal, tell } from "./common.mjs";
import { open, sendAndWait } from "./clients.mjs";

const { OWNER, WALLET: wallet, STORIES } = process.env;
const owner = open({ key: OWNER, account: wallet });
const found = {};
for (const { name, key, permissions, allowed, refused } of JSON.parse(STORIES)) {
  const context = await owner.grant({
    expirySec: Math.floor(Date.now() / 1000) + 3600,
    key: { publicKey: privateKeyToAccount(key).address, type: "secp256k1" },
    permissions,
  });
  const session = open({ key, account: wallet });
  const done = await sendAndWait(session, wallet, [allowed], { permissions: context });
  const no = await refusal(() =>
    session.client.sendCalls({
      ...session.from(wallet),
      calls: session.calls([refused]),
      capabilities: session.capabilities({ permissions: context }),
    }),
  );
  found[name] = { done, no };
}
tell(found);
