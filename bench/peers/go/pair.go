package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"time"
)

const mostTurns = 4 // of an end, until a handshake must be through

var errEndless = errors.New("the handshake does not end")

// A pipe is one direction of a transport. What was written at once is read by itself, as what comes
// from a network would be. It keeps its memory.
type pipe struct {
	writes     [][]byte
	begin, end int // of the writes that wait
	read       int // how much of the first is gone
}

func (p *pipe) empty() bool {
	return p.begin == p.end
}

func (p *pipe) clear() {
	p.begin, p.end, p.read = 0, 0, 0
}

func (p *pipe) put(bytes []byte) {
	if p.end == len(p.writes) {
		p.writes = append(p.writes, nil)
	}
	p.writes[p.end] = append(p.writes[p.end][:0], bytes...)
	p.end++
}

func (p *pipe) take(to []byte) int {
	first := p.writes[p.begin]
	size := copy(to, first[p.read:])
	p.read += size
	if p.read == len(first) {
		p.begin++
		p.read = 0
		if p.empty() {
			p.clear()
		}
	}
	return size
}

// An end of a connection, used for one connection after the other, and its net.Conn.
type end struct {
	in, out *pipe
	other   *end
	yield   func() // lets the other go on
	meter   meter

	tls  *tls.Conn
	done bool // the handshake is over: nothing more comes unless it is asked for
	err  error
}

// shakeHands makes a connection and goes through its handshake, and is timed.
func (e *end) shakeHands(make func(net.Conn, *tls.Config) *tls.Conn, config *tls.Config) {
	e.meter.start()
	e.tls = make(e, config)
	e.err = e.tls.Handshake()
	e.meter.stop()
	e.done = true
}

// Read gives what has come. Where nothing has, the other goes on, untimed; and where nothing will
// come, it is as if a deadline had passed, which crypto/tls takes for a pause and no failure.
func (e *end) Read(to []byte) (int, error) {
	if e.in.empty() && !e.other.done {
		e.meter.stop()
		e.yield()
		e.meter.start()
	}
	switch {
	case !e.in.empty():
		return e.in.take(to), nil
	case e.other.done:
		return 0, os.ErrDeadlineExceeded
	default:
		return 0, errEndless
	}
}

func (e *end) Write(from []byte) (int, error) {
	e.out.put(from)
	return len(from), nil
}

// The rest of net.Conn, which crypto/tls has no need of here.

func (e *end) Close() error                     { return nil }
func (e *end) LocalAddr() net.Addr              { return nil }
func (e *end) RemoteAddr() net.Addr             { return nil }
func (e *end) SetDeadline(time.Time) error      { return nil }
func (e *end) SetReadDeadline(time.Time) error  { return nil }
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// A pair is a client and a server with what lies between them.
type pair struct {
	order              order
	client, server     end
	clientConfig       *tls.Config
	toClient, toServer pipe
	letServer          func() (struct{}, bool)
	plaintext          [1 << 14]byte
}

func newPair(chains string, o order) (*pair, error) {
	clientConfig, serverConfig, err := o.configs(chains)
	if err != nil {
		return nil, err
	}
	p := &pair{order: o, clientConfig: clientConfig}
	p.client = end{in: &p.toClient, out: &p.toServer, other: &p.server}
	p.server = end{in: &p.toServer, out: &p.toClient, other: &p.client}
	// The server's goroutine, which goes on for as long as the program does.
	p.letServer, _ = iter.Pull(func(yield func(struct{}) bool) {
		p.server.yield = func() { yield(struct{}{}) }
		for {
			p.server.shakeHands(tls.Server, serverConfig)
			p.server.yield()
		}
	})
	p.client.yield = func() { p.letServer() }
	return p, nil
}

// connect makes a connection and goes through its handshake.
func (p *pair) connect() error {
	p.toClient.clear() // what a handshake that failed has left
	p.toServer.clear()
	for _, e := range []*end{&p.client, &p.server} {
		e.meter.reset()
		e.done, e.err = false, nil
	}
	p.client.shakeHands(tls.Client, p.clientConfig)
	for turn := 0; !p.server.done; turn++ {
		if turn == mostTurns {
			return errEndless
		}
		p.letServer()
	}
	if p.client.err != nil || p.server.err != nil {
		return fmt.Errorf("client: %v; server: %v", p.client.err, p.server.err)
	}
	if p.order.resumes && p.order.version == tls.VersionTLS13 {
		return p.readTicket()
	}
	return nil
}

// readTicket has the client read what the server said behind its Finished, timed. It may be in
// crypto/tls already, having come with the flight.
func (p *pair) readTicket() error {
	p.client.meter.start()
	size, err := p.client.tls.Read(p.plaintext[:])
	p.client.meter.stop()
	if size != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("instead of a ticket came %d bytes: %w", size, err)
	}
	return nil
}

// connectAndSee connects, and fails if either end came to anything but what was ordered.
func (p *pair) connectAndSee() error {
	if err := p.connect(); err != nil {
		return err
	}
	for _, e := range []*end{&p.client, &p.server} {
		state := e.tls.ConnectionState()
		if state.CipherSuite != p.order.suite || state.DidResume != p.order.resumes ||
			p.order.exchanges() && state.CurveID != p.order.group {
			return fmt.Errorf("agreed on %s, %s, resumed %t",
				tls.CipherSuiteName(state.CipherSuite), state.CurveID, state.DidResume)
		}
	}
	return nil
}

// receive gives what the next message at e is, until the one after.
func (p *pair) receive(e *end) ([]byte, error) {
	size, err := e.tls.Read(p.plaintext[:])
	return p.plaintext[:size], err
}
