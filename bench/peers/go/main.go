// The measures of `./dev bench --peers` on Go's crypto/tls.
//
//	PROGRAM CHAINS SECONDS MEASURE...
//
// CHAINS is a folder of chains and keys, SECONDS how long a measure may take, and each MEASURE is
// answered by an object of JSON on a line of its own.
//
// What is counted: crypto/tls waits where others return, so each end has a goroutine. The server's
// is a coroutine of the client's (iter.Pull), and both are locked to one thread: whoever would wait
// stops its stopwatch and lets the other go on. So neither waiting nor waking is counted, and what
// remains is the processor time of crypto/tls: creation of the connection, handshake, tickets.
//
// What is not: nothing closes a connection (Close would send an alert, which the others do not),
// and what frees it is the garbage collector. That runs with its defaults, on other threads; only
// what it makes the allocating thread do falls into the samples, and few of them, so the medians
// hardly show it. The goroutines, and so their stacks, live on from connection to connection.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"
)

// answer is a measure's object of JSON.
type answer map[string]any

func main() {
	runtime.LockOSThread() // the stopwatch is this thread's
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "go:", err)
		os.Exit(2)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return fmt.Errorf("PROGRAM CHAINS SECONDS MEASURE...")
	}
	chains := arguments[0]
	seconds, err := strconv.ParseFloat(arguments[1], 64)
	if err != nil {
		return err
	}
	most := time.Duration(seconds * float64(time.Second))
	lines := json.NewEncoder(os.Stdout) // which nothing buffers
	for _, name := range arguments[2:] {
		told, err := measure(chains, most, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		told["measure"] = name
		if err := lines.Encode(told); err != nil {
			return err
		}
	}
	return nil
}
