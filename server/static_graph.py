"""Which files a page needs: those that it names, and whatever these import. Found in the files themselves, so that a
list of what is kept on a phone cannot fall behind the code.
"""

import posixpath
import re
from collections.abc import Iterator

from server.static_files import StaticFiles

#: `import … from "./x.js"`, `export … from`, `import "./x.js"` and `import("./x.js")`; our own scripts name each
#: module by a relative address in plain quotes, which the front-end lint holds them to.
_IMPORTS = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}/[^"']+\.js)["']""")
_STYLES = re.compile(r"""(?:url\(|@import)\s*["']?(?!data:|#)([^"')\s;]+)""")


class MissingFile(Exception):
    """A page or a script names a file of ours that is not there."""


def files_of(static: StaticFiles, page: str) -> list[str]:
    """The names of all files that `page`, an HTML text, needs of this version. Raises MissingFile."""
    named = set(re.findall(rf"/static/{static.version}/([\w./-]+)", page))
    found: set[str] = set()
    while named:
        name = named.pop()
        if name in found:
            continue
        found.add(name)
        named.update(_imported(static, name))
    return sorted(found)


def _imported(static: StaticFiles, name: str) -> Iterator[str]:
    try:
        body = static.body(name)
    except KeyError:
        raise MissingFile(name) from None
    pattern = {".js": _IMPORTS, ".css": _STYLES}.get(posixpath.splitext(name)[1])
    if pattern is None:
        return
    for address in pattern.findall(body.decode()):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
