// `handfast serve DIR`: an HTTPS server for the files of a folder.

#include "handfast/cert_authority.h"
#include "handfast/code_names.h"
#include "handfast/commands.h"
#include "handfast/ech_file.h"
#include "handfast/failure.h"
#include "handfast/json.h"
#include "handfast/net.h"
#include "handfast/one_of.h"
#include "handfast/options.h"
#include "handfast/psk_options.h"
#include "handfast/raw_keys.h"
#include "handfast/serve_banner.h"
#include "handfast/serve_credentials.h"
#include "handfast/serve_listen.h"
#include "handfast/serve_log.h"
#include "handfast/serve_loops.h"
#include "handfast/serve_renewal.h"
#include "handfast/serve_server.h"
#include "handfast/tickets.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

struct ServeOptions {
  std::string folder;
  std::string listen = "localhost:8443";
  std::vector<std::string> chains;
  std::vector<std::string> keys;
  std::vector<std::string> responses;    // OCSP
  std::vector<std::string> delegated;    // of cert delegate
  std::vector<std::string> own_keys;     // to show as raw public keys
  std::string client_authorities;        // empty: none
  std::vector<std::string> client_keys;  // that are pinned; with neither, clients are not asked
  std::string client_authentication = "require";
  std::size_t connections = 0;  // 0: as many as can be carried
  std::size_t workers = 0;      // 0: the loop does it all
  std::size_t loops = 1;
  CodeNames names;
  unsigned tickets = 2;
  bool keeps_sessions = false;  // here, and gives away nothing but their ids
  std::string ticket_secret;    // a file; empty: keys of our own
  std::uint32_t early_data = 0;
  bool retry = false;
  PskOptions psk;
  std::vector<std::string> ech;  // files of keys, the newest first
  ServerOptions accepts = {.alpn = {"http/1.1"}};
};

constexpr const char* serve_manual =
    R"(Without --cert, a certificate for localhost is made that the development
authority of this computer signs (see handfast cert dev); it is kept in memory.

One line is written for each request: time, client, version, key exchange, ALPN,
handshake ("resumed": a session of before; "kept": no handshake, the connection
was there already), request, status, size. What else a client of TLS 1.2 does that is
worth knowing, such as to name an unknown key or to offer compression, has its own line.

--timeout is the time for a ClientHello, 5 seconds if not given. The other limits
change in proportion: 10 s for the handshake, 60 s between requests, 30 s without
progress of a response, or with less than 1 KiB/s of it.

--ocsp and --delegated are read again when the file changes: SIGHUP has them looked
at at once, else it is once a minute. One that is no good is told of, and the old one
stays. SIGHUP has --client-ca read again, too.

Clients get tickets to resume their sessions with. The keys of these change every
six hours and end with the server, unless there is a --ticket-secret: servers that
share one open each other's tickets, and their own of before.

Clients of TLS 1.3 and 1.2 are served, with --tls 1.3 those of TLS 1.3 alone; what is of
TLS 1.3 is for clients of that. With --stateful sessions are kept here, 10000 at most, and
end with the server: a ticket is a number that works once, and a client of TLS 1.2 that
takes no tickets resumes by the id of its session.

With --client-auth later the handshake asks nobody. A client that offers it is asked
once, when its first request has come, and answered when it has said who it is, or that
it will not say (post-handshake authentication, RFC 9846); all others are answered.

With --psk clients that have the key too are known by it, and need no certificate to
know the server by; without --cert nobody else is let in. A client with a key is not
asked for a certificate of --client-ca. With --tls 1.2 keys are used as they are, and the
order of suites decides between a key and a certificate; --policy iot lets in CCM_8, and
PSK without ECDHE.

With --legacy rsa a --cert may have a key that its certificate lets decrypt and not sign;
clients of that key exchange alone are shown it.

With --early-data a client that resumes may send a request with its first words, and
is answered at once. Whoever copies them can send them again, so each is taken once
and only while it is fresh, and only GET and HEAD are answered so early: others get
425 (Too Early). Not with --ticket-secret: each of the servers would take them once.

With --loops N, N threads serve, each its own clients; take as many as processors are to
spare. --connections counts for all together.

With --workers other clients are served while a signature, a key exchange or a check of
a client's certificates takes its time: each loop has so many threads for that. It pays where
these are slow, as signatures of RSA keys are; with a P-256 key, handing the work over costs
about what it saves. While clients wait for their turn for half of the time of a handshake,
new ones are turned away.

With --retry a client has to answer once, from the same address, before a key is made or
anything signed for it: that costs it a round trip.

Examples
  handfast serve .
  handfast serve site --listen 0.0.0.0:443 --cert site.pem --key site.key
  handfast serve site --cert a.pem --key a.key --cert b.pem --key b.key
  handfast serve site --cert a.pem --client-ca staff.pem       whom staff.pem vouches for
  handfast serve site --loops 4 --cert a.pem --key a.key
  handfast serve . --group secp384r1       most clients have to ask a second time
)";

std::expected<serve::Credentials, Failure> find_credentials(const ServeOptions& options) {
  const bool is_bare =
      options.chains.empty() && (!options.own_keys.empty() || !options.psk.keys.empty());
  const bool has_rsa_exchange = std::ranges::count(options.names.mechanisms, "rsa") > 0;
  auto found = is_bare ? serve::Credentials()
               : options.chains.empty()
                   ? serve::make_development()
                   : serve::read_pairs(options.chains, options.keys, has_rsa_exchange);
  for (const std::string& path : options.own_keys) {
    if (!found) {
      break;
    }
    auto key = read_raw_key(path);
    if (!key) {
      return std::unexpected(std::move(key.error()));
    }
    found->list.push_back(*std::move(key));
    if (const auto secret = http::identify(path)) {
      found->secrets.push_back(*secret);
    }
  }
  return found;
}

/// The files of those certificates that promise a staple (RFC 7633) and get none.
std::vector<std::string> unstapled(const ServeOptions& options,
                                   const serve::Credentials& credentials) {
  std::vector<std::string> files;
  for (std::size_t i = 0; i < std::min(options.chains.size(), credentials.list.size()); ++i) {
    const bool has_staple = i < options.responses.size() && !options.responses[i].empty();
    if (credentials.list[i]->leaf().must_staple && !has_staple) {
      files.push_back(options.chains[i]);
    }
  }
  return files;
}

/// What tickets are sealed with; nullptr: there are none.
std::expected<std::shared_ptr<Tickets>, Failure> make_tickets(const ServeOptions& options) {
  if (options.tickets == 0) {
    return nullptr;
  }
  Result<std::shared_ptr<TicketKeys>> keys;
  if (options.keeps_sessions) {
    return std::make_shared<SessionStore>();
  }
  if (options.ticket_secret.empty()) {
    keys = TicketKeys::make();
  } else {
    constexpr std::size_t longest = 4096;
    Result<std::string> text = net::read_file(options.ticket_secret, longest);
    if (!text) {
      return std::unexpected(file_failure(text.error(), options.ticket_secret));
    }
    keys = TicketKeys::shared(SecretBytes(net::as_bytes(*text)));
    wipe(*text);
  }
  if (!keys) {
    return std::unexpected(options.ticket_secret.empty()
                               ? explain(keys.error(), Side::server, Stage::setup)
                               : file_failure(keys.error(), options.ticket_secret));
  }
  return *std::move(keys);
}

bool asks_clients(const ServeOptions& options) {
  return !options.client_authorities.empty() || !options.client_keys.empty();
}

ClientAuthentication::Mode asking_of(const ServeOptions& options) {
  return options.client_authentication == "request" ? ClientAuthentication::Mode::request
         : options.client_authentication == "later" ? ClientAuthentication::Mode::later
                                                    : ClientAuthentication::Mode::require;
}

std::string clients_text(const ServeOptions& options) {
  if (!asks_clients(options)) {
    return {};
  }
  std::vector<std::string> what;
  if (!options.client_authorities.empty()) {
    what.push_back("a certificate of an authority in " + escape(options.client_authorities));
  }
  if (!options.client_keys.empty()) {
    what.push_back(options.client_keys.size() == 1
                       ? "the pinned key"
                       : fmt::format("one of {} pinned keys", options.client_keys.size()));
  }
  const ClientAuthentication::Mode mode = asking_of(options);
  const std::string_view how = mode == ClientAuthentication::Mode::require   ? "must show"
                               : mode == ClientAuthentication::Mode::request ? "may show"
                                                                             : "may show later";
  return fmt::format("{} {}", how, fmt::join(what, ", or "));
}

/// One sentence: where, and why not.
Failure listen_failure(const Error& error, const ServeOptions& options) {
  Failure failure = explain(error, Side::server, Stage::setup);
  std::string why(error.text());
  if (error.reason == Reason::address_in_use) {
    failure.tries = {fmt::format("take a free port:  handfast serve {} --listen localhost:0",
                                 escape(options.folder)),
                     "see who listens:  ss -ltnp"};
  } else if (error.reason == Reason::address_invalid) {
    why = "--listen takes ADDRESS:PORT";
    failure.tries = {"such as localhost:8443, 0.0.0.0:443 or [::1]:8443"};
  } else if (error.reason == Reason::unreachable) {
    why = "this computer does not have that address";
    failure.tries = {"localhost for this computer alone, 0.0.0.0 for all its networks"};
  }
  failure.headline = fmt::format("Cannot listen at {}: {}.", escape(options.listen), why);
  failure.why = {};
  return failure;
}

std::expected<serve::Sources, Failure> find_sources(const ServeOptions& options) {
  auto keys = read_pins(options.client_keys);
  if (!keys) {
    return std::unexpected(std::move(keys.error()));
  }
  return serve::Sources{.responses = options.responses,
                        .delegated = options.delegated,
                        .client_authorities = options.client_authorities,
                        .client_keys = *std::move(keys),
                        .mode = asking_of(options)};
}

serve::Log::Form form_of(const Common& common) {
  return common.json    ? serve::Log::Form::json
         : common.quiet ? serve::Log::Form::none
                        : serve::Log::Form::text;
}

bool is_development(const serve::Credentials& credentials) {
  return std::ranges::any_of(credentials.list, [](const auto& credential) {
    return cert::is_development(credential->leaf());
  });
}

Result<serve::Listening> listen(const std::string& where) {
  const auto endpoint = serve::parse_endpoint(where);
  if (!endpoint) {
    return std::unexpected(endpoint.error());
  }
  return serve::listen_on(*endpoint);
}

/// What is served is never one of the files that hold a secret.
void hide_secrets(const ServeOptions& options, serve::Credentials& credentials) {
  std::vector<std::string> files = psk_files(options.psk);
  files.insert(files.end(), options.ech.begin(), options.ech.end());
  files.insert(files.end(), options.delegated.begin(), options.delegated.end());
  files.push_back(options.ticket_secret);
  for (const std::string& file : files) {
    if (const auto secret = http::identify(file)) {
      credentials.secrets.push_back(*secret);
    }
  }
}

std::expected<ServerOptions, Failure> acceptance(const ServeOptions& options) {
  ServerOptions accepts = options.accepts;
  auto tickets = make_tickets(options);
  if (!tickets) {
    return std::unexpected(tickets.error());
  }
  accepts.tickets = *std::move(tickets);
  accepts.ticket_counts.full = static_cast<std::uint8_t>(options.tickets);
  if (options.workers > 0) {
    accepts.pulled = {.signing = true, .chain_verification = true, .key_exchange = true};
  }
  if (options.retry) {
    auto keys = TicketKeys::make();
    if (!keys) {
      return std::unexpected(explain(keys.error(), Side::server, Stage::setup));
    }
    accepts.cookie_keys = *std::move(keys);
    accepts.always_retry = true;
  }
  if (options.early_data > 0) {
    // The keys of the tickets are new and nobody else's, so no ticket is older than the register.
    accepts.early_data =
        EarlyDataPolicy::accept(std::make_shared<ReplayMemory>(UnixTime{}), options.early_data);
  }
  auto psks = read_psks(options.psk, PskRole::server);
  if (!psks) {
    return std::unexpected(psks.error());
  }
  accepts.external_psks = *std::move(psks);
  auto ech_keys = read_ech_keys(options.ech);
  if (!ech_keys) {
    return std::unexpected(ech_keys.error());
  }
  accepts.ech_keys = *std::move(ech_keys);
  return accepts;
}

int run_serve(const Common& common, const ServeOptions& options) {
  const auto refuse = [&](const Failure& failure) {
    return print_failure(common, "serve", failure);
  };
  auto folder = http::Folder::open(options.folder);
  if (!folder) {
    return refuse(file_failure(folder.error(), options.folder));
  }
  auto credentials = find_credentials(options);
  if (!credentials) {
    return refuse(credentials.error());
  }
  hide_secrets(options, *credentials);
  const auto accepts = acceptance(options);
  if (!accepts) {
    return refuse(accepts.error());
  }
  auto sources = find_sources(options);
  if (!sources) {
    return refuse(sources.error());
  }
  auto renewal = serve::Renewal::read(credentials->list, *std::move(sources), *accepts, net::now());
  if (!renewal) {
    return refuse(renewal.error());
  }
  const std::size_t most = serve::raise_session_limit(options.loops);
  auto listening = listen(options.listen);
  if (!listening) {
    return refuse(listen_failure(listening.error(), options));
  }
  const Terminal terminal(stdout, common.color);
  const http::Site site(std::move(*folder), credentials->secrets);
  const serve::Workshop workshop{
      .site = site,
      .config = renewal->current(),
      .patience = serve::Patience{}.times(common.timeout.value_or(5) / 5),
      .log = serve::Log(terminal, form_of(common), is_development(*credentials))};
  const serve::Start start{.folder = options.folder,
                           .host = serve::parse_endpoint(options.listen)->host,
                           .port = listening->port,
                           .asks_clients = clients_text(options),
                           .psks = accepts->external_psks,
                           .credentials = *credentials,
                           .unstapled = unstapled(options, *credentials)};
  auto loops = serve::Loops::make(
      std::move(*listening), workshop, *renewal,
      {.loops = options.loops,
       .workers = options.workers,
       .sessions = options.connections == 0 ? most : std::min(most, options.connections)});
  if (!loops) {
    return refuse(explain(loops.error(), Side::server, Stage::setup));
  }
  serve::tell_start(common, terminal, start);
  if (const auto served = loops->run(); !served) {
    return refuse(explain(served.error(), Side::server, Stage::setup));
  }
  serve::tell_end(common, terminal, loops->counts());
  return exit_done;
}

/// Why --early-data cannot be had beside the other options; empty: it can.
std::string early_data_trouble(const ServeOptions& options) {
  if (options.early_data == 0) {
    return {};
  }
  if (options.tickets == 0 || !options.ticket_secret.empty()) {
    return "--early-data needs tickets that no other server opens.";
  }
  if (options.retry) {
    return "A second ClientHello, which --retry asks for, comes without --early-data.";
  }
  if (asks_clients(options)) {
    return "Whoever sends --early-data has not yet shown to be the client that --client-ca or "
           "--pin-client-key asks for.";
  }
  return {};
}

/// What cannot be had together; empty: nothing.
std::string trouble_of(const ServeOptions& options) {
  if (options.delegated.size() > options.chains.size()) {
    return "There are more --delegated than --cert; each --delegated is for the --cert in the same "
           "place.";
  }
  if (options.keeps_sessions && (!options.ticket_secret.empty() || options.tickets == 0)) {
    return "--stateful keeps sessions here, where no --ticket-secret seals them and --tickets is "
           "not 0.";
  }
  const std::string trouble = psk_trouble(options.psk);
  return trouble.empty() ? early_data_trouble(options) : trouble;
}

void read_accepted(ServeOptions& options) {
  const CodeNames& names = options.names;
  ServerOptions& accepts = options.accepts;
  read_groups(names, accepts.groups);
  const Protocols protocols{accepts.versions, accepts.cipher_suites, accepts.cipher_suites12};
  read_protocols(names, protocols);
  options.psk.is_for_12 = settle_psks12(names, protocols, !options.psk.keys.empty());
  accepts.policy = policy_of(names);
  accepts.own_suite_order = !names.suites.empty();  // whoever writes a list has an order in mind
  read_compressions(names, accepts.certificate_compression);
}

/// What TLS 1.2 does not have, where nothing else is spoken. Beside TLS 1.3 these are for its
/// clients.
void check_versions(const ServeOptions& options) {
  const std::array wishes = {
      std::pair{"--early-data", options.early_data > 0},
      std::pair{"--retry", options.retry},
      std::pair{"--ech", !options.ech.empty()},
      std::pair{"--show-key", !options.own_keys.empty()},
      std::pair{"--delegated", !options.delegated.empty()},
      std::pair{"--client-auth later", options.client_authentication == "later"},
      std::pair{"--compress", !options.names.compressions.empty()}};
  check_for_12(options.accepts.versions, options.accepts.groups, wishes);
  const bool names_12 = std::ranges::count(options.names.versions, "1.2") > 0 ||
                        !options.names.mechanisms.empty() ||
                        (!options.names.suites.empty() &&
                         std::ranges::count(options.accepts.versions, ProtocolVersion::tls12) > 0);
  if (options.retry && names_12) {
    throw CLI::ValidationError("--retry is for TLS 1.3 alone: TLS 1.2 has no cookies.");
  }
}

void add_ech_option(CLI::App& command, std::vector<std::string>& files) {
  command
      .add_option("--ech", files,
                  "a key of handfast ech new, to find hidden names with; again for older ones")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_session_options(CLI::App& command, ServeOptions& options) {
  command
      .add_option("--tickets", options.tickets,
                  "give so many tickets after a handshake with certificates; 0: resume nothing")
      ->type_name("N")
      ->check(CLI::Range(0, 8));
  command
      .add_option("--ticket-secret", options.ticket_secret,
                  "32 to 64 random bytes that servers share to open each other's tickets")
      ->type_name("FILE");
  command.add_flag("--stateful", options.keeps_sessions,
                   "keep sessions in memory, not in tickets; TLS 1.2 resumes them by id, too");
  command
      .add_option("--early-data", options.early_data,
                  "take requests of so many bytes early (0-RTT), at most 14336; 0: none")
      ->type_name("N")
      ->check(CLI::Range(0U, EarlyDataPolicy::largest));
  command.add_flag_function(
      "--heartbeat",
      [&options](std::int64_t) { options.accepts.heartbeat = HeartbeatMode::peer_allowed_to_send; },
      "answer clients that ask for signs of life (RFC 6520)");
  command.add_flag("--retry", options.retry,
                   "ask every client for a second ClientHello, which brings back a cookie");
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App& command =
      add_command(app, chosen, "serve", "serve the files of a folder over HTTPS", serve_manual);
  command.add_option("DIR", options->folder, "the folder")->required();
  command
      .add_option("--listen", options->listen,
                  "where to listen; localhost:8443, port 0: a free one")
      ->type_name("ADDRESS:PORT");
  add_repeated(command, "--cert", options->chains, "FILE",
               "certificates, leaf first; again for more names (SNI)");
  add_repeated(command, "--key", options->keys, "FILE", "the key of the --cert in the same place");
  add_repeated(command, "--ocsp", options->responses, "FILE",
               "an OCSP response to staple to the --cert in the same place; in PEM, one for each "
               "certificate of its chain");
  add_repeated(command, "--delegated", options->delegated, "FILE",
               "a key of handfast cert delegate, for clients that take one in the place of the "
               "--cert's in the same place");
  command
      .add_option("--client-ca", options->client_authorities,
                  "ask clients for certificates of the authorities in this file or folder")
      ->type_name("FILE|DIR");
  add_repeated(command, "--show-key", options->own_keys, "FILE",
               "a private key, whose public half is shown to clients that take it (RFC 7250)");
  add_repeated(command, "--pin-client-key", options->client_keys, "SHA256|FILE",
               "ask clients for this key: its SHA-256, or a file with it or its certificate");
  add_psk_options(command, options->psk);
  const CLI::Option* has_client_auth =
      command
          .add_option("--client-auth", options->client_authentication,
                      "require: nobody gets in without one; request: clients may stay unknown; "
                      "later: they are asked when they have sent a request, if they offered that")
          ->type_name("require|request|later")
          ->transform(one_of({"require", "request", "later"}));
  add_session_options(command, *options);
  add_ech_option(command, options->ech);
  add_code_options(command, options->names, "accept");
  command.add_option("--connections", options->connections, "at most so many at once")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.add_option("--loops", options->loops, "serve with so many threads; 1 if not given")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  command
      .add_option("--workers", options->workers,
                  "sign, exchange keys and judge clients on so many threads of each loop; if not "
                  "given, in the loop")
      ->type_name("N")
      ->check(CLI::Range(0, 256));
  command.callback([&chosen, options, has_client_auth] {
    read_accepted(*options);
    check_versions(*options);
    chosen.run = [options, has_client_auth](const Common& common) {
      if (!options->keys.empty() && options->keys.size() != options->chains.size()) {
        return print_usage_error(common, "serve",
                                 fmt::format("There are {} --cert and {} --key; each --key belongs "
                                             "to the --cert in the same place.",
                                             options->chains.size(), options->keys.size()));
      }
      if (options->responses.size() > std::max<std::size_t>(options->chains.size(), 1)) {
        return print_usage_error(common, "serve",
                                 "There are more --ocsp than --cert; each --ocsp belongs to the "
                                 "--cert in the same place.");
      }
      if (const std::string trouble = trouble_of(*options); !trouble.empty()) {
        return print_usage_error(common, "serve", trouble);
      }
      if (has_client_auth->count() > 0 && !asks_clients(*options)) {
        return print_usage_error(common, "serve",
                                 "--client-auth says how clients are asked; --client-ca or "
                                 "--pin-client-key, which say whom to believe, is missing.");
      }
      return run_serve(common, *options);
    };
  });
}

}  // namespace handfast::command
