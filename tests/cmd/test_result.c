#include "cmd/result.h"

#include <criterion/criterion.h>
#include <string.h>

static struct ok_statuses ok;

static enum result result(int status, enum fetch_error error)
{
    struct fetch fetch = {.status = status};
    struct page page = {.fetch = &fetch, .error = error};

    return result_of(&page, &ok);
}

Test(result, is_what_the_status_says)
{
    static const struct {
        int status;
        enum result result;
    } facts[] = {
        {200, RESULT_OK},     {206, RESULT_OK},     {301, RESULT_REDIRECT}, {304, RESULT_REDIRECT},
        {101, RESULT_OTHER},  {400, RESULT_BROKEN}, {404, RESULT_BROKEN},   {503, RESULT_BROKEN},
        {600, RESULT_BROKEN}, {999, RESULT_BROKEN},
    };

    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        cr_expect_eq(result(facts[i].status, FETCH_OK), facts[i].result, "%d", facts[i].status);
}

Test(result, without_a_whole_answer_is_broken)
{
    struct page unfetched = {.error = FETCH_DNS};

    cr_expect_eq(result(0, FETCH_CONNECT), RESULT_BROKEN);
    cr_expect_eq(result(200, FETCH_RESET), RESULT_BROKEN);
    cr_expect_eq(result(301, FETCH_REDIRECTS), RESULT_BROKEN);
    cr_expect_eq(result_of(&unfetched, &ok), RESULT_BROKEN);
}

Test(result, is_not_broken_where_the_status_is_said_to_be_ok)
{
    cr_assert(ok_statuses_add(&ok, "403", 3));
    cr_assert(ok_statuses_add(&ok, "999,", 3));
    cr_expect_eq(result(403, FETCH_OK), RESULT_OTHER);
    cr_expect_eq(result(999, FETCH_OK), RESULT_OTHER);
    cr_expect_eq(result(404, FETCH_OK), RESULT_BROKEN);
    cr_expect_eq(result(403, FETCH_RESET), RESULT_BROKEN);
}

Test(result, takes_no_status_that_is_none)
{
    static const char *const wrong[] = {"", "4", "40", "4040", "099", "4x4", "-40", " 40"};

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect(!ok_statuses_add(&ok, wrong[i], strlen(wrong[i])), "%s", wrong[i]);
}
