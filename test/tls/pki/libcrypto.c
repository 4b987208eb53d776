/*
 * What libcrypto itself finds in a chain, with a callback that always goes on. No server can show a mutated certificate,
 * because its own OpenSSL does not load it, so fuzz.ts asks the library. One chain per line:
 *
 *   <seconds> <security level> <sent, DER in hex, with commas> <anchors, likewise>
 *
 * Answer: the last error, then every error as number@depth; or "unreadable" for what no TLS connection could show.
 */
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int go_on(int ok, X509_STORE_CTX *context)
{
    if (!ok)
        printf(" %d@%d", X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context));
    return 1;
}

static X509 *read_certificate(const char *hex)
{
    long length = 0;
    unsigned char *der = OPENSSL_hexstr2buf(hex, &length);
    const unsigned char *at = der;
    X509 *certificate = der == NULL ? NULL : d2i_X509(NULL, &at, length);

    if (certificate != NULL && at != der + length) {
        X509_free(certificate);
        certificate = NULL;
    }
    OPENSSL_free(der);
    return certificate;
}

static void verify(STACK_OF(X509) *sent, X509_STORE *anchors, long seconds, int level)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *parameters;

    X509_STORE_CTX_init(context, anchors, sk_X509_value(sent, 0), sent);
    X509_STORE_CTX_set_default(context, "ssl_server");
    parameters = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_auth_level(parameters, level);
    X509_VERIFY_PARAM_set_time(parameters, seconds);
    X509_STORE_CTX_set_verify_cb(context, go_on);
    printf("errors");
    X509_verify_cert(context);
    printf(" last %d\n", X509_STORE_CTX_get_error(context));
    X509_STORE_CTX_free(context);
}

static void answer(char *line)
{
    char *rest = NULL, *list = NULL;
    long seconds = atol(strtok_r(line, " \n", &rest));
    int level = atoi(strtok_r(NULL, " \n", &rest));
    char *sent_hex = strtok_r(NULL, " \n", &rest), *anchors_hex = strtok_r(NULL, " \n", &rest);
    STACK_OF(X509) *sent = sk_X509_new_null();
    X509_STORE *anchors = X509_STORE_new();
    int readable = 1;
    char *hex;
    X509 *certificate;

    for (hex = strtok_r(sent_hex, ",", &list); hex != NULL; hex = strtok_r(NULL, ",", &list)) {
        certificate = read_certificate(hex);
        readable = readable && certificate != NULL;
        if (certificate != NULL)
            sk_X509_push(sent, certificate);
    }
    for (hex = anchors_hex == NULL ? NULL : strtok_r(anchors_hex, ",", &list); hex != NULL; hex = strtok_r(NULL, ",", &list)) {
        certificate = read_certificate(hex);
        if (certificate != NULL)
            X509_STORE_add_cert(anchors, certificate);
        X509_free(certificate);
    }
    /* A handshake needs the key of the leaf. */
    if (readable && X509_get0_pubkey(sk_X509_value(sent, 0)) != NULL)
        verify(sent, anchors, seconds, level);
    else
        printf("unreadable\n");
    fflush(stdout);
    sk_X509_pop_free(sent, X509_free);
    X509_STORE_free(anchors);
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;

    while (getline(&line, &capacity, stdin) > 0)
        answer(line);
    free(line);
    return 0;
}
