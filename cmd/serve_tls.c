/* Certificates, and the settings of OpenSSL. The authority and the server have one key: clients
 * only see that a signature is right. */
#include "cmd/serve_tls.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define DAY (24 * 60 * 60L)
#define LIFE 30
#define ADDRESSES 254 /* 127.0.0.1 and on */

struct serve_tls {
    EVP_PKEY *key;
    X509 *authority, *faces[SERVE_TLS_FACES];
    SSL_CTX *context;
    BIO *output;
};

/* --- certificates: RFC 5280 --- */

static bool extend(X509 *c, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, c, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool extended = e && X509_add_ext(c, e, -1) == 1;
    X509_EXTENSION_free(e);
    return extended;
}

static bool set_number(X509 *c)
{
    uint64_t number;
    return RAND_bytes((unsigned char *)&number, sizeof number) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(c), number >> 1) == 1;
}

static bool set_name(X509_NAME *name, const char *text)
{
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1,
                                      0) == 1;
}

/* Days are counted from now. */
static bool set_validity(X509 *c, long from, long until)
{
    return X509_gmtime_adj(X509_getm_notBefore(c), from * DAY) &&
           X509_gmtime_adj(X509_getm_notAfter(c), until * DAY);
}

/* A certificate without its extensions and signature. */
static X509 *certificate_new(EVP_PKEY *key, const char *name, long from, long until)
{
    X509 *c = X509_new();
    if (c && X509_set_version(c, X509_VERSION_3) == 1 && set_number(c) &&
        set_name(X509_get_subject_name(c), name) && set_validity(c, from, until) &&
        X509_set_pubkey(c, key) == 1)
        return c;
    X509_free(c);
    return NULL;
}

static bool authority_make(struct serve_tls *t)
{
    X509 *c = t->authority = certificate_new(t->key, "skitter serve's authority", -LIFE, LIFE);
    return c && X509_set_issuer_name(c, X509_get_subject_name(c)) == 1 &&
           extend(c, c, NID_basic_constraints, "critical,CA:TRUE") &&
           extend(c, c, NID_key_usage, "critical,keyCertSign") &&
           extend(c, c, NID_subject_key_identifier, "hash") &&
           X509_sign(c, t->key, EVP_sha256()) > 0;
}

static const struct {
    long from, until;
    const char *name; /* NULL: what this machine is called by itself */
    bool stranger;
} faces[SERVE_TLS_FACES] = {
    [SERVE_TLS_GOOD] = {.from = -1, .until = LIFE},
    [SERVE_TLS_EXPIRED] = {.from = -LIFE, .until = -1},
    [SERVE_TLS_EARLY] = {.from = 1, .until = LIFE},
    [SERVE_TLS_STRANGER] = {.from = -1, .until = LIFE, .stranger = true},
    [SERVE_TLS_ELSEWHERE] = {.from = -1, .until = LIFE, .name = "DNS:elsewhere.example"},
};

static bool face_make(struct serve_tls *t, enum serve_tls_face face, const char *names)
{
    X509 *c = t->faces[face] =
        certificate_new(t->key, "localhost", faces[face].from, faces[face].until);
    X509 *issuer = faces[face].stranger ? c : t->authority;
    return c && X509_set_issuer_name(c, X509_get_subject_name(issuer)) == 1 &&
           extend(c, issuer, NID_subject_alt_name, faces[face].name ? faces[face].name : names) &&
           extend(c, issuer, NID_ext_key_usage, "serverAuth") &&
           X509_sign(c, t->key, EVP_sha256()) > 0;
}

static bool faces_make(struct serve_tls *t)
{
    char names[32 + ADDRESSES * sizeof ",IP:127.0.0.255"], *o = stpcpy(names, "DNS:localhost");
    for (int i = 1; i <= ADDRESSES; i++)
        o += sprintf(o, ",IP:127.0.0.%d", i);
    bool made = true;
    for (int i = 0; made && i < SERVE_TLS_FACES; i++)
        made = face_make(t, i, names);
    return made;
}

/* --- connections --- */

/* Takes the connection's protocol, else http/1.1, where the client offers it. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *size,
                           const unsigned char *offered, unsigned offered_size, void *arg)
{
    const char *protocol = SSL_get_app_data(ssl);
    (void)arg;
    if (!protocol)
        protocol = "http/1.1";
    size_t length = strlen(protocol);
    for (unsigned i = 0; i < offered_size; i += 1u + offered[i])
        if (offered[i] == length && memcmp(offered + i + 1, protocol, length) == 0) {
            *out = offered + i + 1;
            *size = offered[i];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

static bool context_make(struct serve_tls *t)
{
    SSL_CTX *c = t->context = SSL_CTX_new(TLS_server_method());
    if (!c || SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 ||
        SSL_CTX_use_certificate(c, t->faces[SERVE_TLS_GOOD]) != 1 ||
        SSL_CTX_use_PrivateKey(c, t->key) != 1)
        return false;
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_alpn_select_cb(c, choose_protocol, NULL);
    return true;
}

int serve_tls_new(struct serve_tls **out)
{
    struct serve_tls *t = calloc(1, sizeof *t);
    if (!t)
        return -ENOMEM;
    t->key = EVP_EC_gen("P-256");
    t->output = BIO_new(BIO_s_mem());
    if (!t->key || !t->output || !authority_make(t) || !faces_make(t) || !context_make(t)) {
        serve_tls_free(t);
        return -EIO;
    }
    *out = t;
    return 0;
}

void serve_tls_free(struct serve_tls *t)
{
    if (!t)
        return;
    SSL_CTX_free(t->context);
    for (int i = 0; i < SERVE_TLS_FACES; i++)
        X509_free(t->faces[i]);
    X509_free(t->authority);
    EVP_PKEY_free(t->key);
    BIO_free(t->output);
    free(t);
}

int serve_tls_write(const struct serve_tls *t, const char *path)
{
    FILE *f = fopen(path, "we");
    if (!f)
        return -errno;
    errno = 0;
    bool written = PEM_write_X509(f, t->authority) == 1;
    written = fclose(f) == 0 && written;
    return written ? 0 : errno ? -errno : -EIO;
}

struct ssl_st *serve_tls_accept(struct serve_tls *t)
{
    SSL *ssl = SSL_new(t->context);
    BIO *input = BIO_new(BIO_s_mem());
    if (!ssl || !input) {
        SSL_free(ssl);
        BIO_free(input);
        return NULL;
    }
    SSL_set0_rbio(ssl, input);
    BIO_up_ref(t->output);
    SSL_set0_wbio(ssl, t->output);
    SSL_set_accept_state(ssl);
    return ssl;
}

void serve_tls_disguise(struct serve_tls *t, struct ssl_st *ssl, enum serve_tls_face face,
                        const char *protocol)
{
    if (face != SERVE_TLS_GOOD)
        SSL_use_certificate(ssl, t->faces[face]); /* of the same key, so it fits */
    SSL_set_app_data(ssl, (void *)protocol);
}

struct bio_st *serve_tls_output(struct serve_tls *t)
{
    return t->output;
}
