// The command line of `handfast connect`.

#include "handfast/code_names.h"
#include "handfast/commands.h"
#include "handfast/connect.h"
#include "handfast/one_of.h"
#include "handfast/options.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace handfast::command {

namespace {

constexpr const char* connect_manual =
    R"(HOST is a name or an address; a port may follow it ("[::1]:8443"). It may also be
a URL, of which the host and the port count. Default port: 443.

What standard input gives is sent, and what comes back is printed to standard
output; when standard input ends, the server is told so. With --get one request is
made instead, and the body of its response printed. As soon as data may go to
standard output, the summary and the diagram go to standard error. With --json
standard input is left alone and one document holds everything.

An OCSP response that the server staples counts without being asked for, and one
that its certificate promises has to come. --crl adds lists of yours; --ct-logs has
the certificate's timestamps checked, wherever they stand: --explain shows them.

--resume keeps what the server gives to shorten the next handshake in a file: a
secret, good for one connection, to the same server and with the same options of
trust; with --crl nothing is resumed, as lists may say something else by then.

--early-data sends a file of at most 16 KiB in the first flight, if the session allows
it. Whoever copies that flight can have it delivered again: send nothing that may not
happen twice. What the server does not take is sent after the handshake, if that does
not settle another application protocol (ALPN).

--pin-key trusts whoever has that key, and no authority unless --ca names one. With
--raw-key the server may show the key itself in the place of a certificate (RFC 7250);
such a key has no name, so HOST is then looked up but not checked.
--ech takes what an HTTPS record of the server has behind ech=, or a file with it. If
the server does not have that key, nothing of what was hidden is sent in clear: the
connection ends, and what the server wants to be used instead is told.

--psk names a key that the server was given too; who does not know it is not the
server, and no certificate counts unless --ca or --pin-key says whose. Both sides
import it (RFC 9258), with the same --psk-context; --raw-psk is for servers that
cannot. With --tls 1.2 it is used as it is (RFC 4279), in the suites with ECDHE_PSK, or
those of --suite; --policy iot lets in CCM_8, and PSK without ECDHE, whose records can
be read by whoever learns the key later.

--starttls begins in clear, with as few words as the protocol allows, until the server
lets TLS begin. What it said until then is forgotten, and whatever it says in clear
behind that ends the connection; what you send goes through TLS alone. The default
port is the protocol's. HOST, or --sni, is the domain that XMPP asks for.

TLS 1.3 is spoken, or TLS 1.2 where the server has nothing newer; --tls 1.3 and --tls 1.2
leave the other out. What is of TLS 1.3 holds only if that is spoken. A --suite belongs to
one version, and a list without --tls means the versions that it has suites of.

--timeout is the time for the name, the connection and the handshake together, 10
seconds if not given; after the handshake it is the longest silence.

Examples
  handfast connect example.com                       is it there, is it trusted?
  handfast connect --diagram example.com             the messages, one by one
  handfast connect --explain example.com             why is it trusted?
  handfast connect --get / example.com               one HTTP request
  handfast connect --ca ca.pem [::1]:8443            trust one authority of your own
  handfast connect --crl lists/ example.com          was its certificate revoked?
  handfast connect --pin-key server.pub --raw-key HOST     no certificates at all
  handfast connect --sni shop.test 192.0.2.7         this name at that address
  handfast connect --cert me.pem --key me.key HOST   show who you are, if asked
  handfast connect --psk @keys.txt HOST              know each other by a key
  handfast connect --resume s.bin HOST               twice: the second is shorter
  handfast connect --starttls smtp mail.example.com  from clear text to TLS
  handfast connect --tls 1.2 --diagram HOST          the handshake as it was before
  handfast connect --legacy cbc HOST                 a server that has nothing better
  handfast connect --heartbeat 30 HOST               notice when it is gone
  printf 'QUIT\r\n' | handfast connect --quiet smtps://mail.example.com

Exit codes
  0 done, 10-12 network, 20-23 TLS, 30-34 certificate, 35 yours, 40 alert,
  41 cut off;
  all of them: handfast help exit-codes
)";

void check_credential(const ConnectOptions& options) {
  if (options.chain.empty() && !options.key.empty()) {
    throw CLI::ValidationError("--key is the key of --cert, which is missing.");
  }
}

void check_raw_key(const ConnectOptions& options) {
  if (options.takes_raw_key && options.grounds.pins.empty() && !options.is_insecure) {
    throw CLI::ValidationError("--raw-key needs --pin-key: nobody else vouches for a raw key.");
  }
}

void check_psk(const ConnectOptions& options) {
  if (const std::string trouble = psk_trouble(options.psk); !trouble.empty()) {
    throw CLI::ValidationError(trouble);
  }
}

void check_early_data(const ConnectOptions& options) {
  if (!options.early_data.empty() && options.session.empty()) {
    throw CLI::ValidationError("--early-data needs the session of --resume.");
  }
}

/// What TLS 1.2 does not have, where nothing else is offered. Beside TLS 1.3 these are offered for
/// it.
void check_versions(const ConnectOptions& options, const CodeNames& names) {
  const ClientOptions& offer = options.offer;
  const std::array wishes = {std::pair{"--early-data", !options.early_data.empty()},
                             std::pair{"--ech", !options.ech.empty() && options.ech != "off"},
                             std::pair{"--raw-key", options.takes_raw_key},
                             std::pair{"--show-key", !options.own_key.empty()},
                             std::pair{"--delegated", options.takes_delegated},
                             std::pair{"--post-handshake-auth", offer.post_handshake_auth},
                             std::pair{"--key-share", !names.key_shares.empty()},
                             std::pair{"--compress", !names.compressions.empty()}};
  check_for_12(offer.versions, offer.groups, wishes);
}

void check_path(const ConnectOptions& options) {
  const bool is_odd = options.path.find_first_of(" \t\r\n") != std::string::npos;
  if (!options.path.empty() && (is_odd || !options.path.starts_with('/'))) {
    throw CLI::ValidationError("The path of --get begins with a slash and has no blanks.");
  }
  const bool speaks_http = std::ranges::all_of(
      options.offer.alpn, [](const std::string& protocol) { return protocol == "http/1.1"; });
  if (!options.path.empty() && !speaks_http) {
    throw CLI::ValidationError("--get speaks http/1.1 and cannot go with another --alpn.");
  }
}

void check_starttls(const ConnectOptions& options) {
  if (options.starttls && options.target.find("://") != std::string::npos) {
    throw CLI::ValidationError(
        "--starttls takes HOST or HOST:PORT: what a URL names begins with TLS.");
  }
  if (options.starttls && !options.path.empty()) {
    throw CLI::ValidationError("--get speaks HTTP, which knows no --starttls.");
  }
}

void add_starttls(CLI::App& command, ConnectOptions& options) {
  std::vector<std::string> words;
  for (const StartTlsProtocol protocol : all_starttls_protocols()) {
    words.emplace_back(name(protocol));
  }
  command
      .add_option_function<std::string>(
          "--starttls",
          [&options](const std::string& word) {
            const auto all = all_starttls_protocols();
            const auto named = std::ranges::find(
                all, word, [](StartTlsProtocol protocol) { return std::string(name(protocol)); });
            options.starttls = *named;
          },
          fmt::format("begin in clear, and have the server go over to TLS: {}",
                      fmt::join(words, ", ")))
      ->type_name("PROTOCOL")
      ->transform(one_of(words));
}

void add_options(CLI::App& command, ConnectOptions& options, CodeNames& names) {
  command.add_option("HOST[:PORT]|URL", options.target, "whom to connect to")->required();
  command.add_flag("--diagram", options.draws, "draw the messages while they are exchanged");
  command.add_flag("--explain", options.explains,
                   "tell check by check why the certificate is trusted, or not");
  command.add_option("--get", options.path, "make one HTTP/1.1 request and print the response")
      ->type_name("PATH");
  add_ground_options(command, options.grounds);
  command
      .add_option("--cert", options.chain,
                  "your certificates, the leaf first, for servers that ask who you are")
      ->type_name("FILE");
  command.add_option("--key", options.key, "the key of --cert; else it is looked for beside it")
      ->type_name("FILE");
  command.add_flag("--post-handshake-auth", options.offer.post_handshake_auth,
                   "let the server ask who you are after the handshake, too");
  command
      .add_option("--show-key", options.own_key,
                  "a private key, whose public half is shown instead of a certificate (RFC 7250)")
      ->type_name("FILE");
  add_repeated(command, "--pin-key", options.grounds.pins, "SHA256|FILE",
               "trust whoever has this key: its SHA-256, or a file with it or its certificate");
  command.add_flag("--raw-key", options.takes_raw_key,
                   "take the pinned key itself in the place of a certificate (RFC 7250)");
  command.add_flag("--delegated", options.takes_delegated,
                   "take a key that the certificate's owner has lent the server (RFC 9345)");
  command
      .add_option("--resume", options.session,
                  "resume the session in this file, if there is one, and keep the next one there")
      ->type_name("FILE");
  command
      .add_option("--early-data", options.early_data,
                  "send this file with the first words to the server (0-RTT); needs --resume")
      ->type_name("FILE");
  add_psk_options(command, options.psk);
  command
      .add_option("--ech", options.ech,
                  "hide the server's name by this list of configurations (Encrypted Client Hello); "
                  "grease: only look so; off: not at all")
      ->type_name("FILE|BASE64|grease|off");
  add_starttls(command, options);
  command.add_option("--sni", options.server_name, "send and check this name instead of HOST")
      ->type_name("NAME");
  command.add_option("--alpn", options.offer.alpn, "offer these application protocols")
      ->type_name("A,B")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      .add_option("--heartbeat", options.heartbeat,
                  "ask for a sign of life (RFC 6520) after so many seconds of silence, and give up "
                  "if none comes for as long")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 86'400.0));
  command
      .add_option("--max-fragment-length", options.offer.max_fragment_length,
                  "ask for records of at most so many bytes: 512, 1024, 2048 or 4096 (RFC 6066)")
      ->type_name("BYTES")
      ->check(CLI::IsMember({512, 1024, 2048, 4096}));
  add_code_options(command, names, "offer");
  add_key_shares(command, names);
  command
      .add_option("--keylog", options.key_log,
                  "append the secrets of this connection, for Wireshark: whoever has them reads "
                  "everything")
      ->type_name("FILE");
  command.add_flag("--insecure", options.is_insecure,
                   "check nothing: whoever answers may not be whom you mean");
}

}  // namespace

void add_connect(CLI::App& app, Chosen& chosen) {
  CLI::App& command = add_command(
      app, chosen, "connect", "Connect to a server, verify it, say how it went", connect_manual);
  const auto options = std::make_shared<ConnectOptions>();
  const auto names = std::make_shared<CodeNames>();
  add_options(command, *options, *names);
  command.callback([&chosen, options, names] {
    read_groups(*names, options->offer.groups);
    read_key_shares(*names, options->offer.key_shares);
    const Protocols protocols{options->offer.versions, options->offer.cipher_suites,
                              options->offer.cipher_suites12};
    read_protocols(*names, protocols);
    options->psk.is_for_12 = settle_psks12(*names, protocols, !options->psk.keys.empty());
    options->offer.policy = policy_of(*names);
    options->names_versions = !names->versions.empty();
    read_compressions(*names, options->offer.certificate_compression);
    check_path(*options);
    check_credential(*options);
    check_raw_key(*options);
    check_early_data(*options);
    check_psk(*options);
    check_starttls(*options);
    check_versions(*options, *names);
    if (options->heartbeat > 0) {
      options->offer.heartbeat = HeartbeatMode::peer_not_allowed_to_send;
    }
    if (!options->path.empty()) {
      options->offer.alpn = {"http/1.1"};
    }
    chosen.run = [options](const Common& common) { return connect(*options, common); };
  });
}

}  // namespace handfast::command
