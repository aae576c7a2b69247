import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createPublicClient, http, parseEther } from "viem";
import { generatePrivateKey } from "viem/accounts";
import { grant, pay } from "./payments.js";

const lab = JSON.parse(readFileSync(process.env.LAB ?? "lab.json", "utf8"));
const chain = createPublicClient({ transport: http(lab.url) });

test("a session pays within its allowance and is refused beyond it", async () => {
  const session = await grant(lab, lab.owner.privateKey, lab.wallet, generatePrivateKey(), parseEther("1"));
  await pay(lab, session, lab.merchant, parseEther("0.6"));
  assert.equal(await chain.getBalance({ address: lab.merchant }), parseEther("0.6"));

  await assert.rejects(pay(lab, session, lab.merchant, parseEther("0.6")), /ExceededNativeTokenLimit/);
  assert.equal(await chain.getBalance({ address: lab.merchant }), parseEther("0.6"));
});
