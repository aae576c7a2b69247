"""``python -m sessionlab`` is the ``sessionlab`` command."""

from sessionlab.cli import main

raise SystemExit(main())
