// Footprint: what a connection takes of the heap. Exact, and the same in every run.
#pragma once

#include "bench/heap.h"

#include <cstddef>

namespace handfast::bench {

/// Of one side of one library.
struct SideFootprint {
  Heap handshake;  ///< from creation until it is connected
  Heap at_rest;    ///< `bytes` held after the handshake and two messages of 1 KiB each way
};

struct Footprint {
  SideFootprint handfast_client;
  SideFootprint handfast_server;
  SideFootprint libssl_client;
  SideFootprint libssl_server;
  std::size_t client_frames = 0;  ///< peak of Handfast's arena for coroutine frames
  std::size_t server_frames = 0;
  std::size_t frame_spills = 0;  ///< frames of both that did not fit the arena
};

/// Measures in a child process of its own, since to watch libcrypto's allocator slows it down. Call
/// before anything of libcrypto is used. Throws std::runtime_error.
Footprint measure_footprint();

/// The peak of the frame arenas in one handshake, into `footprint`. Throws std::runtime_error.
void measure_frames(Footprint& footprint);

}  // namespace handfast::bench
