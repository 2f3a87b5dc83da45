"""``python -m devicetrust``: the same as the command ``devicetrust``.

Makes: nothing.
May import: cli.
Must never: do anything when imported.
Read first: `devicetrust.cli.main`.
"""

from __future__ import annotations

from devicetrust.cli import main

if __name__ == "__main__":
    main()
