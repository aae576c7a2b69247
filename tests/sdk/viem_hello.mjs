// The smallest use of a served lab.

import { createPublicClient, http } from "viem";
import { chain, tell, url } from "./common.mjs";

const client = createPublicClient({ chain, transport: http(url) });
tell({ chainId: await client.getChainId(), block: await client.getBlock() });
