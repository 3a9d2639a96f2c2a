/* A picture made of characters: dots of braille, 2 x 4 in each cell, or ASCII, one in each cell.
 * Places are shares of the whole: (0, 0) is at the lower left, (1, 1) at the upper right; what is
 * not within is not drawn. What is drawn later covers what was drawn before: in a cell a mark
 * covers dots, and its colour that of the whole cell. */
#ifndef CMD_CANVAS_H
#define CMD_CANVAS_H

#include "cmd/text.h"

#include <stdbool.h>

#define CANVAS_COLUMNS 120
#define CANVAS_ROWS 17

enum colour { /* of SGR, less 30 */
              COLOUR_NONE,
              COLOUR_RED,
              COLOUR_GREEN,
              COLOUR_YELLOW,
              COLOUR_BLUE,
              COLOUR_MAGENTA,
              COLOUR_CYAN,
};

enum stroke {
    STROKE_LINE, /* '-', '/', '\' and '|' in ASCII */
    STROKE_DOTS, /* '.', and where it rises ':' */
};

struct canvas {
    bool braille;
    size_t columns, rows; /* of cells */
    struct canvas_cell {
        unsigned char dots;   /* of braille, as Unicode counts them; */
        char glyph;           /* of ASCII, covers them; '\0': none */
        char mark[4];         /* UTF-8, covers both; "": none */
        unsigned char colour; /* enum colour */
    } cells[CANVAS_ROWS][CANVAS_COLUMNS];
};

/* Empty, of at most CANVAS_COLUMNS x CANVAS_ROWS cells. */
void canvas_init(struct canvas *c, bool braille, size_t columns, size_t rows);

void canvas_line(struct canvas *c, double x0, double y0, double x1, double y1, enum stroke stroke,
                 enum colour colour);

/* One character, of at most three bytes. */
void canvas_mark(struct canvas *c, double x, double y, const char *mark, enum colour colour);

/* Plain ASCII from that cell on, as far as there are columns. */
void canvas_text(struct canvas *c, size_t column, size_t row, const char *text, enum colour colour);

/* The cell of a place within, rows counted from the top. */
size_t canvas_column(const struct canvas *c, double x);
size_t canvas_row(const struct canvas *c, double y);

/* Adds one row without the blanks at its end, with SGR sequences where there are to be colours. */
void canvas_print(const struct canvas *c, size_t row, struct text *out, bool colours);

/* What begins and ends text of a colour, or nothing. */
void canvas_colour(struct text *out, enum colour colour, bool colours);

#endif
