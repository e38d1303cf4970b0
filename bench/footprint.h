// Footprint: what a connection takes of the heap. Exact, and the same in every run.
#pragma once

#include "bench/heap.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace handfast::bench {

/// Of one side of one library.
struct SideFootprint {
  Heap handshake;  ///< from creation until it is connected
  Heap at_rest;    ///< `bytes` held after the handshake and two messages of 1 KiB each way
};

/// Of both sides of a connection.
struct ConnectionFootprint {
  SideFootprint client;
  SideFootprint server;
};

/// The kinds of handshake that are looked at.
enum class Kind : std::uint8_t { full, default_groups, resumed, full12, resumed12, chacha20 };
inline constexpr std::size_t kinds = 6;

struct Footprint {
  std::array<ConnectionFootprint, kinds> handfast;  ///< by `Kind`
  ConnectionFootprint libssl;                       ///< of the full handshake
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
