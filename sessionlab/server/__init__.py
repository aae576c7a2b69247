"""The lab over HTTP: one URL for the Wallet API, the bundler and the node, and a page for people.

    jsonrpc.py              bodies to answers; never raises
    request_handler.py      runs each request in the lab atomically; worker.py has the threads
    operation_log.py        requests and decisions, without secrets; operation_log_entries.py makes the entries
    log.py                  one line for each request
    app.py                  HTTP: API key, size limits; visitors.py says who may ask
    bounds.py               seconds and memory of one body; slow_precompiles.py and memory.py help to hold them
    page.py                 the start page; snippets.py, code to copy; live_page.py, the part that refreshes
    serving.py              socket, start and stop; background.py, the same in a test or notebook
    manifest.py             what an application's tests need to start; manifest_file.py has its file

Needs the extra ``server``.
"""
