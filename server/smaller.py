"""Scripts and style sheets without what nobody's browser needs: comments and indentation.

Of scripts whole lines are left out and nothing else is touched, with types in a line as the one exception: a
minifier that reads JavaScript less well than a browser once ate the spaces of the words on screen. A test holds that
no template of ours goes over several lines, where a line may be part of a text.
"""

import re
from typing import Final

import rcssmin

#: A pseudo-class of whatever lies inside: our minifier takes the space away, and with it the meaning.
_INSIDE: Final = re.compile(r"(?<=[\w\])]) (?=:[a-z])")
_BLOCK: Final = re.compile(r"^[ \t]*/\*(?:(?!\*/).)*\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
_LINE: Final = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_TYPE: Final = re.compile(r"/\*\* @type (?:(?!\*/).)*\*/ ?")
_INDENTED: Final = re.compile(r"^[ \t]+|^\n", re.MULTILINE)


def style(text: str) -> str:
    return str(rcssmin.cssmin(_INSIDE.sub(" *", text)))


def script(text: str) -> str:
    return _INDENTED.sub("", _TYPE.sub("", _LINE.sub("", _BLOCK.sub("", text))))
