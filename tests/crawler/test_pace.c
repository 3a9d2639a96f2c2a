#include "crawler/pace.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define FULL 8

/* A host, whose fetches take 10 ms. */
static struct pace pace;
static int64_t now;

static void met_with(bool gentle)
{
    now = SECOND;
    pace_init(&pace, gentle);
}

static unsigned share(void)
{
    return pace_share(&pace, FULL);
}

/* A fetch that begins now, or when the host resumes, and ends so; it is one of a whole share. */
static enum pace_advice hear(struct outcome o)
{
    o.gentle = pace.gentle;
    if (!o.in_flight)
        o.in_flight = share();
    if (!o.began)
        o.began = now > pace.resume ? now : pace.resume;
    now = o.ended = o.began + 10 * MS;
    return pace_heard(&pace, FULL, &o);
}

static enum pace_advice hear_kind(int kind)
{
    return hear((struct outcome){.kind = kind, .last = true, .more = true});
}

static int kind_of(char letter)
{
    switch (letter) {
    case 'a':
        return OUTCOME_ANSWER;
    case 'b':
        return OUTCOME_BUSY;
    case 'l':
        return OUTCOME_LIMITED;
    case 'r':
        return OUTCOME_REFUSED;
    case 't':
        return OUTCOME_TIMEOUT;
    case 's':
        return OUTCOME_SILENT;
    case 'g':
        return OUTCOME_GIVEN_BACK;
    default:
        return OUTCOME_OTHER;
    }
}

/* --- the share --- */

Test(pace, follows_what_is_heard)
{
    static const struct {
        bool gentle;
        const char *heard, *shares; /* an outcome a letter, and the share after it */
    } table[] = {
        {false, "aaa", "888"},
        {true, "aaaaaaaa", "34567888"}, /* doubles: each answer of a round makes room for two */
        {true, "oooo", "2222"},
        {true, "baaaaa", "122333"}, /* then one more a round */
        {true, "laaaaaaaa", "111122222"}, /* or in four, where requests are counted */
        {false, "baaaaaaaaa", "4444555556"},
        {false, "bbbb", "4211"},
        {false, "rrrr", "4211"},
        {false, "babab", "44221"},
        {false, "ssss", "8888"},
        {false, "gggg", "8888"},
        {false, "tatat", "88888"},
        {false, "ttt", "811"},
        {false, "tsts", "8811"},
        {false, "ttaaaaaaa", "812344445"}, /* from one it doubles, up to half of what it was */
        {true, "attaaa", "331223"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        char shares[32] = "";
        met_with(table[i].gentle);
        for (size_t k = 0; table[i].heard[k]; k++) {
            hear_kind(kind_of(table[i].heard[k]));
            shares[k] = (char)('0' + share());
        }
        cr_expect_str_eq(shares, table[i].shares, "%s: %s, not %s", table[i].heard, shares,
                         table[i].shares);
    }
}

Test(pace, recovers_fully)
{
    static const char *const bad[] = {"bbbb", "rrrr", "tttt", "btrb"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        met_with(false);
        for (size_t k = 0; bad[i][k]; k++)
            hear_kind(kind_of(bad[i][k]));
        cr_expect_eq(share(), 1);
        for (int k = 0; k < 40; k++)
            hear_kind(OUTCOME_ANSWER);
        cr_expect_eq(share(), FULL, "after %s", bad[i]);
    }
}

Test(pace, halves_once_for_all_that_was_in_flight)
{
    met_with(false);
    for (int i = 0; i < 8; i++)
        hear((struct outcome){.kind = OUTCOME_BUSY, .began = SECOND});
    cr_expect_eq(share(), 4);
    hear_kind(OUTCOME_BUSY);
    cr_expect_eq(share(), 2);
}

Test(pace, grows_by_no_answer_to_what_began_before_it_was_cut)
{
    met_with(false);
    hear_kind(OUTCOME_BUSY);
    for (int i = 0; i < 8; i++)
        hear((struct outcome){.kind = OUTCOME_ANSWER, .began = SECOND, .in_flight = 8});
    cr_expect_eq(share(), 4);
}

Test(pace, grows_no_further_than_it_is_used)
{
    met_with(true);
    for (int i = 0; i < 8; i++)
        hear((struct outcome){.kind = OUTCOME_ANSWER, .in_flight = 1});
    cr_expect_eq(share(), 2);
}

Test(pace, of_a_host_that_turns_out_not_to_be_public_is_full_at_once)
{
    met_with(true);
    pace.gentle = false; /* for hear */
    const struct outcome o = {
        .kind = OUTCOME_ANSWER, .in_flight = 1, .began = SECOND, .ended = SECOND + MS};
    pace.gentle = true;
    pace_heard(&pace, FULL, &o);
    cr_expect_eq(share(), FULL);
}

/* --- answers that take longer --- */

/* So many answers, each that late, in ms. */
static void answers(int n, int64_t first_byte)
{
    for (int i = 0; i < n; i++)
        hear((struct outcome){.kind = OUTCOME_ANSWER, .first_byte = first_byte * MS});
}

Test(pace, halves_where_answers_take_over_twice_the_best_and_some)
{
    static const struct {
        int64_t best, then; /* ms to the first byte */
        bool slower;
    } table[] = {
        {1, 3, false},       {1, 50, false},     {1, 60, true},     {20, 85, false},
        {20, 95, true},      {100, 200, false},  {100, 245, false}, {100, 260, true},
        {1000, 2000, false}, {1000, 2100, true},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        met_with(true);
        answers(16, table[i].best);
        cr_assert(share() == FULL && pace.round == 0);
        answers(8, table[i].then);
        cr_expect_eq(share(), table[i].slower ? FULL / 2 : FULL, "%d ms after %d",
                     (int)table[i].then, (int)table[i].best);
    }
}

Test(pace, is_not_slowed_by_some_pages_that_take_longer)
{
    met_with(true);
    for (int i = 0; i < 20; i++) {
        answers(2, 400);
        answers(2, 5);
    }
    cr_expect_eq(share(), FULL);
}

Test(pace, is_doubled_by_quick_answers_alone)
{
    met_with(true);
    answers(1, 5);
    answers(2, 400);
    cr_expect_eq(share(), 3);
}

Test(pace, gets_used_to_a_host_that_is_slow_at_any_share)
{
    met_with(true);
    answers(20, 5);
    answers(12, 200);
    cr_expect_lt(share(), FULL);
    answers(100, 200);
    cr_expect_eq(share(), FULL);
}

Test(pace, of_a_host_that_is_not_met_gently_does_not_heed_time)
{
    met_with(false);
    answers(20, 5);
    answers(40, 900);
    cr_expect_eq(share(), FULL);
}

/* --- pauses --- */

Test(pace, rests_as_long_as_retry_after_asks_for)
{
    static const int64_t asked[] = {1, 7, 120, 300, 301, 1000000};

    for (size_t i = 0; i < COUNT(asked); i++) {
        met_with(false);
        hear((struct outcome){.kind = OUTCOME_BUSY, .retry_after = asked[i] * SECOND});
        int64_t most = asked[i] < 300 ? asked[i] : 300;
        cr_expect_eq(pace.resume, now + most * SECOND, "%d s", (int)asked[i]);
    }
}

Test(pace, does_not_rest_unasked)
{
    met_with(false);
    hear_kind(OUTCOME_BUSY);
    cr_expect_eq(pace.resume, 0);
}

Test(pace, rests_ever_longer_while_requests_are_said_to_be_too_many)
{
    static const int64_t rests[] = {500, 1000, 2000, 4000, 8000, 16000, 16000};

    met_with(false);
    for (size_t i = 0; i < COUNT(rests); i++) {
        hear_kind(OUTCOME_LIMITED);
        cr_expect_eq(pace.resume, now + rests[i] * MS, "rest %zu", i);
    }
    int64_t resume = pace.resume;
    hear((struct outcome){.kind = OUTCOME_LIMITED, .began = SECOND});
    cr_expect_eq(pace.resume, resume, "what was in flight together counts as one");
    hear_kind(OUTCOME_ANSWER);
    hear_kind(OUTCOME_LIMITED);
    cr_expect_eq(pace.resume, now + 500 * MS);
}

Test(pace, gets_its_full_share_back_also_from_who_counts_requests)
{
    met_with(false);
    hear_kind(OUTCOME_LIMITED);
    for (int i = 0; i < 400 && share() < FULL; i++)
        hear_kind(OUTCOME_ANSWER);
    cr_expect_eq(share(), FULL);
    hear_kind(OUTCOME_BUSY);
    for (unsigned i = 0, before = share(); i <= before; i++)
        hear_kind(OUTCOME_ANSWER);
    cr_expect_gt(share(), FULL / 2, "and is as quick as ever");
}

Test(pace, rests_for_the_longest_of_what_was_asked)
{
    met_with(false);
    hear((struct outcome){.kind = OUTCOME_BUSY, .retry_after = 100 * SECOND});
    int64_t resume = pace.resume;
    hear((struct outcome){.kind = OUTCOME_BUSY, .retry_after = SECOND, .began = SECOND});
    cr_expect_eq(pace.resume, resume);
}

Test(pace, leaves_gaps_between_fetches_that_fail_in_a_row)
{
    static const int64_t gaps[] = {0, 0, 50, 100, 200, 400, 500, 500};

    met_with(false);
    for (size_t i = 0; i < COUNT(gaps); i++) {
        hear((struct outcome){.kind = OUTCOME_REFUSED, .more = true});
        cr_expect_eq(pace.resume, gaps[i] ? now + gaps[i] * MS : 0, "gap %zu", i);
    }
    hear_kind(OUTCOME_ANSWER);
    hear((struct outcome){.kind = OUTCOME_REFUSED});
    cr_expect_leq(pace.resume, now);
}

/* --- a host that answers no more --- */

/* It answers, and then to nothing more. Returns when it is put aside, or waited for no longer. */
static int64_t wait_for(int64_t fetch, unsigned *probes)
{
    enum pace_advice advice = PACE_NONE;
    int64_t begin;

    met_with(false);
    hear_kind(OUTCOME_ANSWER);
    for (int i = 0; i < PACE_FAILURES; i++)
        advice = hear_kind(OUTCOME_TIMEOUT);
    cr_assert_eq(advice, PACE_AGAIN);
    begin = now;
    for (*probes = 0; advice == PACE_AGAIN; ++*probes) {
        struct outcome o = {.kind = OUTCOME_TIMEOUT, .last = true, .in_flight = 1};
        cr_assert_lt(*probes, 50);
        cr_assert_eq(share(), 1);
        cr_assert_gt(pace.resume, now);
        o.began = pace.resume;
        now = o.ended = o.began + fetch;
        advice = pace_heard(&pace, FULL, &o);
    }
    cr_assert_eq(advice, PACE_PUT_ASIDE);
    return now - begin;
}

Test(pace, waits_a_minute_for_a_host_that_answers_no_more_and_then_puts_it_aside)
{
    static const struct {
        int64_t fetch; /* ms that each probe takes */
        unsigned probes;
    } table[] = {{0, 6}, {1, 6}, {300, 6}, {5000, 6}, {10000, 5}, {30000, 5}};

    for (size_t i = 0; i < COUNT(table); i++) {
        unsigned probes;
        int64_t took = wait_for(table[i].fetch * MS, &probes);
        int64_t waited = took - (int64_t)probes * table[i].fetch * MS;
        cr_expect_eq(probes, table[i].probes, "%u probes of %d ms", probes, (int)table[i].fetch);
        cr_expect_geq(took, 56 * SECOND, "probes of %d ms", (int)table[i].fetch);
        cr_expect_leq(waited, 61 * SECOND, "probes of %d ms", (int)table[i].fetch);
    }
}

Test(pace, goes_on_with_the_first_answer)
{
    met_with(false);
    hear_kind(OUTCOME_ANSWER);
    for (int i = 0; i < PACE_FAILURES + 3; i++)
        hear_kind(OUTCOME_SILENT);
    cr_assert_gt(pace.trouble, 0);
    hear_kind(OUTCOME_BUSY); /* that is an answer too */
    cr_expect_eq(pace.trouble, 0);
    for (int i = 0; i < PACE_FAILURES - 1; i++)
        cr_expect_eq(hear_kind(OUTCOME_SILENT), PACE_NONE);
    cr_expect_eq(hear_kind(OUTCOME_SILENT), PACE_AGAIN);
}

Test(pace, counts_as_failures_neither_answers_nor_what_is_tried_again_nor_what_went_together)
{
    met_with(false);
    hear_kind(OUTCOME_ANSWER);
    for (int i = 0; i < 20; i++) {
        int64_t began = now;
        cr_assert_eq(hear((struct outcome){.kind = OUTCOME_REFUSED, .more = true}), PACE_NONE);
        cr_assert_eq(hear((struct outcome){.kind = OUTCOME_OTHER, .last = true, .more = true}),
                     PACE_NONE);
        cr_assert_eq(hear((struct outcome){
                         .kind = OUTCOME_TIMEOUT, .last = true, .more = true, .began = began}),
                     PACE_NONE);
    }
    cr_expect_eq(pace.trouble, 0);
}

Test(pace, lets_what_was_in_flight_when_it_began_to_wait_be_tried_again)
{
    met_with(false);
    hear_kind(OUTCOME_ANSWER);
    int64_t before = now;
    for (int i = 0; i < PACE_FAILURES; i++)
        hear_kind(OUTCOME_SILENT);
    int64_t resume = pace.resume;
    cr_expect_eq(hear((struct outcome){.kind = OUTCOME_TIMEOUT, .last = true, .began = before}),
                 PACE_AGAIN);
    cr_expect_eq(pace.probes, 0);
    cr_expect_eq(pace.resume, resume);
}

Test(pace, does_not_wait_where_all_urls_were_tried)
{
    met_with(false);
    hear_kind(OUTCOME_ANSWER);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(hear((struct outcome){.kind = OUTCOME_TIMEOUT, .last = true}), PACE_NONE);
}

Test(pace, puts_a_host_that_never_answered_aside_without_waiting)
{
    met_with(false);
    for (int i = 0; i < PACE_FAILURES - 1; i++)
        cr_assert_eq(hear_kind(OUTCOME_REFUSED), PACE_NONE);
    cr_expect_eq(hear_kind(OUTCOME_REFUSED), PACE_PUT_ASIDE);
    cr_expect_lt(now, 2 * SECOND);
}
