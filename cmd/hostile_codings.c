/* TODO */
#include "cmd/serve_hostile.h"

const struct hostile_row hostile_codings[] = {
    {.id = NULL},
};
