/* `skitter serve --hostile --tls`: some of its addresses do not do TLS as they should. Which they
 * are, and what they do: the rows of hostile_tls and hostile_h2. */
#ifndef CMD_HOSTILE_TLS_H
#define CMD_HOSTILE_TLS_H

#include "cmd/serve_hostile.h"

/* As wire_open, at any address. Where a connection there is not for requests of HTTP/1.1, this does
 * all that is to be done with it, and returns a negative errno. */
ASYNC int hostile_tls_open(struct wire *w, struct stream *s, struct serve_tls *t);

/* HTTP/2 after its handshake, by an address of hostile_h2's. Returns 0 or a negative errno. */
ASYNC int hostile_h2_talk(struct wire *w, unsigned address);

/* Whether it is one. */
bool hostile_h2_address(unsigned address);

#endif
