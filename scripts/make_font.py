"""Make the fonts that charts are drawn in: the characters that exports hold, out of Noto Sans SC.

    python scripts/make_font.py NotoSansSC-Regular.otf custkit/show/fonts/CustkitSans-Regular.otf

The source is the static Regular of Noto Sans SC 2.004 (SIL Open Font License), for instance from the package
pylopdf-fonts-zh-cn. The same source gives the same bytes.
"""

import argparse
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# Not the name of a font that a system may have: matplotlib picks by name, and would pick that one.
FAMILY = "Custkit Sans"

# Latin with its accents, punctuation, currencies, arrows, the signs of formulas, blocks, bullets.
RANGES = [
    (0x20, 0x17F),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20A0, 0x20BF),
    (0x2190, 0x2193),
    (0x2200, 0x226F),
]


def characters() -> set[int]:
    """Code points to keep: the ranges above, GB 2312, and the common half of Big5 for traditional exports."""
    wanted = {point for first, last in RANGES for point in range(first, last + 1)}
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            wanted.update(map(ord, bytes([high, low]).decode("gb2312", "ignore")))
    for high in range(0xA1, 0xC7):
        for low in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            wanted.update(map(ord, bytes([high, low]).decode("big5", "ignore")))
    return wanted


def make(source: Path, target: Path) -> int:
    """Write the subset; returns how many characters it has."""
    options = subset.Options(
        hinting=False, layout_features=["kern"], name_IDs=[0, 7, 13, 14], name_languages=[0x409]
    )
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG"]  # charts set no vertical text
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    postscript = FAMILY.replace(" ", "")
    for name_id, text in {1: FAMILY, 2: "Regular", 4: FAMILY, 6: f"{postscript}-Regular"}.items():
        font["name"].setName(text, name_id, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [f"{postscript}-Regular"]
    cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = FAMILY
    font.save(target)
    return len(font.getBestCmap())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    given = parser.parse_args()
    count = make(given.source, given.target)
    sys.stdout.write(f"{given.target}: {count:,} characters, {given.target.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
