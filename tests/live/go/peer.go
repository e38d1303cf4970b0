// A client and a server on Go's crypto/tls, for the tests with live peers.
//
//	peer server PORT CERT KEY GROUPS [CA]      serves "Hello, peer" to any request
//	peer client PORT CA GROUPS [CERT KEY]      requests /index.html, prints the suite and the body
//	peer resume PORT CA GROUPS [CERT KEY]      the same three times; the sessions that came before
//	                                           may be resumed, and were where "resumed" is printed
//
// With a CA the server lets only clients in that it vouches for; with CERT and KEY the client says
// who it is.
//
// TLS 1.3 is spoken, or TLS 1.2 where the environment has PEER_TLS=1.2.
//
// GROUPS is a list of CurveIDs with commas between, or "-" for Go's own choice.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
)

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func version() uint16 {
	if os.Getenv("PEER_TLS") == "1.2" {
		return tls.VersionTLS12
	}
	return tls.VersionTLS13
}

func groups(text string) (list []tls.CurveID) {
	if text == "-" {
		return nil
	}
	for _, word := range strings.Split(text, ",") {
		id, err := strconv.Atoi(word)
		fatal(err)
		list = append(list, tls.CurveID(id))
	}
	return list
}

func pool(path string) *x509.CertPool {
	pem, err := os.ReadFile(path)
	fatal(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return roots
}

func server(port, certificate, key, preferences string, authority []string) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	fatal(err)
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: version(), MaxVersion: version(),
		CurvePreferences: groups(preferences)}
	if len(authority) > 0 {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = pool(authority[0])
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:"+port, config)
	fatal(err)
	fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "Hello, peer")
	})))
}

func client(port, authority, preferences string, pair []string, times int) {
	config := &tls.Config{RootCAs: pool(authority), ServerName: "localhost", MinVersion: version(), MaxVersion: version(),
		CurvePreferences: groups(preferences), ClientSessionCache: tls.NewLRUClientSessionCache(8)}
	if len(pair) > 0 {
		own, err := tls.LoadX509KeyPair(pair[0], pair[1])
		fatal(err)
		config.Certificates = []tls.Certificate{own}
	}
	for ; times > 0; times-- {
		request(port, config)
	}
}

func request(port string, config *tls.Config) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	fatal(err)
	secure := tls.Client(conn, config)
	fatal(secure.Handshake())
	fmt.Println(tls.CipherSuiteName(secure.ConnectionState().CipherSuite))
	if secure.ConnectionState().DidResume {
		fmt.Println("resumed")
	}
	fmt.Fprint(secure, "GET /index.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	body, err := io.ReadAll(secure)
	fatal(err)
	fmt.Printf("%s\n", body)
}

func main() {
	switch os.Args[1] {
	case "server":
		server(os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6:])
	case "client":
		client(os.Args[2], os.Args[3], os.Args[4], os.Args[5:], 1)
	case "resume":
		client(os.Args[2], os.Args[3], os.Args[4], os.Args[5:], 3)
	}
}
