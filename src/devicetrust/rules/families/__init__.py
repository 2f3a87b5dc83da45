"""The families of rules: what is asked together.

Makes: a tuple a family, one file a purpose.
May import: the rules.
Must never: hold a rule of its own, or load the families of another purpose: who asks for one pays for one.
Read first: `handshakes`; `catalogue` names them all.
"""
