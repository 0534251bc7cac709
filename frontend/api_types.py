"""Write the types of the studio's API for the pages: python frontend/api_types.py [--check]

--check: write nothing; exit with 1 if the types that lie there are not those of the API.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from build_pages import HERE, install, node

from mebuki.studio.app import create_app
from mebuki.studio.place import Place

TYPES = HERE / "src" / "api" / "schema.d.ts"


def made() -> str:
    """The types of the API as it is."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        schema, types = home / "api.json", home / "schema.d.ts"
        schema.write_text(
            json.dumps(create_app(Place(home / "runs", home / "diary", home / "data")).openapi()), encoding="utf-8"
        )
        install()
        if node("openapi-typescript/bin/cli.js", str(schema), "-o", str(types)):
            raise RuntimeError("openapi-typescript failed: see above")
        return types.read_text(encoding="utf-8")


def main() -> int:
    found = made()
    if "--check" in sys.argv[1:]:
        same = TYPES.is_file() and TYPES.read_text(encoding="utf-8") == found
        print("the types are those of the API" if same else f"{TYPES} is out of date: python frontend/api_types.py")
        return 0 if same else 1
    TYPES.write_text(found, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
