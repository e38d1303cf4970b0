// A client and a server on Go's crypto/tls with Encrypted Client Hello, from Go 1.24 on.
//
//	peer server PORT CERT KEY ECH      serves the name that was asked for, "localhost" or another,
//	                                   and whether it was hidden
//	peer client PORT CA NAME ECH       requests /, prints whether the name was hidden, and the body;
//	                                   of a rejection, the retry configurations in base64
//
// ECH is a file of RFC 9934: a private key and the list of configurations that belongs to it.
package main

import (
	"crypto/ecdh"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	text, err := os.ReadFile(path)
	fatal(err)
	return text
}

// blocks gives the content of each block of PEM by its label.
func blocks(path string) map[string][]byte {
	found := map[string][]byte{}
	for block, rest := pem.Decode(read(path)); block != nil; block, rest = pem.Decode(rest) {
		found[block.Type] = block.Bytes
	}
	return found
}

func server(port, certificate, key, ech string) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	fatal(err)
	found := blocks(ech)
	private, err := x509.ParsePKCS8PrivateKey(found["PRIVATE KEY"])
	fatal(err)
	keys := []tls.EncryptedClientHelloKey{{
		Config:      found["ECHCONFIG"][2:], // the one of a list of one
		PrivateKey:  private.(*ecdh.PrivateKey).Bytes(),
		SendAsRetry: true,
	}}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13,
		EncryptedClientHelloKeys: keys}
	listener, err := tls.Listen("tcp", "127.0.0.1:"+port, config)
	fatal(err)
	for {
		conn, err := listener.Accept()
		fatal(err)
		go serve(conn.(*tls.Conn))
	}
}

func serve(conn *tls.Conn) {
	defer conn.Close()
	if conn.Handshake() != nil {
		return
	}
	conn.Read(make([]byte, 4096))
	state := conn.ConnectionState()
	body := fmt.Sprintf("%s hidden %t", state.ServerName, state.ECHAccepted)
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

func client(port, authority, name, ech string) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(read(authority))
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	fatal(err)
	secure := tls.Client(conn, &tls.Config{RootCAs: roots, ServerName: name,
		EncryptedClientHelloConfigList: blocks(ech)["ECHCONFIG"]})
	err = secure.Handshake()
	var rejection *tls.ECHRejectionError
	if errors.As(err, &rejection) {
		fmt.Println("rejected", base64.StdEncoding.EncodeToString(rejection.RetryConfigList))
		return
	}
	fatal(err)
	fmt.Println("hidden", secure.ConnectionState().ECHAccepted)
	fmt.Fprintf(secure, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", name)
	body, err := io.ReadAll(secure)
	fatal(err)
	fmt.Printf("%s\n", body)
}

func main() {
	arguments := os.Args[2:]
	switch os.Args[1] {
	case "server":
		server(arguments[0], arguments[1], arguments[2], arguments[3])
	case "client":
		client(arguments[0], arguments[1], arguments[2], arguments[3])
	}
}
