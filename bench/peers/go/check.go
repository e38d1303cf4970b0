package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"
	"strings"
)

// check fails unless the measures' work is truly done.
func check(chains string) (answer, error) {
	for _, keys := range []string{"ecdsa", "rsa"} {
		for _, o := range []order{usual.withKeys(keys), usual.withKeys(keys).in12()} {
			if err := checkOrder(chains, o); err != nil {
				return nil, err
			}
		}
	}
	for _, o := range []order{usual, usual.in12(), hybrid()} {
		p, err := newPair(chains, o)
		if err != nil {
			return nil, err
		}
		if err := p.connectAndSee(); err != nil {
			return nil, err
		}
		if err := p.exchange([]byte("a message")); err != nil {
			return nil, err
		}
	}
	version := strings.TrimPrefix(runtime.Version(), "go")
	return answer{"library": "Go " + version + ", crypto/tls"}, nil
}

// checkOrder sees that the handshake of o succeeds, and fails for whoever trusts or means others.
func checkOrder(chains string, o order) error {
	p, err := newPair(chains, o)
	if err != nil {
		return err
	}
	if err := p.connectAndSee(); err != nil {
		return err
	}
	trusting := o
	trusting.trusted = map[string]string{"ecdsa": "rsa", "rsa": "ecdsa"}[o.keys]
	if err := checkRefusal[x509.UnknownAuthorityError](chains, trusting); err != nil {
		return err
	}
	meaning := o
	meaning.name = "other.test"
	return checkRefusal[x509.HostnameError](chains, meaning)
}

// checkRefusal sees that the client of o refuses the server with that reason.
func checkRefusal[Reason error](chains string, o order) error {
	p, err := newPair(chains, o)
	if err != nil {
		return err
	}
	if err := p.connect(); err == nil {
		return errors.New("a client trusts another root or name, and takes the server")
	}
	if reason := *new(Reason); !errors.As(p.client.err, &reason) {
		return fmt.Errorf("a server was refused with: %w", p.client.err)
	}
	return nil
}

// exchange sends a message from the client to the server and back.
func (p *pair) exchange(message []byte) error {
	for _, sender := range []*end{&p.client, &p.server} {
		if _, err := sender.tls.Write(message); err != nil {
			return err
		}
		got, err := p.receive(sender.other)
		if err != nil {
			return err
		}
		if !bytes.Equal(got, message) {
			return errors.New("a message came as another")
		}
	}
	return nil
}
