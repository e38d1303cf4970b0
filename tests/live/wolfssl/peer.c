// A client and a server on wolfSSL, held to TLS 1.2, for the tests with live peers.
//
//   peer server PORT CERT KEY   answers "Hello, peer" to any request
//   peer client PORT CA         requests /index.html
//
// What else they shall do the environment says, as `wishes` in ../peers.py has it.
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

static int wants(const char* name, const char* value) {
  const char* wish = getenv(name);
  return wish != NULL && strcmp(wish, value) == 0;
}

static WOLFSSL_CTX* context_for(WOLFSSL_METHOD* method) {
  WOLFSSL_CTX* context = wolfSSL_CTX_new(method);
  must(context != NULL, "context");
  const char* suite = getenv("PEER_SUITE");
  must(suite == NULL || wolfSSL_CTX_set_cipher_list(context, suite) == WOLFSSL_SUCCESS, "suite");
  return context;
}

static void show(WOLFSSL_CTX* context, const char* certificate, const char* key) {
  must(wolfSSL_CTX_use_certificate_chain_file(context, certificate) == WOLFSSL_SUCCESS, "chain");
  must(wolfSSL_CTX_use_PrivateKey_file(context, key, WOLFSSL_FILETYPE_PEM) == WOLFSSL_SUCCESS,
       "key");
}

static void client(const char* port, const char* authority) {
  WOLFSSL_CTX* context = context_for(wolfTLSv1_2_client_method());
  must(wolfSSL_CTX_load_verify_locations(context, authority, NULL) == WOLFSSL_SUCCESS, "authority");
  if (getenv("PEER_CERT") != NULL) {
    show(context, getenv("PEER_CERT"), getenv("PEER_KEY"));
  }
  if (wants("PEER_SESSIONS", "tickets")) {
    must(wolfSSL_CTX_UseSessionTicket(context) == WOLFSSL_SUCCESS, "tickets");
  }
  WOLFSSL_SESSION* session = NULL;
  const int visits = getenv("PEER_SESSIONS") != NULL ? 3 : 1;
  for (int visit = 0; visit < visits; ++visit) {
    const int socket_of_client = socket(AF_INET, SOCK_STREAM, 0);
    const struct sockaddr_in address = address_of(port);
    must(connect(socket_of_client, (const struct sockaddr*)&address, sizeof address) == 0,
         "connect");
    WOLFSSL* ssl = wolfSSL_new(context);
    must(wolfSSL_set_fd(ssl, socket_of_client) == WOLFSSL_SUCCESS, "socket");
    must(wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, "localhost", 9) == WOLFSSL_SUCCESS, "name");
    must(wolfSSL_check_domain_name(ssl, "localhost") == WOLFSSL_SUCCESS, "name");
    if (session != NULL) {
      wolfSSL_set_session(ssl, session);  // fails where the server gave nothing to know it by
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

static WOLFSSL_CTX* context_of_server(const char* certificate, const char* key) {
  WOLFSSL_CTX* context = context_for(wolfTLSv1_2_server_method());
  show(context, certificate, key);
  if (wants("PEER_SESSIONS", "tickets")) {
    wolfSSL_CTX_set_session_cache_mode(context, WOLFSSL_SESS_CACHE_OFF);
  } else if (wants("PEER_SESSIONS", "ids")) {
    must(wolfSSL_CTX_NoTicketTLSv12(context) == WOLFSSL_SUCCESS, "ids");
  }
  const char* authority = getenv("PEER_CLIENT_CA");
  if (authority != NULL) {
    must(wolfSSL_CTX_load_verify_locations(context, authority, NULL) == WOLFSSL_SUCCESS,
         "authority");
    wolfSSL_CTX_set_client_CA_list(context, wolfSSL_load_client_CA_file(authority));
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           NULL);
  }
  return context;
}

// What the client still sends would have the connection reset, and a last alert lost with it.
static void hang_up(int socket_of_client) {
  shutdown(socket_of_client, SHUT_WR);
  char bytes[4096];
  while (recv(socket_of_client, bytes, sizeof bytes, 0) > 0) {
  }
  close(socket_of_client);
}

static void server(const char* port, const char* certificate, const char* key) {
  WOLFSSL_CTX* context = context_of_server(certificate, key);
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
    hang_up(socket_of_client);
  }
}

int main(int count, char** arguments) {
  wolfSSL_Init();
  if (count == 4 && strcmp(arguments[1], "client") == 0) {
    client(arguments[2], arguments[3]);
  } else if (count == 5 && strcmp(arguments[1], "server") == 0) {
    server(arguments[2], arguments[3], arguments[4]);
  } else {
    return 2;
  }
  return 0;
}
