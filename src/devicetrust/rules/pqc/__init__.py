"""What a certificate shows of the move to post-quantum cryptography.

Makes: rules on post-quantum keys and signatures, and on classical ones that are to last long; one file a subject.
May import: findings, x509, rules.rule.
Must never: know the time: what is asserted of dates is asserted of those in the certificate.
Read first: `algorithms`, then `deadlines`.

RFC 9802, RFC 9881, RFC 9909 and RFC 9935, and the drafts, are known at second hand.
"""
