/* What `skitter serve --tls` shows to its clients: certificates that are made at the start and kept
 * in memory, signed by an authority of their own that no system trusts. They are for localhost and
 * 127.0.0.1 to 127.0.0.254. TLS 1.2 (RFC 5246) and 1.3 (RFC 8446); HTTP/1.1 by ALPN (RFC 7301). */
#ifndef CMD_SERVE_TLS_H
#define CMD_SERVE_TLS_H

struct serve_tls;
struct ssl_st; /* OpenSSL's SSL */
struct bio_st; /* and BIO */

/* Which certificate a connection shows: all but the first are wrong, in one way each. */
enum serve_tls_face {
    SERVE_TLS_GOOD,
    SERVE_TLS_EXPIRED,
    SERVE_TLS_EARLY,     /* not valid yet */
    SERVE_TLS_STRANGER,  /* signed by itself */
    SERVE_TLS_ELSEWHERE, /* another host's */
    SERVE_TLS_FACES,
};

/* Makes the certificates. OpenSSL starts up meanwhile, so this belongs on a thread's own stack, not
 * on a coroutine's. Returns 0, -ENOMEM, or -EIO where OpenSSL fails otherwise. */
int serve_tls_new(struct serve_tls **out);
void serve_tls_free(struct serve_tls *t);

/* Writes the authority's certificate as PEM, for --cacert. Returns 0 or a negative errno. */
int serve_tls_write(const struct serve_tls *t, const char *path);

/* A connection's server side, which reads what is put into its own BIO and writes into the one of
 * serve_tls_output. The caller frees it by SSL_free. Returns NULL where there is no memory. */
struct ssl_st *serve_tls_accept(struct serve_tls *t);

/* Before its first read: has the connection show another certificate, and speak another protocol
 * than http/1.1, which is borrowed. */
void serve_tls_disguise(struct serve_tls *t, struct ssl_st *ssl, enum serve_tls_face face,
                        const char *protocol);

/* Where every connection's output goes: whoever made some takes it away before another's turn. */
struct bio_st *serve_tls_output(struct serve_tls *t);

#endif
