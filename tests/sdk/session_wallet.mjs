// The lab's wallet as a viem smart account: its owner in lane 1, or an address that delegates to it (EIP-7702).

import { concat, encodeFunctionData, parseAbi } from "viem";
import { entryPoint07Abi, entryPoint07Address, getUserOperationHash, toSmartAccount } from "viem/account-abstraction";

export const FACTORY = "0x00000000000017c61b5bEe81050EC8eFc9c6fecd";
export const DELEGATE = "0x69007702764179f14F51cdce752f4f775d74E139";
const OWNER_LANE = 1n;
const DUMMY = concat(["0xff00", `0x${"01".repeat(64)}1b`]);

const factoryAbi = parseAbi([
  "function createSemiModularAccount(address owner, uint256 salt) returns (address)",
  "function getAddressSemiModular(address owner, uint256 salt) view returns (address)",
]);
const walletAbi = parseAbi([
  "function execute(address target, uint256 value, bytes data) payable returns (bytes)",
  "function executeBatch((address target, uint256 value, bytes data)[] calls) payable returns (bytes[])",
]);

/** A wallet of `owner`, or its own address if it `delegates`. The other options bend the rules, to be refused. */
export async function toSessionWallet({ client, owner, salt = 0n, delegates = false, ...bent }) {
  const address =
    bent.address ??
    (delegates
      ? owner.address
      : await client.readContract({
          address: FACTORY,
          abi: factoryAbi,
          functionName: "getAddressSemiModular",
          args: [owner.address, salt],
        }));
  const functionName = "createSemiModularAccount";
  const factoryData = encodeFunctionData({ abi: factoryAbi, functionName, args: [owner.address, salt] });

  return toSmartAccount({
    client,
    entryPoint: { abi: entryPoint07Abi, address: entryPoint07Address, version: "0.7" },
    ...(delegates ? { authorization: { account: owner, address: DELEGATE } } : {}),
    getAddress: async () => address,
    getFactoryArgs: async () => (delegates ? {} : (bent.factory ?? { factory: FACTORY, factoryData })),
    encodeCalls: async (calls) => {
      const full = calls.map(({ to, value = 0n, data = "0x" }) => ({ target: to, value, data }));
      if (full.length !== 1) return encodeFunctionData({ abi: walletAbi, functionName: "executeBatch", args: [full] });
      const { target, value, data } = full[0];
      return encodeFunctionData({ abi: walletAbi, functionName: "execute", args: [target, value, data] });
    },
    getNonce: ({ key } = {}) =>
      client.readContract({
        address: entryPoint07Address,
        abi: entryPoint07Abi,
        functionName: "getNonce",
        args: [address, bent.key ?? OWNER_LANE],
      }),
    getStubSignature: async () => DUMMY,
    signMessage: () => owner.signMessage({ message: "unused" }),
    signTypedData: () => owner.signMessage({ message: "unused" }),
    async signUserOperation({ chainId = client.chain.id, ...userOperation }) {
      const hash = getUserOperationHash({
        chainId,
        entryPointAddress: entryPoint07Address,
        entryPointVersion: "0.7",
        userOperation: { ...userOperation, sender: address },
      });
      const signer = bent.signer ?? owner;
      return concat(["0xff00", await signer.signMessage({ message: { raw: hash } })]);
    },
  });
}
