// Stands in for the native Solidity compiler where py-solc-x looks for one: npm's compiler behind the native
// compiler's command line, as far as bundler-spec-tests uses it. One source on standard input, combined JSON out.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, normalize } from "node:path";
import { parseArgs } from "node:util";

const solc = createRequire(import.meta.url)("solc");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: "boolean" },
    "via-ir": { type: "boolean" },
    "base-path": { type: "string" },
    "include-path": { type: "string" },
    "allow-paths": { type: "string" },
    "evm-version": { type: "string" },
    "combined-json": { type: "string" },
  },
});

if (values.version) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
  process.exit(0);
}

// npm's compiler asks for an import under the name that the remappings made of it.
function read(name) {
  const places = isAbsolute(name) ? [name] : [values["base-path"], values["include-path"]].map((at) => join(at, name));
  for (const place of places) {
    try {
      return { contents: readFileSync(normalize(place), "utf8") };
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  return { error: `File not found: ${places.join(", ")}` };
}

const input = {
  language: "Solidity",
  sources: { "<stdin>": { content: readFileSync(0, "utf8") } },
  settings: {
    evmVersion: values["evm-version"],
    viaIR: values["via-ir"] ?? false,
    optimizer: { enabled: false },
    remappings: positionals.filter((text) => text.includes("=")),
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read }));
const errors = (output.errors ?? []).filter((error) => error.severity === "error");
if (errors.length) {
  console.error(errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
const contracts = {};
for (const [file, made] of Object.entries(output.contracts)) {
  for (const [name, of] of Object.entries(made)) {
    contracts[`${file}:${name}`] = { abi: of.abi, bin: of.evm.bytecode.object };
  }
}
console.log(JSON.stringify({ contracts, version: solc.version() }));
