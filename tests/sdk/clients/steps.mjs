// How a flow tells its steps: one line of JSON for each, with its name, whether it passed, and what the client showed.

const SECONDS = 12;

export const url = process.env.URL;
export const { KEY: key, POOR: poor, DELEGATED: delegated, RECIPIENT: recipient } = process.env;
export const { bytecode, abi } = JSON.parse(process.env.SAMPLE);

/** What a step shows: bigints as decimal text. */
function text(shown) {
  return JSON.stringify(shown ?? null, (_, value) => (typeof value === "bigint" ? value.toString() : value));
}

/** Whether what was shown has everything that was expected: objects in part, all else in full. */
function matches(expected, shown) {
  if (typeof expected === "function") return expected(shown) === true;
  if (expected instanceof RegExp) return typeof shown === "string" && expected.test(shown);
  if (Array.isArray(expected)) {
    return Array.isArray(shown) && shown.length === expected.length && expected.every((e, i) => matches(e, shown[i]));
  }
  if (expected !== null && typeof expected === "object") {
    const entries = Object.entries(expected);
    return shown !== null && typeof shown === "object" && entries.every(([name, e]) => matches(e, shown[name]));
  }
  return expected === shown;
}

function tell(name, passed, shown) {
  console.log(`{"name": ${JSON.stringify(name)}, "passed": ${passed}, "shown": ${text(shown)}}`);
}

function inTime(action) {
  let timer;
  const late = new Promise((_, refuse) => {
    timer = setTimeout(() => refuse(new Error(`took longer than ${SECONDS} s`)), SECONDS * 1_000);
  });
  return Promise.race([Promise.resolve().then(action), late]).finally(() => clearTimeout(timer));
}

/** An error in short, for a step that should have passed. */
function words(error) {
  const node =
    error.details ?? error.error?.message ?? error.info?.error?.message ?? error.reason ?? error.cause?.message ?? "";
  return `${error.name}: ${error.shortMessage ?? error.message} ${node}`.trim().slice(0, 400);
}

/** A step that passes if what it returns matches. Returns that, or undefined after an error. */
export async function step(name, expected, action) {
  try {
    const shown = await inTime(action);
    tell(name, matches(expected, shown), shown);
    return shown;
  } catch (error) {
    tell(name, false, { error: words(error) });
    return undefined;
  }
}

/** A step that passes if the client throws, and what `read` finds in its error matches. */
export async function refused(name, expected, read, action) {
  let shown;
  try {
    shown = { taken: await inTime(action) };
    tell(name, false, shown);
  } catch (error) {
    shown = read(error);
    tell(name, matches(expected, shown), shown);
  }
}

export const isBig = (value) => typeof value === "bigint" && value > 0n;
export const isHash = (value) => /^0x[0-9a-f]{64}$/.test(value);
export const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Wait until there is something in `seen`, at most so many milliseconds. */
export async function until(seen, milliseconds = 2_000) {
  for (let i = 0; i < milliseconds / 20 && seen.length === 0; i++) await wait(20);
}

/** Act until a listener has seen something: when it has begun to listen, no client tells. */
export async function repeat(seen, action) {
  for (let i = 0; i < 8 && seen.length === 0; i++) {
    await action();
    await until(seen, 400);
  }
}

export const typed = {
  domain: { name: "Sample", version: "1", chainId: 1337, verifyingContract: recipient },
  types: {
    Order: [
      { name: "to", type: "address" },
      { name: "amount", type: "uint256" },
    ],
  },
  message: { to: recipient, amount: 5 },
};
