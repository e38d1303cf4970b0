#include "bench/summary.h"

#include "bench/measures.h"
#include "crypto/aead.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <utility>

namespace handfast::bench {
namespace {

std::string key_of(const std::string& benchmark, const std::string& counter) {
  return counter.empty() ? benchmark : benchmark + "#" + counter;
}

/// As printf would; the texts here are short.
[[gnu::format(printf, 1, 2)]] std::string text(const char* format, ...) {
  std::array<char, 256> line{};
  std::va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  return line.data();
}

}  // namespace

// ---- samples ------------------------------------------------------------------------------------

void Samples::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.error_occurred && error_.empty()) {
      error_ = run.error_message;
    }
    if (run.run_type != Run::RT_Iteration || run.error_occurred || run.iterations == 0) {
      continue;
    }
    const std::string& name = run.run_name.function_name;
    samples_[name].push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
    for (const auto& [counter, value] : run.counters) {
      samples_[key_of(name, counter)].push_back(value.value);
    }
  }
}

std::optional<double> Samples::median(const std::string& benchmark,
                                      const std::string& counter) const {
  const auto found = samples_.find(key_of(benchmark, counter));
  if (found == samples_.end()) {
    return std::nullopt;
  }
  std::vector<double> sorted = found->second;
  std::ranges::sort(sorted);
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// ---- rows ---------------------------------------------------------------------------------------

std::optional<double> Row::ratio() const {
  return libssl ? std::optional(*libssl / handfast) : std::nullopt;
}

std::optional<bool> Row::met() const {
  switch (bar.kind) {
    case Bar::Kind::none: return std::nullopt;
    case Bar::Kind::ratio_at_least: return ratio().value_or(0) >= bar.value;
    case Bar::Kind::below: return handfast < bar.value;
    case Bar::Kind::at_most: return handfast <= bar.value;
  }
  return std::nullopt;
}

namespace {

struct TimeRow {
  const char* group;
  const char* name;
  const char* benchmark;
  const char* counter;
  Unit unit;
  double ratio_at_least;  // 0: no bar; else as in bench/rows.py
};

constexpr const char* handshake_group =
    "full handshake, ECDSA P-256 chain of 2 to the root, X25519";
constexpr const char* default_group =
    "the same with each library's default groups (ours: X25519MLKEM768)";
constexpr const char* known_group =
    "the full handshake, of a client that met the chain before (libssl does not remember)";
constexpr const char* resumed_group = "resumed handshake, X25519, with one ticket for the next";
constexpr const char* handshake12_group =
    "TLS 1.2: full handshake, ECDHE-ECDSA, the same chain, X25519";
constexpr const char* resumed12_group = "TLS 1.2: resumed handshake, by a ticket";
constexpr const char* aes_128_group = "AES-128-GCM, a message";
constexpr const char* aes_256_group = "AES-256-GCM, a message";
constexpr const char* chacha_group = "ChaCha20-Poly1305, a message";
constexpr const char* ecdsa_group = "ECDSA P-256, with hash and key import, beside libcrypto's own";
constexpr const char* certificate_group = "certificates, ECDSA P-256";
constexpr const char* heap_group = "heap that a connection holds at rest";
constexpr const char* allocations_group = "allocations a handshake";
constexpr const char* frames_group = "coroutine frames of a handshake, at their peak";

// clang-format off
constexpr std::array time_table = {
  TimeRow{handshake_group, "client",          "handshake/", "client", Unit::microseconds, 3.2},
  TimeRow{handshake_group, "server",          "handshake/", "server", Unit::microseconds, 2.9},
  TimeRow{handshake_group, "both on one core", "handshake/", "",      Unit::microseconds, 0},
  TimeRow{default_group,   "client",          "handshake_default_groups/", "client", Unit::microseconds, 0},
  TimeRow{default_group,   "server",          "handshake_default_groups/", "server", Unit::microseconds, 0},
  TimeRow{known_group,     "client",          "handshake_known_chain/", "client", Unit::microseconds, 0},
  TimeRow{resumed_group,   "client",          "handshake_resumed/", "client", Unit::microseconds, 2.8},
  TimeRow{resumed_group,   "server",          "handshake_resumed/", "server", Unit::microseconds, 2.8},
  TimeRow{handshake12_group, "client",        "handshake12/", "client", Unit::microseconds, 2.5},
  TimeRow{handshake12_group, "server",        "handshake12/", "server", Unit::microseconds, 1.7},
  TimeRow{resumed12_group, "client",          "handshake12_resumed/", "client", Unit::microseconds, 4.2},
  TimeRow{resumed12_group, "server",          "handshake12_resumed/", "server", Unit::microseconds, 4.2},
  TimeRow{aes_128_group,   "16 KiB, send",    "send/aes_128_gcm/16384/",          "", Unit::nanoseconds, 1.3},
  TimeRow{aes_128_group,   "16 KiB, receive", "receive/aes_128_gcm/16384/",       "", Unit::nanoseconds, 1.35},
  TimeRow{aes_128_group,   "1 KiB, send",     "send/aes_128_gcm/1024/",           "", Unit::nanoseconds, 3},
  TimeRow{aes_128_group,   "1 KiB, receive",  "receive/aes_128_gcm/1024/",        "", Unit::nanoseconds, 2.8},
  TimeRow{aes_128_group,   "100 B, send",     "send/aes_128_gcm/100/",            "", Unit::nanoseconds, 7},
  TimeRow{aes_128_group,   "100 B, receive",  "receive/aes_128_gcm/100/",         "", Unit::nanoseconds, 6},
  TimeRow{aes_256_group,   "16 KiB, send",    "send/aes_256_gcm/16384/",          "", Unit::nanoseconds, 0},
  TimeRow{aes_256_group,   "16 KiB, receive", "receive/aes_256_gcm/16384/",       "", Unit::nanoseconds, 0},
  TimeRow{aes_256_group,   "1 KiB, send",     "send/aes_256_gcm/1024/",           "", Unit::nanoseconds, 0},
  TimeRow{aes_256_group,   "1 KiB, receive",  "receive/aes_256_gcm/1024/",        "", Unit::nanoseconds, 0},
  TimeRow{aes_256_group,   "100 B, send",     "send/aes_256_gcm/100/",            "", Unit::nanoseconds, 0},
  TimeRow{aes_256_group,   "100 B, receive",  "receive/aes_256_gcm/100/",         "", Unit::nanoseconds, 0},
  TimeRow{chacha_group,    "16 KiB, send",    "send/chacha20_poly1305/16384/",    "", Unit::nanoseconds, 0},
  TimeRow{chacha_group,    "16 KiB, receive", "receive/chacha20_poly1305/16384/", "", Unit::nanoseconds, 0},
  TimeRow{chacha_group,    "1 KiB, send",     "send/chacha20_poly1305/1024/",     "", Unit::nanoseconds, 0},
  TimeRow{chacha_group,    "1 KiB, receive",  "receive/chacha20_poly1305/1024/",  "", Unit::nanoseconds, 0},
  TimeRow{chacha_group,    "100 B, send",     "send/chacha20_poly1305/100/",      "", Unit::nanoseconds, 0},
  TimeRow{chacha_group,    "100 B, receive",  "receive/chacha20_poly1305/100/",   "", Unit::nanoseconds, 0},
  TimeRow{ecdsa_group,     "sign",            "ecdsa_p256/sign/",                 "", Unit::microseconds, 0},
  TimeRow{ecdsa_group,     "verify",          "ecdsa_p256/verify/",               "", Unit::microseconds, 0},
};
// clang-format on

double as_number(auto value) { return static_cast<double>(value); }

double whole(const Heap& heap) { return as_number(heap.own.bytes + heap.libcrypto.bytes); }

/// Bytes at rest where libcrypto has the keys: its contexts come on top. 3,300 are aimed at, which
/// a build without our own AES-GCM stays below; in one with it the room for its keys is there, and
/// empty, so that this only holds what there is.
#ifdef HANDFAST_AES_GCM
constexpr double rest_on_libcrypto = 3648;
#else
constexpr double rest_on_libcrypto = 3300;
#endif

Bar rest_bar(const SideFootprint& side) {
  return {Bar::Kind::at_most, side.at_rest.libcrypto.bytes == 0 ? 1712.0 : rest_on_libcrypto};
}

void add_heap(std::vector<Row>& rows, const std::string& side, const SideFootprint& handfast,
              const SideFootprint& libssl) {
  rows.push_back({heap_group, side, Unit::bytes, whole(handfast.at_rest), whole(libssl.at_rest),
                  rest_bar(handfast)});
  rows.push_back({heap_group, side + ", of it libcrypto's", Unit::bytes,
                  as_number(handfast.at_rest.libcrypto.bytes)});
}

void add_allocations(std::vector<Row>& rows, const std::string& side, const SideFootprint& handfast,
                     const SideFootprint& libssl, Bar bar) {
  rows.push_back({allocations_group, side + ", own", Unit::count,
                  as_number(handfast.handshake.own.allocations), std::nullopt, bar});
  rows.push_back(
      {allocations_group, side + ", with libcrypto's", Unit::count,
       as_number(handfast.handshake.own.allocations + handfast.handshake.libcrypto.allocations),
       as_number(libssl.handshake.libcrypto.allocations)});
}

void add_heap_of_chacha20(std::vector<Row>& rows, const Footprint& footprint) {
  const ConnectionFootprint& of = footprint.handfast[static_cast<std::size_t>(Kind::chacha20)];
  for (const auto& [side, name] : {std::pair{&of.client, "client"}, {&of.server, "server"}}) {
    rows.push_back({heap_group, std::string(name) + ", ChaCha20-Poly1305", Unit::bytes,
                    whole(side->at_rest), std::nullopt, rest_bar(*side)});
  }
}

/// Own allocations in the other kinds of handshake.
void add_other_kinds(std::vector<Row>& rows, const Footprint& footprint) {
  constexpr Bar bar{Bar::Kind::at_most, 10};
  constexpr std::array names = {"default groups", "resumed", "TLS 1.2", "TLS 1.2, resumed",
                                "ChaCha20-Poly1305"};
  static_assert(names.size() + 1 == kinds);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ConnectionFootprint& of = footprint.handfast[i + 1];
    for (const auto& [side, name] : {std::pair{&of.client, "client"}, {&of.server, "server"}}) {
      rows.push_back({allocations_group, std::string(name) + ", " + names[i], Unit::count,
                      as_number(side->handshake.own.allocations), std::nullopt, bar});
    }
  }
}

}  // namespace

std::vector<Row> time_rows(const Samples& samples) {
  std::vector<Row> rows;
  for (const TimeRow& row : time_table) {
    const auto handfast = samples.median(std::string(row.benchmark) + handfast_name, row.counter);
    const auto libssl = samples.median(std::string(row.benchmark) + libssl_name, row.counter);
    if (!handfast) {
      continue;
    }
    const Bar bar =
        row.ratio_at_least > 0 ? Bar{Bar::Kind::ratio_at_least, row.ratio_at_least} : Bar{};
    rows.push_back({row.group, row.name, row.unit, *handfast, libssl, bar});
  }
  return rows;
}

std::vector<Row> burst_rows(const Samples& samples) {
  constexpr const char* group = "128 records of 100 B at once, AES-128-GCM, each";
  std::vector<Row> rows;
  for (const auto& [benchmark, name] : {std::pair{"burst/next", "receive, one a call (next)"},
                                        {"burst/open", "receive, many a call (open)"}}) {
    if (const auto time = samples.median(benchmark, "")) {
      rows.push_back({group, name, Unit::nanoseconds, *time});
    }
  }
  return rows;
}

std::vector<Row> certificate_rows(const Samples& samples) {
  const auto parse = samples.median("certificate/parse/handfast", "");
  const auto verify = samples.median("certificate/verify/handfast", "");
  const auto again = samples.median("certificate/verify_again/handfast", "");
  const auto signatures = samples.median("certificate/signatures/handfast", "");
  std::vector<Row> rows;
  if (parse) {
    rows.push_back({certificate_group, "parse", Unit::nanoseconds, *parse, std::nullopt,
                    Bar{Bar::Kind::at_most, 2e-6}});
  }
  if (verify && signatures) {
    rows.push_back({certificate_group, "verify leaf, intermediate, root", Unit::microseconds,
                    *verify, std::nullopt, Bar{Bar::Kind::at_most, 1.15 * *signatures}});
    rows.push_back({certificate_group, "of it two signatures", Unit::microseconds, *signatures});
  }
  if (again) {
    rows.push_back({certificate_group, "the same chain once more", Unit::microseconds, *again});
  }
  return rows;
}

std::vector<Row> key_encapsulation_rows(const Samples& samples) {
  constexpr Bar bar{Bar::Kind::at_most, 20e-6};
  std::vector<Row> rows;
  const auto add = [&](const std::string& group, const std::string& set, const char* twin, Bar to) {
    for (const char* what : {"generate", "encapsulate", "decapsulate"}) {
      if (const auto time = samples.median(set + "/" + what + "/" + twin, "")) {
        rows.push_back({group, what, Unit::microseconds, *time, std::nullopt, to});
      }
    }
  };
  add("ML-KEM-768, AVX2", "ml_kem_768", "avx2", bar);
  add("ML-KEM-1024, AVX2", "ml_kem_1024", "avx2", bar);
  add("ML-KEM-768, portable", "ml_kem_768", "portable", {});
  add("ML-KEM-1024, portable", "ml_kem_1024", "portable", {});
  return rows;
}

std::vector<Row> key_exchange_rows(const Samples& samples) {
  std::vector<Row> rows;
  const auto add = [&](const char* group, const std::string& id, const char* what, Bar bar) {
    const auto ours = samples.median(id + "/" + what + "/" + handfast_name, "");
    const auto theirs = samples.median(id + "/" + what + "/" + libssl_name, "");
    if (ours) {
      rows.push_back({group, what, Unit::microseconds, *ours, theirs, bar});
    }
  };
  constexpr const char* x25519_group = "X25519, beside libcrypto's own";
  add(x25519_group, "x25519", "generate", {Bar::Kind::ratio_at_least, 2.9});
  add(x25519_group, "x25519", "derive", {Bar::Kind::ratio_at_least, 1.47});
  constexpr const char* p384_group = "P-384, beside libcrypto's own";
  add(p384_group, "secp384r1", "generate", {});
  add(p384_group, "secp384r1", "derive", {});
  return rows;
}

std::vector<Row> footprint_rows(const Footprint& footprint) {
  std::vector<Row> rows;
  const ConnectionFootprint& full = footprint.handfast.front();
  const ConnectionFootprint& libssl = footprint.libssl;
  add_heap(rows, "client", full.client, libssl.client);
  add_heap(rows, "server", full.server, libssl.server);
  add_heap_of_chacha20(rows, footprint);
  add_allocations(rows, "client", full.client, libssl.client, {Bar::Kind::at_most, 4});
  add_allocations(rows, "server", full.server, libssl.server, {Bar::Kind::at_most, 3});
  add_other_kinds(rows, footprint);
  constexpr Bar frame_bar{Bar::Kind::at_most, 8192};
  rows.push_back({frames_group, "client", Unit::bytes, as_number(footprint.client_frames),
                  std::nullopt, frame_bar});
  rows.push_back({frames_group, "server", Unit::bytes, as_number(footprint.server_frames),
                  std::nullopt, frame_bar});
  rows.push_back({frames_group, "frames that did not fit", Unit::count,
                  as_number(footprint.frame_spills), std::nullopt, Bar{Bar::Kind::at_most, 0}});
  return rows;
}

// ---- output -------------------------------------------------------------------------------------

namespace {

std::string figure(double value, Unit unit) {
  switch (unit) {
    case Unit::microseconds: return text("%.1f us", 1e6 * value);
    case Unit::nanoseconds: return text("%.0f ns", 1e9 * value);
    case Unit::bytes: return text("%.0f B", value);
    case Unit::count: return text("%.0f", value);
  }
  return {};
}

std::string bar_text(const Bar& bar, Unit unit) {
  const bool is_time = unit == Unit::microseconds || unit == Unit::nanoseconds;
  switch (bar.kind) {
    case Bar::Kind::none: return "";
    case Bar::Kind::ratio_at_least: return text(">= %gx", bar.value);
    case Bar::Kind::below: return text("< %.0f", bar.value);
    case Bar::Kind::at_most:
      return is_time ? "<= " + figure(bar.value, unit) : text("<= %.0f", bar.value);
  }
  return {};
}

const char* met_text(const Row& row) {
  const auto met = row.met();
  if (!met) {
    return "";
  }
  return *met ? "met" : "NOT MET";
}

const char* unit_name(Unit unit) {
  switch (unit) {
    case Unit::microseconds:
    case Unit::nanoseconds: return "s";
    case Unit::bytes: return "B";
    case Unit::count: return "";
  }
  return "";
}

}  // namespace

std::string as_table(const std::vector<Row>& rows) {
  std::string table =
      text("%-32s %12s %12s %9s   %-9s\n", "", "Handfast", "libssl", "ratio", "bar");
  std::string group;
  for (const Row& row : rows) {
    if (row.group != group) {
      group = row.group;
      table += "\n" + group + "\n";
    }
    const auto ratio = row.ratio();
    const std::string libssl = row.libssl ? figure(*row.libssl, row.unit) : "-";
    std::string line = text("  %-30s %12s %12s %9s   %-9s %s", row.name.c_str(),
                            figure(row.handfast, row.unit).c_str(), libssl.c_str(),
                            ratio ? text("%.2fx", *ratio).c_str() : "",
                            bar_text(row.bar, row.unit).c_str(), met_text(row));
    line.erase(line.find_last_not_of(' ') + 1);
    table += line + "\n";
  }
  return table;
}

std::string as_json(const std::vector<Row>& rows) {
  // Nothing in the names needs escaping.
  std::string json = "[";
  for (const Row& row : rows) {
    json += json.size() > 1 ? ",\n " : "\n ";
    json += text(R"({"group": "%s", "name": "%s", "unit": "%s", "handfast": %.10g)",
                 row.group.c_str(), row.name.c_str(), unit_name(row.unit), row.handfast);
    if (row.libssl) {
      json += text(R"(, "libssl": %.10g, "ratio": %.4g)", *row.libssl, *row.ratio());
    }
    if (const auto met = row.met()) {
      json += text(R"(, "bar": "%s", "met": %s)", bar_text(row.bar, row.unit).c_str(),
                   *met ? "true" : "false");
    }
    json += "}";
  }
  return json + "\n]\n";
}

}  // namespace handfast::bench
