package main

import (
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// A meter sums up between start and stop what an end spends: processor time of this thread, less
// what it takes to ask the clock, or allocations.
type meter struct {
	countsAllocations bool // instead of time, since that takes long

	nanoseconds int64
	allocations uint64
	begun       int64
}

func (m *meter) reset() {
	m.nanoseconds, m.allocations = 0, 0
}

func (m *meter) start() {
	if m.countsAllocations {
		m.allocations -= mallocs()
		return
	}
	m.begun = threadTime()
}

func (m *meter) stop() {
	if m.countsAllocations {
		m.allocations += mallocs()
		return
	}
	m.nanoseconds += threadTime() - m.begun - clockCost()
}

func (m *meter) seconds() float64 {
	return float64(m.nanoseconds) * 1e-9
}

// threadTime is CLOCK_THREAD_CPUTIME_ID in nanoseconds.
func threadTime() int64 {
	const clockThreadCPUTime = 3
	var now syscall.Timespec
	// Raw: the scheduler need not know of so short a call.
	_, _, code := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPUTime,
		uintptr(unsafe.Pointer(&now)), 0)
	if code != 0 {
		panic(code)
	}
	return now.Nano()
}

// clockCost is what it takes to ask the clock: as much as a record.
var clockCost = sync.OnceValue(func() int64 {
	const rounds = 1000
	begin := threadTime()
	for range rounds - 1 {
		threadTime()
	}
	return (threadTime() - begin) / rounds
})

var memory runtime.MemStats // not on the heap that it tells of

func mallocs() uint64 {
	runtime.ReadMemStats(&memory)
	return memory.Mallocs
}
