/* The list of effects, empty until one is found. */
#include "tests/parse/html_effects.h"

const char *html_effects(const struct document *d)
{
    (void)d;
    return NULL;
}
