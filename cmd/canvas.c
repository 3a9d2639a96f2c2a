#include "cmd/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void canvas_init(struct canvas *c, bool braille, size_t columns, size_t rows)
{
    *c = (struct canvas){.braille = braille,
                         .columns = columns < CANVAS_COLUMNS ? columns : CANVAS_COLUMNS,
                         .rows = rows < CANVAS_ROWS ? rows : CANVAS_ROWS};
}

/* Dots, from the lower left. */
static long width(const struct canvas *c)
{
    return (long)(c->braille ? 2 * c->columns : c->columns);
}

static long height(const struct canvas *c)
{
    return (long)(c->braille ? 4 * c->rows : c->rows);
}

/* The dot of a share, of so many; NaN and what is far outside are kept from becoming a number. */
static long dot_of(double share, long count)
{
    return share > -1 && share < 2 ? lround(share * (double)(count - 1)) : -1;
}

static bool holds(const struct canvas *c, long x, long y)
{
    return x >= 0 && x < width(c) && y >= 0 && y < height(c);
}

static void put(struct canvas *c, long x, long y, char glyph, enum colour colour)
{
    static const unsigned char bits[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};

    if (!holds(c, x, y))
        return;
    y = height(c) - 1 - y;
    struct canvas_cell *cell = c->braille ? &c->cells[y / 4][x / 2] : &c->cells[y][x];
    if (c->braille)
        cell->dots |= bits[y % 4][x % 2];
    else
        cell->glyph = glyph;
    cell->colour = (unsigned char)colour;
}

/* Whether a piece is drawn: by its place on the canvas, so that the dots of a curve that is drawn
 * in many short lines are as far apart as those of one. */
static bool is_drawn(const struct canvas *c, enum stroke stroke, long at)
{
    return stroke == STROKE_LINE || at % (c->braille ? 3 : 2) == 0;
}

/* Of a stroke that goes so far to the right and up. */
static char glyph_of(enum stroke stroke, long right, long up)
{
    if (stroke == STROKE_DOTS)
        return right == 0 && labs(up) > 1 ? ':' : '.';
    if (right == 0)
        return '|';
    return 3 * labs(up) <= labs(right) ? '-' : (up > 0) == (right > 0) ? '/' : '\\';
}

void canvas_line(struct canvas *c, double x0, double y0, double x1, double y1, enum stroke stroke,
                 enum colour colour)
{
    long ax = dot_of(x0, width(c)), ay = dot_of(y0, height(c));
    long bx = dot_of(x1, width(c)), by = dot_of(y1, height(c));

    if (!holds(c, ax, ay) || !holds(c, bx, by))
        return;
    long dx = labs(bx - ax), dy = labs(by - ay), steps = dx > dy ? dx : dy;
    for (long i = 0; i <= steps; i++) {
        double share = steps ? (double)i / (double)steps : 0;
        long x = lround((double)ax + share * (double)(bx - ax));
        long y = lround((double)ay + share * (double)(by - ay));
        if (is_drawn(c, stroke, dx >= dy ? x : y))
            put(c, x, y, glyph_of(stroke, bx - ax, by - ay), colour);
    }
}

size_t canvas_column(const struct canvas *c, double x)
{
    return (size_t)dot_of(x, width(c)) / (c->braille ? 2 : 1);
}

size_t canvas_row(const struct canvas *c, double y)
{
    return c->rows - 1 - (size_t)dot_of(y, height(c)) / (c->braille ? 4 : 1);
}

void canvas_mark(struct canvas *c, double x, double y, const char *mark, enum colour colour)
{
    if (!holds(c, dot_of(x, width(c)), dot_of(y, height(c))))
        return;
    struct canvas_cell *cell = &c->cells[canvas_row(c, y)][canvas_column(c, x)];
    *cell = (struct canvas_cell){.colour = (unsigned char)colour};
    memcpy(cell->mark, mark, strnlen(mark, sizeof cell->mark - 1));
}

void canvas_text(struct canvas *c, size_t column, size_t row, const char *text, enum colour colour)
{
    for (; *text && column < c->columns; text++, column++)
        c->cells[row][column] =
            (struct canvas_cell){.glyph = *text, .colour = (unsigned char)colour};
}

void canvas_colour(struct text *out, enum colour colour, bool colours)
{
    if (colours)
        text_add_format(out, colour ? "\33[%dm" : "\33[m", 30 + (int)colour);
}

static bool is_blank(const struct canvas_cell *cell)
{
    return !*cell->mark && !cell->dots && !cell->glyph;
}

static void print_cell(struct text *out, const struct canvas_cell *cell)
{
    if (*cell->mark)
        text_add_string(out, cell->mark);
    else if (cell->glyph)
        text_add_char(out, cell->glyph);
    else if (cell->dots) /* U+2800 and on */
        text_add(out,
                 (char[]){'\xe2', (char)(0xa0 | cell->dots >> 6), (char)(0x80 | (cell->dots & 63))},
                 3);
    else
        text_add_char(out, ' ');
}

void canvas_print(const struct canvas *c, size_t row, struct text *out, bool colours)
{
    const struct canvas_cell *cells = c->cells[row];
    enum colour now = COLOUR_NONE;
    size_t end = c->columns;

    while (end > 0 && is_blank(&cells[end - 1]))
        end--;
    for (size_t i = 0; i < end; i++) {
        enum colour colour = is_blank(&cells[i]) ? now : cells[i].colour;
        if (colour != now)
            canvas_colour(out, colour, colours);
        now = colour;
        print_cell(out, &cells[i]);
    }
    if (now != COLOUR_NONE)
        canvas_colour(out, COLOUR_NONE, colours);
}
