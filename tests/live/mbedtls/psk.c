// A client and a server on Mbed TLS 2.28 that know each other by a key, in TLS 1.2 and one suite,
// for the tests with live peers.
//
//   psk server PORT IDENTITY HEXKEY SUITE   answers "Hello, peer" to any request
//   psk client PORT IDENTITY HEXKEY SUITE   requests /index.html
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
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

static void configure(mbedtls_ssl_config* config, int role, const char* identity, const char* hex,
                      const char* suite) {
  static int suites[2];
  unsigned char key[32];
  size_t size = 0;
  unsigned byte = 0;
  for (; size < sizeof key && sscanf(hex + 2 * size, "%2x", &byte) == 1; ++size) {
    key[size] = (unsigned char)byte;
  }
  suites[0] = mbedtls_ssl_get_ciphersuite_id(suite);
  mbedtls_ssl_config_init(config);
  must(mbedtls_ssl_config_defaults(config, role, MBEDTLS_SSL_TRANSPORT_STREAM,
                                   MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &chance);
  mbedtls_ssl_conf_ciphersuites(config, suites);
  must(mbedtls_ssl_conf_psk(config, key, size, (const unsigned char*)identity, strlen(identity)));
}

static void client(const mbedtls_ssl_config* config, const char* port) {
  mbedtls_net_context socket;
  mbedtls_net_init(&socket);
  must(mbedtls_net_connect(&socket, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP));
  mbedtls_ssl_context ssl;
  mbedtls_ssl_init(&ssl);
  must(mbedtls_ssl_setup(&ssl, config));
  mbedtls_ssl_set_bio(&ssl, &socket, mbedtls_net_send, mbedtls_net_recv, NULL);
  must(mbedtls_ssl_handshake(&ssl));
  must(mbedtls_ssl_write(&ssl, (const unsigned char*)request, strlen(request)));
  unsigned char bytes[4096];
  for (int count; (count = mbedtls_ssl_read(&ssl, bytes, sizeof bytes)) > 0;) {
    fwrite(bytes, 1, (size_t)count, stdout);
  }
  mbedtls_ssl_close_notify(&ssl);
}

static void server(const mbedtls_ssl_config* config, const char* port) {
  mbedtls_net_context listener;
  mbedtls_net_init(&listener);
  must(mbedtls_net_bind(&listener, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP));
  for (;;) {
    mbedtls_net_context socket;
    mbedtls_net_init(&socket);
    must(mbedtls_net_accept(&listener, &socket, NULL, 0, NULL));
    mbedtls_ssl_context ssl;
    mbedtls_ssl_init(&ssl);
    must(mbedtls_ssl_setup(&ssl, config));
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
  if (count != 6) {
    return 2;
  }
  const int is_server = strcmp(arguments[1], "server") == 0;
  mbedtls_entropy_context entropy;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&chance);
  must(mbedtls_ctr_drbg_seed(&chance, mbedtls_entropy_func, &entropy, NULL, 0));
  mbedtls_ssl_config config;
  configure(&config, is_server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT, arguments[3],
            arguments[4], arguments[5]);
  if (is_server) {
    server(&config, arguments[2]);
  } else {
    client(&config, arguments[2]);
  }
  return 0;
}
