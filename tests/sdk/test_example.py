"""The example of a TypeScript project whose tests use ``sessionlab serve``: compiled, and run as its README says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.sdk.node import FOLDER, install

EXAMPLE = FOLDER / "example"
COMMAND = [sys.executable, "-c", "import sys; from sessionlab.cli import main; sys.exit(main())", "serve"]
STARTING = 60  # seconds, on a busy machine


def test_the_example_compiles_and_its_tests_pass_against_a_served_lab(tmp_path: Path) -> None:
    node = install()
    compiled = tmp_path / "dist"
    compiler = [node, str(FOLDER / "node_modules" / "typescript" / "bin" / "tsc"), "--outDir", str(compiled)]
    done = subprocess.run(compiler, cwd=EXAMPLE, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (compiled / "package.json").write_text('{"type": "module"}')
    (compiled / "node_modules").symlink_to(FOLDER / "node_modules")
    manifest = tmp_path / "lab.json"
    serving = subprocess.Popen([*COMMAND, "--port", "0", "--manifest", str(manifest), "--quiet"])
    try:
        end = time.monotonic() + STARTING
        while not manifest.exists() and time.monotonic() < end:
            time.sleep(0.05)
        command = [node, "--test", str(compiled / "payments.test.js")]
        environment = os.environ | {"LAB": str(manifest)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 1" in done.stdout
