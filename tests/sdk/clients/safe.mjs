// permissionless with the published Safe 1.4.1 and its ERC-4337 module, at the addresses that they have everywhere.

import { toSafeSmartAccount } from "permissionless/accounts";
import { encodeDeployData, getAddress, getContractAddress, concat, zeroHash } from "viem";
import { step } from "./steps.mjs";
import { client, entryPoint, payer, published, test, walk } from "./wallets.mjs";

// The factories that deploy the wallet and its module on every chain: a salt and a code in, CREATE2.
const FOR_WALLETS = "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7";
const FOR_MODULES = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const CODE = [
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0",
  "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3",
].join("");
const SAFE = "@safe-global/safe-contracts/build/artifacts/contracts";
const MODULE = "@safe-global/safe-4337/build/artifacts/contracts";
// Where permissionless expects them, and which package publishes them.
const contracts = [
  ["0x41675C099F32341bf84BFc5382aF534df5C7461a", FOR_WALLETS, `${SAFE}/Safe.sol/Safe.json`],
  [
    "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67",
    FOR_WALLETS,
    `${SAFE}/proxies/SafeProxyFactory.sol/SafeProxyFactory.json`,
  ],
  ["0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526", FOR_WALLETS, `${SAFE}/libraries/MultiSend.sol/MultiSend.json`],
  [
    "0x9641d764fc13c8B624c04430C7356C1C7C8102e2",
    FOR_WALLETS,
    `${SAFE}/libraries/MultiSendCallOnly.sol/MultiSendCallOnly.json`,
  ],
  ["0x2dd68b007B46fBe91B9A7c3EDa5A7a1063cB5b47", FOR_MODULES, `${MODULE}/SafeModuleSetup.sol/SafeModuleSetup.json`],
  [
    "0x75cf11467937ce3F2f357CE24ffc3DBF8fD5c226",
    FOR_MODULES,
    `${MODULE}/Safe4337Module.sol/Safe4337Module.json`,
    [entryPoint.address],
  ],
];

for (const address of [FOR_WALLETS, FOR_MODULES]) await test.setCode({ address, bytecode: CODE });
await step(
  "published contracts at their addresses",
  contracts.map(([address]) => [address, true]),
  async () => {
    const placed = [];
    for (const [, factory, path, args] of contracts) {
      const made = encodeDeployData({ ...published(path), args });
      const address = getContractAddress({ opcode: "CREATE2", from: factory, salt: zeroHash, bytecode: made });
      const hash = await payer.sendTransaction({ to: factory, data: concat([zeroHash, made]) });
      const { status } = await client.waitForTransactionReceipt({ hash });
      const code = await client.getCode({ address });
      placed.push([getAddress(address), status === "success" && code !== undefined]);
    }
    return placed;
  },
);
await walk(
  ({ owner, index, address }) =>
    toSafeSmartAccount({ client, owners: [owner], version: "1.4.1", entryPoint, saltNonce: index, address }),
  { signs: true },
);
process.exit(0);
