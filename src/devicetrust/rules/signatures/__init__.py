"""How certificates are signed, beside the strength of it.

Makes: rules on signatures and their algorithms, one file a part.
May import: findings, x509, rules.rule.
Must never: check a signature, or judge its strength: path validation and the strength policy do.
Read first: `algorithms`.

MD2 and MD4 are not known here (``signature.unsupported``); MD5, SHA-1 and SHA-224 fall to the strength policy
(``strength.signature_algorithm``). RSASSA-PSS with two different hashes, another mask generation function or another
trailer than 1, and ECDSA, EdDSA or ML-DSA with parameters are ``signature.unsupported`` as well.
"""
