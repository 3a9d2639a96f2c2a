/* Patterns, tried one after another. Each runs on a stack of its own in the heap, not on that of
 * the coroutine that asks. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "crawler/filter.h"

#include "crawler/memory.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAP_LIMIT 16384 /* KiB, where there is no JIT compiler */
#define JIT_STACK (1 << 20)

struct pattern {
    pcre2_code *code;
    enum verdict kind;
};

struct filter {
    struct pattern *patterns;
    size_t count;
    bool includes; /* whether there are any */
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack; /* NULL: there is no JIT compiler */
};

static struct filter *filter_new(void)
{
    struct filter *f = memory_new(sizeof *f);

    f->context = pcre2_match_context_create(NULL);
    f->data = pcre2_match_data_create(1, NULL);
    if (!f->context || !f->data)
        memory_out();
    pcre2_set_match_limit(f->context, FILTER_MATCH_LIMIT);
    pcre2_set_heap_limit(f->context, HEAP_LIMIT);
    f->stack = pcre2_jit_stack_create(1 << 15, JIT_STACK, NULL);
    if (f->stack)
        pcre2_jit_stack_assign(f->context, NULL, f->stack);
    return f;
}

bool filter_add(struct filter **f, enum verdict kind, const char *pattern, char wrong[static 256])
{
    int error;
    size_t where;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_UTF,
                                     &error, &where, NULL);
    if (!code) {
        char why[200] = "";
        pcre2_get_error_message(error, (PCRE2_UCHAR *)why, sizeof why);
        snprintf(wrong, 256, "%s, at character %zu", why, where + 1);
        return false;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it, it is slower */
    if (!*f)
        *f = filter_new();
    struct filter *to = *f;
    to->patterns = memory_resize(to->patterns, (to->count + 1) * sizeof *to->patterns);
    to->patterns[to->count++] = (struct pattern){code, kind};
    to->includes |= kind == VERDICT_INCLUDE;
    return true;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        pcre2_code_free(f->patterns[i].code);
    free(f->patterns);
    pcre2_jit_stack_free(f->stack);
    pcre2_match_data_free(f->data);
    pcre2_match_context_free(f->context);
    free(f);
}

enum verdict filter_judge(struct filter *f, const char *url, size_t length)
{
    bool included = !f || !f->includes;

    for (size_t i = 0; f && i < f->count; i++) {
        const struct pattern *p = &f->patterns[i];
        if (p->kind == VERDICT_INCLUDE && included)
            continue;
        int r = pcre2_match(p->code, (PCRE2_SPTR)url, length, 0, 0, f->data, f->context);
        if (p->kind == VERDICT_INCLUDE)
            included = r >= 0;
        else if (r != PCRE2_ERROR_NOMATCH)
            return VERDICT_EXCLUDE;
    }
    return included ? VERDICT_FOLLOW : VERDICT_INCLUDE;
}
