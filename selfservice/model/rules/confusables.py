"""Letters that look alike, folded to one of them: two names with the same skeleton are easily mistaken.

A small part of Unicode's own table, https://www.unicode.org/Public/security/latest/confusables.txt (UTS #39): what
domains may hold of Cyrillic, Greek, Armenian and Latin.
"""

import unicodedata
from functools import lru_cache

# By code point, as in that table: a look-alike letter is hard to see in a list of look-alike letters.
_LIKE = {
    "a": "0430 0251 03B1",
    "b": "044C 0185",
    "c": "0441 03F2 1D04",
    "d": "0501 0257 0111",
    "e": "0435 04BD 0454",
    "f": "0493 0192",
    "g": "0261 0581 01E5",
    "h": "04BB 0127 0570",
    "i": "0456 0131 0269 03B9 04CF",
    "j": "0458 03F3",
    "k": "03BA 043A 0138 04A1",
    "l": "0031 0142 056C",
    "m": "043C",
    "n": "0578 043F 03B7",
    "o": "0030 043E 03BF 0585 03C3 00F8",
    "p": "0440 03C1 00FE",
    "q": "051B 0563",
    "r": "0433 027E",
    "s": "0455 A731",
    "t": "0442 03C4 0167",
    "u": "03C5 057D 0446 028B",
    "v": "03BD 0475 1D20",
    "w": "051D 03C9 0448 0449 0561",
    "x": "0445 03C7",
    "y": "0443 04AF 03B3",
    "z": "1D22 0290",
}
_FOLDED = {int(point, 16): plain for plain, points in _LIKE.items() for point in points.split()}
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """Return the text with look-alike letters made one, and without accents."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not _is_mark(letter))
    folded = bare.translate(_FOLDED)
    for pair, letter in _PAIRS:
        folded = folded.replace(pair, letter)
    return folded


def mixes_scripts(word: str) -> bool:
    """Say whether a word takes its letters from more than one of the alphabets that look alike."""
    return len({alphabet for letter in word if (alphabet := _alphabet(letter))}) > 1


def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return next((alphabet for alphabet in _ALPHABETS if letter.isalpha() and name.startswith(alphabet)), "")


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) == "Mn"
