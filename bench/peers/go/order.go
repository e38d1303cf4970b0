package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
)

const serverName = "bench.test"

// An order is what a measure asks for.
type order struct {
	version uint16
	suite   uint16
	group   tls.CurveID
	keys    string // of the chain, all the way up: "ecdsa" or "rsa"
	resumes bool   // a connection resumes the session of the one before
	trusted string // whose root the client trusts: "ecdsa" or "rsa"
	name    string // whom the client means to reach
}

// usual is a full handshake of TLS 1.3, from which others differ.
var usual = order{
	version: tls.VersionTLS13,
	suite:   tls.TLS_AES_128_GCM_SHA256,
	group:   tls.X25519,
	keys:    "ecdsa",
	trusted: "ecdsa",
	name:    serverName,
}

func (o order) withKeys(keys string) order {
	o.keys, o.trusted = keys, keys
	return o
}

// in12 is the same work in TLS 1.2, where the keys of the chain are part of the suite's name.
func (o order) in12() order {
	o.version = tls.VersionTLS12
	o.suite = tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	if o.keys == "rsa" {
		o.suite = tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	}
	return o
}

// exchanges tells whether keys are exchanged in a group.
func (o order) exchanges() bool {
	return !o.resumes || o.version == tls.VersionTLS13
}

// configs are both ends' configurations, which all connections share.
func (o order) configs(chains string) (client, server *tls.Config, err error) {
	path := func(keys, what string) string {
		return filepath.Join(chains, keys+"-"+what+".pem")
	}
	root, err := os.ReadFile(path(o.trusted, "root"))
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(root) {
		return nil, nil, errors.New("the root cannot be read")
	}
	pair, err := tls.LoadX509KeyPair(path(o.keys, "chain"), path(o.keys, "key"))
	if err != nil {
		return nil, nil, err
	}

	groups := []tls.CurveID{o.group}
	if o.version == tls.VersionTLS12 {
		// They are those of certificates too (RFC 8422, section 5.1.1). X25519 is preferred.
		groups = append(groups, tls.CurveP256)
	}
	common := tls.Config{
		MinVersion:       o.version,
		MaxVersion:       o.version,
		CipherSuites:     []uint16{o.suite}, // in TLS 1.3 Go does not heed it
		CurvePreferences: groups,
	}
	client = common.Clone()
	client.RootCAs = roots
	client.ServerName = o.name
	if o.resumes {
		client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	server = common.Clone()
	server.Certificates = []tls.Certificate{pair}
	server.SessionTicketsDisabled = !o.resumes
	// Otherwise the first hundred records would be as small as packets: one message is one record.
	server.DynamicRecordSizingDisabled = true
	client.DynamicRecordSizingDisabled = true
	return client, server, nil
}
