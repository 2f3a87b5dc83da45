"""Gets what a verdict wants: over HTTP, from a cache, or from a recording.

Makes: `HttpFetcher`.
May import: everything below; `asyncio` for tasks; `httpcore2`, `socket` and `ssl` in `fetch.http` alone.
Must never: trust what was fetched: the kernel verifies it. Ask for what no validated path names. Wait without an end.
Read first: `exchange`, then `settling`.
"""
