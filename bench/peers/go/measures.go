package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	fewestSamples = 3

	// Enough bytes at once to hide the clock, few enough to stay in the cache.
	batchBytes  = 1 << 17
	mostInBatch = 128

	mostPlaintext    = 1 << 14
	headerTypeAndTag = 5 + 1 + 16
)

var recordSuites = map[string]uint16{
	"aes_128_gcm":       tls.TLS_AES_128_GCM_SHA256,
	"aes_256_gcm":       tls.TLS_AES_256_GCM_SHA384,
	"chacha20_poly1305": tls.TLS_CHACHA20_POLY1305_SHA256,
}

// measure answers for the measure of that name, which may take as long as most.
func measure(chains string, most time.Duration, name string) (answer, error) {
	o := usual
	switch name {
	case "handshake/tls13/ecdsa":
	case "handshake/tls13/rsa":
		o = usual.withKeys("rsa")
	case "handshake/tls12/ecdsa":
		o = usual.in12()
	case "handshake/tls12/rsa":
		o = usual.withKeys("rsa").in12()
	case "resumed/tls13":
		o.resumes = true
	case "resumed/tls12":
		o = usual.in12()
		o.resumes = true
	case "hybrid/tls13":
		o = hybrid()
	case "heap":
		return footprint(chains)
	case "check":
		return check(chains)
	default:
		return records(chains, most, name)
	}
	return handshake(chains, most, o)
}

func hybrid() order {
	o := usual
	o.group = tls.X25519MLKEM768
	return o
}

// groupName is as IANA spells it; empty where nothing was exchanged.
func (o order) groupName() string {
	switch {
	case !o.exchanges():
		return ""
	case o.group == tls.X25519:
		return "x25519"
	default:
		return o.group.String()
	}
}

// repeat calls sample until the time is over.
func repeat(most time.Duration, sample func() error) error {
	begin := time.Now()
	for samples := 0; samples < fewestSamples || time.Since(begin) < most; samples++ {
		if err := sample(); err != nil {
			return err
		}
	}
	return nil
}

func median(samples []float64) float64 {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

func handshake(chains string, most time.Duration, o order) (answer, error) {
	p, err := newPair(chains, o)
	if err != nil {
		return nil, err
	}
	// This one fills what is made once and kept, and begins the session that is resumed.
	if err := p.connect(); err != nil {
		return nil, err
	}
	var clients, servers []float64
	err = repeat(most, func() error {
		err := p.connectAndSee()
		clients = append(clients, p.client.meter.seconds())
		servers = append(servers, p.server.meter.seconds())
		return err
	})
	return answer{
		"client":  median(clients),
		"server":  median(servers),
		"suite":   tls.CipherSuiteName(o.suite),
		"group":   o.groupName(),
		"resumed": o.resumes,
	}, err
}

// records measures send/SUITE/SIZE and receive/SUITE/SIZE. Whichever is not measured does its half
// untimed.
func records(chains string, most time.Duration, name string) (answer, error) {
	words := strings.Split(name, "/")
	if len(words) != 3 || words[0] != "send" && words[0] != "receive" {
		return nil, errors.New("there is no such measure")
	}
	suite, known := recordSuites[words[1]]
	size, err := strconv.Atoi(words[2])
	if !known || err != nil || size < 1 || size > mostPlaintext {
		return nil, errors.New("there is no such suite, or no message of one record is that long")
	}
	o := usual
	o.suite = suite
	p, err := newPair(chains, o)
	if err != nil {
		return nil, err
	}
	if err := p.connect(); err != nil {
		return nil, err
	}
	if got := p.client.tls.ConnectionState().CipherSuite; got != suite {
		return answer{"lacks": fmt.Sprintf("chooses the suite of TLS 1.3 itself: %s where %s is set",
			tls.CipherSuiteName(got), tls.CipherSuiteName(suite))}, nil
	}

	s := stream{pair: p, message: make([]byte, size), batch: min(batchBytes/size, mostInBatch)}
	var seconds []float64
	err = repeat(most, func() error {
		sending, receiving, err := s.pass()
		timed := sending
		if words[0] == "receive" {
			timed = receiving
		}
		seconds = append(seconds, timed.seconds()/float64(s.batch))
		return err
	})
	return answer{"seconds": median(seconds), "suite": tls.CipherSuiteName(suite)}, err
}

// A stream has messages of one size go from the server to the client, each by itself.
type stream struct {
	pair    *pair
	message []byte
	batch   int
}

// pass sends a batch and receives it.
func (s *stream) pass() (sending, receiving meter, err error) {
	p := s.pair
	sending.start()
	for range s.batch {
		if _, err := p.server.tls.Write(s.message); err != nil {
			return sending, receiving, err
		}
	}
	sending.stop()
	for _, write := range p.toClient.writes[p.toClient.begin:p.toClient.end] {
		if len(write) != len(s.message)+headerTypeAndTag {
			return sending, receiving, errors.New("a message is not one record")
		}
	}
	receiving.start()
	for range s.batch {
		got, err := p.receive(&p.client)
		if err != nil {
			return sending, receiving, err
		}
		if len(got) != len(s.message) {
			return sending, receiving, errors.New("a message came in pieces")
		}
	}
	receiving.stop()
	if !p.toClient.empty() {
		return sending, receiving, errors.New("there was more than was received")
	}
	return sending, receiving, nil
}
