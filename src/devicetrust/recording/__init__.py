"""A verdict as a file that holds all it rests on, and the same question asked again.

Makes: records (`record`), and replays of them (`replay`).
May import: the verdict and everything below.
Must never: judge by another profile than the one recorded, unless the caller hands it over; run what a record names.
Read first: `contents`, then `replaying`.
"""
