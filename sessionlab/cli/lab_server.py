"""JupyterLab, for as long as the process that started it lives: ``python -m sessionlab.cli.lab_server FD OPTIONS…``.

FD is the reading end of a pipe whose other end that process holds. When it is closed, also because the process was
killed, JupyterLab is told to end, and its kernels with it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

STOP_SECONDS = 10


def end_with(pipe: int) -> None:
    """End this process when the other end of a pipe is closed."""
    while os.read(pipe, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


def main(arguments: Sequence[str]) -> None:
    """Run JupyterLab with these options."""
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]  # it is not typed

    threading.Thread(target=end_with, args=[int(arguments[0])], daemon=True).start()
    LabApp.launch_instance(list(arguments[1:]))


if __name__ == "__main__":
    main(sys.argv[1:])
