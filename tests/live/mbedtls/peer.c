// A client and a server on Mbed TLS 2.28, which speaks TLS 1.2, for the tests with live peers.
//
//   peer server PORT CERT KEY   answers "Hello, peer" to any request
//   peer client PORT CA         requests /index.html
//
// What else they shall do the environment says, as `wishes` in ../peers.py has it; a server that is
// told nothing remembers sessions by their ids. PEER_FRAGMENT: the client asks for the
// max_fragment_length (RFC 6066) that has this code.
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

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

static int wants(const char* name, const char* value) {
  const char* wish = getenv(name);
  return wish != NULL && strcmp(wish, value) == 0;
}

static mbedtls_x509_crt* certificates(const char* path) {
  mbedtls_x509_crt* list = calloc(1, sizeof *list);
  mbedtls_x509_crt_init(list);
  must(mbedtls_x509_crt_parse_file(list, path));
  return list;
}

static void show(mbedtls_ssl_config* config, const char* certificate, const char* key_file) {
  mbedtls_pk_context* key = calloc(1, sizeof *key);
  mbedtls_pk_init(key);
  must(mbedtls_pk_parse_keyfile(key, key_file, NULL));
  must(mbedtls_ssl_conf_own_cert(config, certificates(certificate), key));
}

static void configure(mbedtls_ssl_config* config, int role) {
  mbedtls_ssl_config_init(config);
  must(mbedtls_ssl_config_defaults(config, role, MBEDTLS_SSL_TRANSPORT_STREAM,
                                   MBEDTLS_SSL_PRESET_DEFAULT));
  mbedtls_ssl_conf_rng(config, mbedtls_ctr_drbg_random, &chance);
  static int suites[2];
  const char* suite = getenv("PEER_SUITE");
  if (suite != NULL) {
    suites[0] = mbedtls_ssl_get_ciphersuite_id(suite);
    if (suites[0] == 0) {
      fprintf(stderr, "no suite is called %s\n", suite);
      exit(2);
    }
    mbedtls_ssl_conf_ciphersuites(config, suites);
  }
}

static void demand(mbedtls_ssl_config* config, const char* authority) {
  mbedtls_ssl_conf_ca_chain(config, certificates(authority), NULL);
  mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
}

static void client(const char* port, const char* authority) {
  mbedtls_ssl_config config;
  configure(&config, MBEDTLS_SSL_IS_CLIENT);
  demand(&config, authority);
  if (getenv("PEER_CERT") != NULL) {
    show(&config, getenv("PEER_CERT"), getenv("PEER_KEY"));
  }
  mbedtls_ssl_conf_session_tickets(&config, wants("PEER_SESSIONS", "ids")
                                                ? MBEDTLS_SSL_SESSION_TICKETS_DISABLED
                                                : MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
  if (getenv("PEER_FRAGMENT") != NULL) {
    must(mbedtls_ssl_conf_max_frag_len(&config, (unsigned char)atoi(getenv("PEER_FRAGMENT"))));
  }
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  const int visits = getenv("PEER_SESSIONS") != NULL ? 3 : 1;
  for (int visit = 0; visit < visits; ++visit) {
    mbedtls_net_context socket;
    mbedtls_net_init(&socket);
    must(mbedtls_net_connect(&socket, "127.0.0.1", port, MBEDTLS_NET_PROTO_TCP));
    mbedtls_ssl_context ssl;
    mbedtls_ssl_init(&ssl);
    must(mbedtls_ssl_setup(&ssl, &config));
    must(mbedtls_ssl_set_hostname(&ssl, "localhost"));
    mbedtls_ssl_set_bio(&ssl, &socket, mbedtls_net_send, mbedtls_net_recv, NULL);
    if (visit > 0) {
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

static void remember(mbedtls_ssl_config* config) {
  if (wants("PEER_SESSIONS", "tickets")) {
    static mbedtls_ssl_ticket_context tickets;
    mbedtls_ssl_ticket_init(&tickets);
    must(mbedtls_ssl_ticket_setup(&tickets, mbedtls_ctr_drbg_random, &chance,
                                  MBEDTLS_CIPHER_AES_256_GCM, 3600));
    mbedtls_ssl_conf_session_tickets_cb(config, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse,
                                        &tickets);
  } else {
    static mbedtls_ssl_cache_context cache;
    mbedtls_ssl_cache_init(&cache);
    mbedtls_ssl_conf_session_cache(config, &cache, mbedtls_ssl_cache_get, mbedtls_ssl_cache_set);
  }
}

static void server(const char* port, const char* certificate, const char* key) {
  mbedtls_ssl_config config;
  configure(&config, MBEDTLS_SSL_IS_SERVER);
  show(&config, certificate, key);
  remember(&config);
  if (getenv("PEER_CLIENT_CA") != NULL) {
    demand(&config, getenv("PEER_CLIENT_CA"));
  }
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
    // What the client still sends would have the connection reset, and a last alert lost with it.
    shutdown(socket.fd, SHUT_WR);
    while (recv(socket.fd, bytes, sizeof bytes, 0) > 0) {
    }
    mbedtls_net_free(&socket);
  }
}

int main(int count, char** arguments) {
  mbedtls_entropy_context entropy;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&chance);
  must(mbedtls_ctr_drbg_seed(&chance, mbedtls_entropy_func, &entropy, NULL, 0));
  if (count == 4 && strcmp(arguments[1], "client") == 0) {
    client(arguments[2], arguments[3]);
  } else if (count == 5 && strcmp(arguments[1], "server") == 0) {
    server(arguments[2], arguments[3], arguments[4]);
  } else {
    return 2;
  }
  return 0;
}
