/* Pictures of characters: cmd/canvas.c. */
#include "cmd/canvas.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* All rows, each with its line feed. The caller frees. */
static char *print(const struct canvas *c, bool colours)
{
    struct text t = {0};

    for (size_t row = 0; row < c->rows; row++) {
        canvas_print(c, row, &t, colours);
        text_add_char(&t, '\n');
    }
    text_add_char(&t, '\0');
    return t.data;
}

static void expect_picture(const struct canvas *c, bool colours, const char *expected)
{
    char *got = print(c, colours);

    cr_expect_str_eq(got, expected, "%s\ninstead of\n%s", got, expected);
    free(got);
}

Test(canvas, has_eight_dots_in_a_cell_of_braille)
{
    static const char *const dots[4][2] = {
        {"⡀\n", "⢀\n"}, {"⠄\n", "⠠\n"}, {"⠂\n", "⠐\n"}, {"⠁\n", "⠈\n"}};

    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 2; x++) {
            struct canvas c;
            canvas_init(&c, true, 1, 1);
            canvas_line(&c, x, y / 3.0, x, y / 3.0, STROKE_LINE, COLOUR_NONE);
            expect_picture(&c, false, dots[y][x]);
        }
    }
}

Test(canvas, draws_a_line_from_corner_to_corner)
{
    struct canvas c;

    canvas_init(&c, true, 4, 2);
    canvas_line(&c, 0, 0, 1, 1, STROKE_LINE, COLOUR_NONE);
    expect_picture(&c, false, "  ⡠⠊\n⡠⠊\n");
    canvas_init(&c, false, 4, 4);
    canvas_line(&c, 0, 0, 1, 1, STROKE_LINE, COLOUR_NONE);
    expect_picture(&c, false, "   /\n  /\n /\n/\n");
}

Test(canvas, draws_the_same_line_from_either_end)
{
    static const double rows[][4] = {
        {0, 0, 1, 1}, {0, 1, 1, 0}, {0, 0.2, 1, 0.3}, {0.4, 0, 0.4, 1}, {0, 0.7, 1, 0.1}};

    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        const double *r = rows[i / 2];
        struct canvas c;
        canvas_init(&c, i % 2, 21, 10);
        canvas_line(&c, r[0], r[1], r[2], r[3], STROKE_LINE, COLOUR_NONE);
        char *there = print(&c, false);
        canvas_init(&c, i % 2, 21, 10);
        canvas_line(&c, r[2], r[3], r[0], r[1], STROKE_LINE, COLOUR_NONE);
        expect_picture(&c, false, there);
        free(there);
    }
}

Test(canvas, draws_nothing_that_is_not_within)
{
    static const double places[] = {NAN, INFINITY, -INFINITY, -0.2, 1.2, 1e300};

    for (size_t i = 0; i < 2 * COUNT(places); i++) {
        double x = i % 2 ? places[i / 2] : 0.5, y = i % 2 ? 0.5 : places[i / 2];
        struct canvas c;
        canvas_init(&c, true, 5, 2);
        canvas_line(&c, 0.5, 0.5, x, y, STROKE_LINE, COLOUR_NONE);
        canvas_mark(&c, x, y, "o", COLOUR_NONE);
        expect_picture(&c, false, "\n\n");
    }
}

Test(canvas, draws_fewer_dots_of_a_dotted_line)
{
    struct canvas c;

    canvas_init(&c, false, 8, 1);
    canvas_line(&c, 0, 0, 1, 0, STROKE_DOTS, COLOUR_NONE);
    expect_picture(&c, false, ". . . .\n");
}

Test(canvas, covers_lines_by_marks_and_text)
{
    for (int braille = 0; braille < 2; braille++) {
        struct canvas c;
        canvas_init(&c, braille, 7, 1);
        canvas_line(&c, 0, 0, 1, 0, STROKE_LINE, COLOUR_NONE);
        canvas_mark(&c, 0, 0, "o", COLOUR_NONE);
        canvas_text(&c, 1, 0, "knee 32", COLOUR_NONE);
        expect_picture(&c, false, "oknee 3\n");
    }
}

Test(canvas, says_in_which_cell_a_place_is)
{
    for (int braille = 0; braille < 2; braille++) {
        struct canvas c;
        canvas_init(&c, braille, 33, 9);
        for (double at = 0; at <= 1; at += 0.01) {
            struct canvas_cell *cell = &c.cells[canvas_row(&c, 1 - at)][canvas_column(&c, at)];
            canvas_mark(&c, at, 1 - at, "x", COLOUR_NONE);
            cr_expect_str_eq(cell->mark, "x", "%g", at);
        }
    }
}

Test(canvas, changes_colours_where_they_change)
{
    struct canvas c;

    canvas_init(&c, false, 9, 1);
    canvas_text(&c, 0, 0, "ab", COLOUR_RED);
    canvas_text(&c, 3, 0, "c", COLOUR_RED);
    canvas_text(&c, 5, 0, "d", COLOUR_NONE);
    canvas_text(&c, 6, 0, "e", COLOUR_CYAN);
    expect_picture(&c, true, "\33[31mab c \33[md\33[36me\33[m\n");
    expect_picture(&c, false, "ab c de\n");
}
