// The owner's side step by step: a new wallet, sponsored gas, overrides, a status, and what is refused.

import { refusal, tell } from "./common.mjs";
import { open, sendAndWait } from "./clients.mjs";

const { OWNER: key, RECIPIENT: recipient, COUNTER: counter, POLICY: policyId, SDK } = process.env;
const increment = { to: counter, data: "0xd09de08a" };
const answer = {};

const wallet = (await open({ key }).requestAccount(SDK === "5" ? undefined : {})) ?? null;
answer.wallet = wallet;
const salt = SDK === "5" ? 7n : "0x7";
answer.again = await open({ key }).requestAccount({ creationHint: { salt, accountType: "sma-b" } });
const owner = open({ key, account: wallet });
answer.deployed = await sendAndWait(owner, wallet, [increment, { to: recipient, value: "0x5" }]);

async function byHand(opened, wishes, more = {}) {
  const capabilities = { ...opened.capabilities(wishes), ...more };
  const asked = { ...opened.from(wallet), calls: opened.calls([increment]), capabilities };
  const prepared = await opened.client.prepareCalls(asked);
  const signed = await opened.client.signPreparedCalls(prepared);
  const sent = await opened.client.sendPreparedCalls({ ...signed, capabilities: opened.capabilities(wishes) });
  const again = await opened.client.sendPreparedCalls({ ...signed, capabilities: opened.capabilities(wishes) });
  const id = sent.id ?? sent.preparedCallIds[0];
  const status = await (SDK === "5" ? opened.client.getCallsStatus({ id }) : opened.client.getCallsStatus(id));
  return { prepared, sent, again, status };
}

answer.sponsored = await byHand(owner, { policyId });
answer.always = await sendAndWait(open({ key, account: wallet, policyId }), wallet, [increment]);
const number = SDK === "5" ? (value) => BigInt(value) : (value) => value;
answer.overridden = await byHand(owner, {}, {
  gasParamsOverride: { callGasLimit: { multiplier: 1.5 }, preVerificationGas: number("0x11170") },
  nonceOverride: { nonceKey: number("0x5") },
});

answer.suffixed = await byHand(owner, {}, { experimental_dataSuffix: { value: "0x1234abcd" } });
const rich = [{ to: recipient, value: "0x21e19e0c9bab2400000" }]; // 10,000 ether, which the wallet does not have
const prepareRich = (capabilities) =>
  owner.client.prepareCalls({ ...owner.from(wallet), calls: owner.calls(rich), capabilities });
answer.poor = await refusal(() => prepareRich({}));
answer.pretended = await prepareRich({ stateOverride: { [wallet]: { balance: number("0x152d02c7e14af6800000") } } });

const id = `0x${"00".repeat(30)}0539${"ab".repeat(32)}`;
answer.unknown = await refusal(() => owner.client.getCallsStatus(SDK === "5" ? { id } : id));
const elsewhere = "8f5d9d0b-1d0c-4f2e-9a53-0b6b2d3b7f11";
answer.unsponsored = await refusal(() => sendAndWait(owner, wallet, [increment], { policyId: elsewhere }));
const other = open({ key, account: wallet, id: 1 });
answer.elsewhere = await refusal(() => sendAndWait(other, wallet, [increment]));
tell(answer);
