#include "crawler/stats.h"

void stats_add(struct stats *s, const struct page *p)
{
    unsigned class = p->fetch ? (unsigned)p->fetch->status / 100 : 0;

    s->pages++;
    s->statuses[class < 6 ? class : 0]++;
    if (p->error)
        s->errors[p->error]++;
    if (!p->fetch)
        return;
    s->bytes += p->fetch->taken;
    s->truncated += p->fetch->truncated;
    s->unparsed += p->links.error != 0;
}
