#!/usr/bin/env python3
"""draw.py COLUMNS ROWS TITLE: what `tmux capture-pane -e -p` printed (standard input) as an SVG (standard output).

Every word has its own place and width, and lines and bars are drawn as shapes: so the columns stay aligned in
whatever monospace font a browser has.
"""

import re
import sys
import unicodedata
from html import escape

CELL_W, CELL_H, FONT, MARGIN = 8.4, 18, 14, 14
BACKGROUND, FOREGROUND = "#10131a", "#d5d9e3"
SIXTEEN = (
    "#10131a #ff7b85 #8cc265 #e0af68 #7aa2f7 #c49af0 #7dcfff #d5d9e3 "
    "#7d8590 #ff7b85 #8cc265 #e0af68 #7aa2f7 #c49af0 #7dcfff #ffffff"
).split()

# A line from the middle of the cell to its left, right, top and bottom.
LINES = {
    "─": "lr", "│": "tb", "┌": "rb", "┐": "lb", "└": "rt", "┘": "lt",
    "├": "rtb", "┤": "ltb", "┬": "lrb", "┴": "lrt", "┼": "lrtb",
}
# How much of the cell is filled from below, and how strongly.
BARS = {char: ((i + 1) / 8, 1.0) for i, char in enumerate("▁▂▃▄▅▆▇█")}
SHADES = {"░": 0.35, "▒": 0.6, "▓": 0.8}


def number(value):
    return f"{value:.1f}".rstrip("0").rstrip(".")


def palette(index):
    if index < 16:
        return SIXTEEN[index]
    if index < 232:
        index -= 16
        steps = (0, 95, 135, 175, 215, 255)
        return "#%02x%02x%02x" % (steps[index // 36], steps[index // 6 % 6], steps[index % 6])
    return "#" + "%02x" % (8 + 10 * (index - 232)) * 3


class Style:
    def __init__(self):
        self.fore, self.back, self.bold, self.dim, self.reverse = None, None, False, False, False

    def take(self, codes):
        codes = [int(code or 0) for code in re.split("[;:]", codes)] if codes else [0]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.__init__()
            elif code in (1, 2, 7):
                setattr(self, {1: "bold", 2: "dim", 7: "reverse"}[code], True)
            elif code == 22:
                self.bold = self.dim = False
            elif code == 27:
                self.reverse = False
            elif code in (38, 48):
                kind = codes.pop(0)
                if kind == 2:
                    colour = "#%02x%02x%02x" % tuple(codes[:3])
                    del codes[:3]
                else:
                    colour = palette(codes.pop(0))
                setattr(self, "fore" if code == 38 else "back", colour)
            elif code in (39, 49):
                setattr(self, "fore" if code == 39 else "back", None)
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.fore = palette(code - 30 if code < 90 else code - 82)
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.back = palette(code - 40 if code < 100 else code - 92)

    def look(self):
        """(colour of the text, colour behind it or None, whether bold, whether dim)"""
        fore, back = self.fore or FOREGROUND, self.back
        if self.reverse:
            fore, back = back or BACKGROUND, self.fore or FOREGROUND
        return fore, back, self.bold, self.dim


def cells(text, columns, rows):
    """One list of (column, characters, look) for each row; a style goes on over line ends."""
    style, screen = Style(), []
    for line in text.split("\n")[:rows]:
        row, column = [], 0
        for escape_codes, other, char in re.findall(r"\x1b\[([0-9;:]*)m|(\x1b[^m]*m|[\x00-\x1f])|(.)", line):
            if char:
                if unicodedata.combining(char) and row:
                    at, before, look, wide = row[-1]
                    row[-1] = (at, before + char, look, wide)
                    continue
                wide = 2 if unicodedata.east_asian_width(char) in "WF" else 1
                row.append((column, char, style.look(), wide))
                column += wide
            elif not other:
                style.take(escape_codes)
        screen.append([cell for cell in row if cell[0] < columns])
    return screen


def backgrounds(row, y):
    run = None
    for column, _, (_, back, _, _), wide in row + [(-1, "", (None, None, False, False), 0)]:
        if run and (back != run[2] or column != run[1]):
            start, end, colour = run
            yield f'<rect x="{number(start * CELL_W)}" y="{y}" width="{number((end - start) * CELL_W)}" height="{CELL_H}" fill="{colour}"/>'
            run = None
        if back:
            run = (run[0] if run else column, column + wide, back)


def shape(column, char, fore, y):
    x = column * CELL_W
    if char in LINES:
        mid_x, mid_y = x + CELL_W / 2, y + CELL_H / 2
        ends = {"l": (x, mid_y), "r": (x + CELL_W, mid_y), "t": (mid_x, y), "b": (mid_x, y + CELL_H)}
        path = "".join(f"M{number(mid_x)} {number(mid_y)}L{number(ends[to][0])} {number(ends[to][1])}" for to in LINES[char])
        return f'<path d="{path}" stroke="{fore}"/>'
    if char in BARS or char in SHADES:
        share, strength = BARS.get(char, (1, SHADES.get(char, 1)))
        height = (CELL_H - 4) * share
        return (
            f'<rect x="{number(x)}" y="{number(y + CELL_H - 2 - height)}" width="{number(CELL_W)}" height="{number(height)}"'
            f' fill="{fore}" fill-opacity="{strength}"/>'
        )
    return None


def horizontal_rules(row, y):
    """Runs of ─ as one line each; the cells they took."""
    taken, start = set(), None
    for index, (column, char, look, _) in enumerate(row + [(-1, "", None, 0)]):
        if start is not None and (char != "─" or look != row[start][2]):
            first, last = row[start][0], row[index - 1][0] + 1
            taken.update(range(first, last))
            mid = number(y + CELL_H / 2)
            yield f'<path d="M{number(first * CELL_W)} {mid}H{number(last * CELL_W)}" stroke="{row[start][2][0]}"/>', taken
            start = None
        if char == "─" and start is None:
            start = index


def words(row):
    """(column, text, look, columns wide): what stands together in one style, without the spaces between."""
    word = None
    for column, char, look, wide in row + [(-1, " ", None, 1)]:
        plain = char.isascii() and char != " "
        if word and (not plain or look != word[2] or column != word[0] + word[3]):
            yield word
            word = None
        if plain:
            word = (word[0], word[1] + char, look, word[3] + 1) if word else (column, char, look, 1)
        elif char != " " and char not in LINES and char not in BARS and char not in SHADES:
            yield (column, char, look, wide)


def draw(text, columns, rows, title):
    width, height = columns * CELL_W + 2 * MARGIN, rows * CELL_H + 2 * MARGIN
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}"'
        f' width="{number(width)}" height="{number(height)}" role="img">'
    )
    yield f"<title>{escape(title)}</title>"
    yield f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>'
    yield (
        f'<g transform="translate({MARGIN} {MARGIN})" stroke-width="1" fill="none" xml:space="preserve" font-size="{FONT}"'
        " font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace\">"
    )
    for index, row in enumerate(cells(text, columns, rows)):
        y = index * CELL_H
        yield from backgrounds(row, y)
        taken = set()
        for line, taken in horizontal_rules(row, y):
            yield line
        for column, char, (fore, _, _, _), _ in row:
            drawn = None if column in taken else shape(column, char, fore, y)
            if drawn:
                yield drawn
        for column, word, (fore, _, bold, dim), wide in words(row):
            weight = ' font-weight="700"' if bold else ""
            faint = ' opacity=".6"' if dim else ""
            if word.isascii():
                place = f'x="{number(column * CELL_W)}" textLength="{number(wide * CELL_W)}" lengthAdjust="spacingAndGlyphs"'
            else:
                # A symbol may come from a font of another width: centred in its cell it stays in its column.
                place = f'x="{number((column + wide / 2) * CELL_W)}" text-anchor="middle"'
            yield f'<text {place} y="{number(y + CELL_H * 0.74)}" fill="{fore}"{weight}{faint}>{escape(word)}</text>'
    yield "</g></svg>"


def main():
    columns, rows, title = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    print("\n".join(draw(sys.stdin.read(), columns, rows, title)))


main()
