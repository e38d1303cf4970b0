// A client and a server on wolfSSL, held to TLS 1.2, for the tests with live peers.
//
//   peer server PORT CERT KEY   answers "Hello, peer" to any request, remembers sessions by their ids
//   peer client PORT CA tickets|ids   requests /index.html twice, the second time with the session
//                               of the first: by a ticket, or by its id as it takes none
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char request[] =
    "GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
static const char response[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nHello, peer";

static void must(int is_good, const char* what) {
  if (!is_good) {
    fprintf(stderr, "%s failed\n", what);
    exit(1);
  }
}

static struct sockaddr_in address_of(const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)atoi(port)),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  return address;
}

static void client(const char* port, const char* authority, int takes_tickets) {
  WOLFSSL_CTX* context = wolfSSL_CTX_new(wolfTLSv1_2_client_method());
  must(context != NULL, "context");
  must(wolfSSL_CTX_load_verify_locations(context, authority, NULL) == WOLFSSL_SUCCESS, "authority");
  must(!takes_tickets || wolfSSL_CTX_UseSessionTicket(context) == WOLFSSL_SUCCESS, "tickets");
  WOLFSSL_SESSION* session = NULL;
  for (int time = 0; time < 2; ++time) {
    const int socket_of_client = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in address = address_of(port);
    must(connect(socket_of_client, (const struct sockaddr*)&address, sizeof address) == 0,
         "connect");
    WOLFSSL* ssl = wolfSSL_new(context);
    must(wolfSSL_set_fd(ssl, socket_of_client) == WOLFSSL_SUCCESS, "socket");
    must(wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, "localhost", 9) == WOLFSSL_SUCCESS, "name");
    must(wolfSSL_check_domain_name(ssl, "localhost") == WOLFSSL_SUCCESS, "name");
    if (session != NULL) {
      must(wolfSSL_set_session(ssl, session) == WOLFSSL_SUCCESS, "session");
    }
    must(wolfSSL_connect(ssl) == WOLFSSL_SUCCESS, "handshake");
    wolfSSL_write(ssl, request, (int)strlen(request));
    char bytes[4096];
    for (int count; (count = wolfSSL_read(ssl, bytes, sizeof bytes)) > 0;) {
      fwrite(bytes, 1, (size_t)count, stdout);
    }
    session = wolfSSL_get1_session(ssl);
    wolfSSL_shutdown(ssl);
    wolfSSL_free(ssl);
    close(socket_of_client);
  }
}

static void server(const char* port, const char* certificate, const char* key) {
  WOLFSSL_CTX* context = wolfSSL_CTX_new(wolfTLSv1_2_server_method());
  must(context != NULL, "context");
  must(wolfSSL_CTX_use_certificate_chain_file(context, certificate) == WOLFSSL_SUCCESS, "chain");
  must(wolfSSL_CTX_use_PrivateKey_file(context, key, WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS,
       "key");
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const struct sockaddr_in address = address_of(port);
  must(bind(listener, (const struct sockaddr*)&address, sizeof address) == 0, "bind");
  must(listen(listener, 8) == 0, "listen");
  for (;;) {
    const int socket_of_client = accept(listener, NULL, NULL);
    WOLFSSL* ssl = wolfSSL_new(context);
    wolfSSL_set_fd(ssl, socket_of_client);
    char bytes[4096];
    if (wolfSSL_accept(ssl) == WOLFSSL_SUCCESS && wolfSSL_read(ssl, bytes, sizeof bytes) > 0) {
      wolfSSL_write(ssl, response, (int)strlen(response));
      wolfSSL_shutdown(ssl);
    }
    wolfSSL_free(ssl);
    close(socket_of_client);
  }
}

int main(int count, char** arguments) {
  wolfSSL_Init();
  if (count == 5 && strcmp(arguments[1], "client") == 0) {
    client(arguments[2], arguments[3], strcmp(arguments[4], "tickets") == 0);
  } else if (count == 5 && strcmp(arguments[1], "server") == 0) {
    server(arguments[2], arguments[3], arguments[4]);
  } else {
    return 2;
  }
  return 0;
}
