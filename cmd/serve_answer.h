/* What `skitter serve` answers for its computed site, over HTTP/1.1 (RFC 9112). */
#ifndef CMD_SERVE_ANSWER_H
#define CMD_SERVE_ANSWER_H

#include "cmd/serve_request.h"
#include "cmd/wire.h"

struct serve_answers;

/* Borrows the site. gzip: bodies are compressed for those who accept it. Returns 0 or -ENOMEM. */
int serve_answers_new(struct serve_answers **out, const struct serve_site *site, bool gzip);
void serve_answers_free(struct serve_answers *a);

/* Waits as long as the page's latency is, and answers. Sets r->close where the answer has no other
 * end than the connection's. Returns 0, the error of the connection, or as await. */
ASYNC int serve_answer(struct serve_answers *a, struct wire *w, struct serve_request *r);

#endif
