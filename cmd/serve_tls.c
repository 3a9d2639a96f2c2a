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
#define ADDRESSES 254 /* 127.0.0.1 and on */

struct serve_tls {
    EVP_PKEY *key;
    X509 *authority, *certificate;
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

/* Valid for days from now; for as many days up to yesterday if negative. */
static bool set_validity(X509 *c, long days)
{
    long from = days < 0 ? days - 1 : -1, until = days < 0 ? -1 : days;
    return X509_gmtime_adj(X509_getm_notBefore(c), from * DAY) &&
           X509_gmtime_adj(X509_getm_notAfter(c), until * DAY);
}

/* A certificate without its extensions and signature. */
static X509 *certificate_new(EVP_PKEY *key, const char *name, long days)
{
    X509 *c = X509_new();
    if (c && X509_set_version(c, X509_VERSION_3) == 1 && set_number(c) &&
        set_name(X509_get_subject_name(c), name) && set_validity(c, days) &&
        X509_set_pubkey(c, key) == 1)
        return c;
    X509_free(c);
    return NULL;
}

static bool authority_make(struct serve_tls *t)
{
    X509 *c = t->authority = certificate_new(t->key, "skitter serve's authority", 30);
    return c && X509_set_issuer_name(c, X509_get_subject_name(c)) == 1 &&
           extend(c, c, NID_basic_constraints, "critical,CA:TRUE") &&
           extend(c, c, NID_key_usage, "critical,keyCertSign") &&
           extend(c, c, NID_subject_key_identifier, "hash") &&
           X509_sign(c, t->key, EVP_sha256()) > 0;
}

static bool certificate_make(struct serve_tls *t)
{
    char names[32 + ADDRESSES * sizeof ",IP:127.0.0.255"], *o = stpcpy(names, "DNS:localhost");
    for (int i = 1; i <= ADDRESSES; i++)
        o += sprintf(o, ",IP:127.0.0.%d", i);
    X509 *c = t->certificate = certificate_new(t->key, "localhost", 30);
    return c && X509_set_issuer_name(c, X509_get_subject_name(t->authority)) == 1 &&
           extend(c, t->authority, NID_subject_alt_name, names) &&
           extend(c, t->authority, NID_ext_key_usage, "serverAuth") &&
           extend(c, t->authority, NID_authority_key_identifier, "keyid") &&
           X509_sign(c, t->key, EVP_sha256()) > 0;
}

/* --- connections --- */

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *size,
                           const unsigned char *offered, unsigned offered_size, void *arg)
{
    static const unsigned char http[] = "\x08http/1.1";
    (void)ssl, (void)arg;
    int r = SSL_select_next_proto((unsigned char **)out, size, http, sizeof http - 1, offered,
                                  offered_size);
    return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static bool context_make(struct serve_tls *t)
{
    SSL_CTX *c = t->context = SSL_CTX_new(TLS_server_method());
    if (!c || SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 ||
        SSL_CTX_use_certificate(c, t->certificate) != 1 || SSL_CTX_use_PrivateKey(c, t->key) != 1)
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
    if (!t->key || !t->output || !authority_make(t) || !certificate_make(t) || !context_make(t)) {
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
    X509_free(t->certificate);
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

struct bio_st *serve_tls_output(struct serve_tls *t)
{
    return t->output;
}
