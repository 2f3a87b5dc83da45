"""A certificate authority for tests that can also issue wrong things, and servers on loopback that can misbehave.

Makes: nothing yet.
May import: everything below; `cryptography`, `OpenSSL`, `ssl` and sockets for its servers.
Must never: be imported by what lies below.
Read first: `responders`, then `handshakes`.
"""
