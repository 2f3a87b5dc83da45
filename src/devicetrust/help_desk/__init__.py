"""A verdict for those who answer the telephone: at most five lines, and no acronym.

Makes: the texts of the help desk, one file a language; `groups` says which causes share one.
May import: the verdict and everything below.
Must never: decide anything; use a word that only engineers know.
Read first: `telling`, then `groups`.
"""
