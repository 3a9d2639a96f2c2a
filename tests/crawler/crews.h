/* Tests of fetching by blocking calls. Their program is also the process that fetches. */
#ifndef TESTS_CRAWLER_CREWS_H
#define TESTS_CRAWLER_CREWS_H

#include "tests/crawler/fetching.h"

#include <signal.h>
#include <stdlib.h>

__attribute__((constructor)) static void be_the_process(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], FETCH_CREW_ARGUMENT) == 0)
        exit(fetch_crew_main());
    signal(SIGPIPE, SIG_IGN);
}

/* A test with each crew, of so many; then options. */
#define CREWS_TEST(fact, size, ...)                                      \
    static void fact(struct stage *s);                                   \
    Test(crew, fact)                                                     \
    {                                                                    \
        for (enum fetch_model m = 1; m < FETCH_MODEL_COUNT; m++) {       \
            struct stage s = {.act = fact,                               \
                              .model = m,                                \
                              .crew = (size),                            \
                              .options = {.cacert = NULL, __VA_ARGS__}}; \
            stage_play(&s, pages, COUNT(pages));                         \
        }                                                                \
    }                                                                    \
    static void fact(struct stage *s)

static inline const char *model_of(const struct stage *s)
{
    return fetch_model_name(s->model);
}

#endif
