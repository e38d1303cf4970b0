// A client and a server on Mbed TLS 2.28, which speaks TLS 1.2, for the tests with live peers.
//
//   peer server PORT CERT KEY   answers "Hello, peer" to any request, remembers sessions by their ids
//   peer client PORT CA tickets|ids [CODE]   with CODE asks for that max_fragment_length (RFC 6066);
//                               requests /index.html twice, the second time with the session
//                               of the first: by a ticket, or by its id as it takes none
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char request[] =
    "GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
static const char response[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nHello, peer";

static mbedtls_ctr_drbg_context chance;

static void must(int result) {
  if (result < 0) {
    char text[200];
    mbedtls_strerror(result, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(1);
  }
}

static void configure(mbedtls_ssl_config* config, int role) {
  mbedtls_ssl_config_init(config);
  must(mbedtls_ssl_config_defaults(config, role, MBEDTLS_SSL_TRANSPORT_STREAM,
                                   MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &chance);
}

static void client(const char* port, const char* authority, int takes_tickets,
                   unsigned char fragment_code) {
  mbedtls_x509_crt trust;
  mbedtls_x509_crt_init(&trust);
  must(mbedtls_x509_crt_parse_file(&trust, authority));
  mbedtls_ssl_config config;
  configure(&config, MBEDTLS_SSL_IS_CLIENT);
  mbedtls_ssl_conf_ca_chain(&config, &trust, NULL);
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_session_tickets(&config, takes_tickets ? MBEDTLS_SSL_SESSION_TICKETS_ENABLED
                                                          : MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
  must(mbedtls_ssl_conf_max_frag_len(&config, fragment_code));
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  for (int time = 0; time < 2; ++time) {
    mbedtls_net_context socket;
    mbedtls_net_init(&socket);
    must(mbedtls_net_connect(&socket, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP));
    mbedtls_ssl_context ssl;
    mbedtls_ssl_init(&ssl);
    must(mbedtls_ssl_setup(&ssl, &config));
    must(mbedtls_ssl_set_hostname(&ssl, "localhost"));
    mbedtls_ssl_set_bio(&ssl, &socket, mbedtls_net_send, mbedtls_net_recv, NULL);
    if (time > 0) {
      must(mbedtls_ssl_set_session(&ssl, &session));
    }
    must(mbedtls_ssl_handshake(&ssl));
    must(mbedtls_ssl_get_session(&ssl, &session));
    must(mbedtls_ssl_write(&ssl, (const unsigned char*)request, strlen(request)));
    unsigned char bytes[4096];
    for (int count; (count = mbedtls_ssl_read(&ssl, bytes, sizeof bytes)) > 0;) {
      fwrite(bytes, 1, (size_t)count, stdout);
    }
    mbedtls_ssl_close_notify(&ssl);
    mbedtls_ssl_free(&ssl);
    mbedtls_net_free(&socket);
  }
}

static void server(const char* port, const char* certificate, const char* key_file) {
  mbedtls_x509_crt chain;
  mbedtls_x509_crt_init(&chain);
  must(mbedtls_x509_crt_parse_file(&chain, certificate));
  mbedtls_pk_context key;
  mbedtls_pk_init(&key);
  must(mbedtls_pk_parse_keyfile(&key, key_file, NULL));
  mbedtls_ssl_config config;
  configure(&config, MBEDTLS_SSL_IS_SERVER);
  must(mbedtls_ssl_conf_own_cert(&config, &chain, &key));
  mbedtls_ssl_cache_context cache;
  mbedtls_ssl_cache_init(&cache);
  mbedtls_ssl_conf_session_cache(&config, &cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
  mbedtls_net_context listener;
  mbedtls_net_init(&listener);
  must(mbedtls_net_bind(&listener, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP));
  for (;;) {
    mbedtls_net_context socket;
    mbedtls_net_init(&socket);
    must(mbedtls_net_accept(&listener, &socket, NULL, 0, NULL));
    mbedtls_ssl_context ssl;
    mbedtls_ssl_init(&ssl);
    must(mbedtls_ssl_setup(&ssl, &config));
    mbedtls_ssl_set_bio(&ssl, &socket, mbedtls_net_send, mbedtls_net_recv, NULL);
    unsigned char bytes[4096];
    if (mbedtls_ssl_handshake(&ssl) == 0 && mbedtls_ssl_read(&ssl, bytes, sizeof bytes) > 0) {
      mbedtls_ssl_write(&ssl, (const unsigned char*)response, strlen(response));
      mbedtls_ssl_close_notify(&ssl);
    }
    mbedtls_ssl_free(&ssl);
    mbedtls_net_free(&socket);
  }
}

int main(int count, char** arguments) {
  mbedtls_entropy_context entropy;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&chance);
  must(mbedtls_ctr_drbg_seed(&chance, mbedtls_entropy_func, &entropy, NULL, 0));
  if ((count == 5 || count == 6) && strcmp(arguments[1], "client") == 0) {
    const int code = count == 6 ? atoi(arguments[5]) : MBEDTLS_SSL_MAX_FRAG_LEN_NONE;
    client(arguments[2], arguments[3], strcmp(arguments[4], "tickets") == 0, (unsigned char)code);
  } else if (count == 5 && strcmp(arguments[1], "server") == 0) {
    server(arguments[2], arguments[3], arguments[4]);
  } else {
    return 2;
  }
  return 0;
}
