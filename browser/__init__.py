"""The site: the lab in a browser, the lessons as pages and the reference, as files for any static server.

``make site`` builds it. Wheels come from PyPI at the versions and hashes of ``wheels.txt`` and ``partial_wheels.txt``,
the Python of the browser from npm (``package-lock.json``). Nothing of it is committed, and a page asks nobody else for
anything.

    fetch      downloads what is pinned, once
    wheels     the wheels that are made here, byte for byte the same each time
    lock_file  what Pyodide loads for ``import sessionlab``
    lite       JupyterLite around it, with the notebooks
    pages      the executed lessons, and the front
"""
