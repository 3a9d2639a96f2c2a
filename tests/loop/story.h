/* What happened in a test, a letter each, in the order in which it happened. */
#ifndef TESTS_LOOP_STORY_H
#define TESTS_LOOP_STORY_H

#include <criterion/criterion.h>
#include <string.h>

static char story[64];

static inline void tell(char letter)
{
    size_t length = strlen(story);
    cr_assert_lt(length + 1, sizeof story);
    story[length] = letter;
}

static inline void forget_story(void)
{
    memset(story, 0, sizeof story);
}

#endif
