/* Redirects that lead nowhere, in a circle, or where they should not. */
#include "cmd/serve_hostile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOVED(location) "HTTP/1.1 302 Found\r\nLocation: " location "\r\n"

static const struct hostile_answer itself[] = {
    {"a", .head = MOVED("/H009/a")},
    {.path = NULL},
};

const struct hostile_row hostile_redirects[] = {
    {"H009", "a redirect to itself", .links = "a", .answers = itself},
    {.id = NULL},
};
