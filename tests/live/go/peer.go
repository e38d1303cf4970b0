// A client and a server on Go's crypto/tls, for the tests with live peers.
//
//	peer server PORT CERT KEY   serves "Hello, peer" to any request
//	peer client PORT CA         requests /index.html, prints the suite and the body, and "resumed"
//	                            where a session was
//
// What else they shall do the environment says, as `wishes` in ../peers.py has it. A suite can be
// named in TLS 1.2 alone. Groups are CurveIDs with commas between.
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

func groups() (list []tls.CurveID) {
	text := os.Getenv("PEER_GROUPS")
	if text == "" {
		return nil
	}
	for _, word := range strings.Split(text, ",") {
		id, err := strconv.Atoi(word)
		fatal(err)
		list = append(list, tls.CurveID(id))
	}
	return list
}

func suites() (list []uint16) {
	name := os.Getenv("PEER_SUITE")
	for _, suite := range tls.CipherSuites() {
		if suite.Name == name {
			list = append(list, suite.ID)
		}
	}
	if name != "" && list == nil {
		fatal(fmt.Errorf("no suite is called %s", name))
	}
	return list
}

func config() *tls.Config {
	return &tls.Config{MinVersion: version(), MaxVersion: version(), CipherSuites: suites(),
		CurvePreferences: groups()}
}

func pool(path string) *x509.CertPool {
	pem, err := os.ReadFile(path)
	fatal(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return roots
}

func pair(certificate, key string) []tls.Certificate {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	fatal(err)
	return []tls.Certificate{pair}
}

func server(port, certificate, key string) {
	config := config()
	config.Certificates = pair(certificate, key)
	if authority := os.Getenv("PEER_CLIENT_CA"); authority != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = pool(authority)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:"+port, config)
	fatal(err)
	fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "Hello, peer")
	})))
}

func client(port, authority string) {
	config := config()
	config.RootCAs = pool(authority)
	config.ServerName = "localhost"
	if certificate := os.Getenv("PEER_CERT"); certificate != "" {
		config.Certificates = pair(certificate, os.Getenv("PEER_KEY"))
	}
	visits := 1
	if os.Getenv("PEER_SESSIONS") != "" {
		visits = 3
		config.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	}
	for ; visits > 0; visits-- {
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
		server(os.Args[2], os.Args[3], os.Args[4])
	case "client":
		client(os.Args[2], os.Args[3])
	}
}
