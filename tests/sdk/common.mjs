// What every script needs: where the lab is, and how to tell the test what was found.

import { defineChain } from "viem";

export const url = process.env.URL;
export const chain = defineChain({
  id: Number(process.env.CHAIN_ID ?? 1337),
  name: "sessionlab",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [url] } },
});

/** Print the answer for the test as one line of JSON; bigints as decimal text. */
export function tell(answer) {
  console.log(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? value.toString() : value)));
}

/** What an action throws, for a test: names of the error and its causes, code, message, innermost data. */
export async function refusal(action) {
  try {
    await action();
  } catch (error) {
    const chained = [];
    for (let e = error; e; e = e.cause) chained.push(e);
    return {
      names: chained.map((e) => e.name).filter(Boolean),
      code: chained.map((e) => e.code).findLast((code) => code !== undefined),
      details: error.details,
      message: error.message,
      data: chained.map((e) => e.data).findLast((data) => data !== undefined),
    };
  }
  throw new Error("nothing was refused");
}
