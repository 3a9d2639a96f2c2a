#include "cmd/result.h"

static bool has(const struct ok_statuses *ok, int status)
{
    return status > 0 && status < 1024 && ok->bits[status / 64] >> (status % 64) & 1;
}

bool ok_statuses_add(struct ok_statuses *ok, const char *text, size_t length)
{
    int status = 0;

    if (length != 3 || *text == '0')
        return false;
    for (size_t i = 0; i < 3; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        status = 10 * status + (text[i] - '0');
    }
    ok->bits[status / 64] |= UINT64_C(1) << (status % 64);
    return true;
}

enum result result_of(const struct page *p, const struct ok_statuses *ok)
{
    int status = p->fetch ? p->fetch->status : 0;

    if (p->error || status == 0)
        return RESULT_BROKEN;
    if (status / 100 == 2)
        return RESULT_OK;
    if (status / 100 == 3)
        return RESULT_REDIRECT;
    return status < 200 || has(ok, status) ? RESULT_OTHER : RESULT_BROKEN;
}
