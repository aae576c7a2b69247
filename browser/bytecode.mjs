// Runs compiling.py in the browser's Python: node bytecode.mjs PYODIDE NOTEBOOK TARGET PACKAGE…
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder, notebook, target, ...packages] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
// The order of sets is part of bytecode, and places in lines make it a fifth larger.
const env = { PYTHONHASHSEED: '0', PYTHONNODEBUGRANGES: '1', SESSIONLAB_PROGRESS: 'progress.json' };
const python = await loadPyodide({ packages, env });
python.mountNodeFS('/target', target);
python.FS.writeFile('lesson.ipynb', readFileSync(notebook));
python.runPython(readFileSync(new URL('compiling.py', import.meta.url), 'utf8'));
