package main

import (
	"crypto/tls"
	"runtime"
	"runtime/debug"
)

const (
	heldConnections = 256
	warmConnections = 3
)

// footprint measures what an end holds once it is at rest, and how often it allocates in a
// handshake.
//
// As only one end runs at a time, allocations are told apart where one takes over from the other.
// What is held is told apart by letting go: first of all servers, then of all clients. What
// connections share is small beside what hundreds of them hold.
func footprint(chains string) (answer, error) {
	p, err := newPair(chains, usual)
	if err != nil {
		return nil, err
	}
	clientAllocations, serverAllocations, err := handshakeAllocations(p)
	if err != nil {
		return nil, err
	}

	clients := make([]*tls.Conn, heldConnections)
	servers := make([]*tls.Conn, heldConnections)
	message := make([]byte, 1024)
	for i := range heldConnections {
		if err := p.connectAndSee(); err != nil {
			return nil, err
		}
		for range 2 {
			if err := p.exchange(message); err != nil {
				return nil, err
			}
		}
		clients[i], servers[i] = p.client.tls, p.server.tls
	}
	p.client.tls, p.server.tls = nil, nil
	withBoth := heldBytes()
	clear(servers)
	withClients := heldBytes()
	clear(clients)
	withNone := heldBytes()
	return answer{
		"client_bytes":       (withClients - withNone) / heldConnections,
		"server_bytes":       (withBoth - withClients) / heldConnections,
		"client_allocations": clientAllocations,
		"server_allocations": serverAllocations,
		"note":               "without the stacks of the goroutines that connections usually have",
	}, nil
}

func handshakeAllocations(p *pair) (client, server uint64, err error) {
	// The collector empties what is kept for later use.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	p.client.meter.countsAllocations, p.server.meter.countsAllocations = true, true
	// The first connections fill what is made once and kept.
	for range warmConnections {
		if err := p.connectAndSee(); err != nil {
			return 0, 0, err
		}
		client, server = p.client.meter.allocations, p.server.meter.allocations
	}
	p.client.meter.countsAllocations, p.server.meter.countsAllocations = false, false
	return client, server, nil
}

// heldBytes is what the heap holds that somebody refers to.
func heldBytes() int64 {
	// One collection frees, and lets go of what was kept for later use; what had a finalizer or a
	// cleanup goes with the next.
	for range 4 {
		runtime.GC()
	}
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}
