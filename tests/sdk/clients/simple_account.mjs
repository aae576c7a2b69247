// permissionless with the published SimpleAccount of EntryPoint v0.7.

import { toSimpleSmartAccount } from "permissionless/accounts";
import { client, deploy, entryPoint, published, walk } from "./wallets.mjs";

const factory = published("@account-abstraction/contracts/artifacts/SimpleAccountFactory.json");
const factoryAddress = await deploy(factory, [entryPoint.address]);
await walk(
  ({ owner, index, address }) => toSimpleSmartAccount({ client, owner, entryPoint, factoryAddress, index, address }),
  // permissionless: "Simple account isn't 1271 compliant".
  { signs: false },
);
process.exit(0);
