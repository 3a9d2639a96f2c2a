/* TODO */
#include "cmd/serve_hostile.h"

const struct hostile_row hostile_bodies[] = {
    {.id = NULL},
};
