#include "handfast/connect.h"

#include "handfast/connect_failure.h"
#include "handfast/connect_report.h"
#include "handfast/diagram.h"
#include "handfast/ech_file.h"
#include "handfast/fetch.h"
#include "handfast/key_log_file.h"
#include "handfast/net.h"
#include "handfast/raw_keys.h"
#include "handfast/serve_credentials.h"
#include "handfast/session.h"
#include "handfast/session_file.h"
#include "handfast/standard.h"

#include <algorithm>
#include <chrono>
#include <expected>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

namespace handfast::command {

namespace {

using Clock = Session::Clock;

constexpr double default_timeout = 10;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// One run of the command: everything that its steps share.
class Run {
 public:
  Run(const ConnectOptions& options, const Common& common);

  /// Returns the exit code.
  int operator()();

 private:
  template <class T>
  using OrExit = std::expected<T, int>;

  OrExit<std::shared_ptr<const ClientConfig>> make_config();
  [[nodiscard]] Evidence evidence() const;
  OrExit<Session> connect();
  Result<Connection> begin(const net::Descriptor& socket,
                           std::shared_ptr<const ClientConfig> config, Clock::time_point deadline);
  void note_identity(const Connection& connection);
  void note_verdict(const Connection& connection, const ServerName& name);
  int talk(Session& session);
  int fetch(Session& session);
  int finish(Session& session);

  int tell(const Error& error, Stage stage, Session* session = nullptr);
  int tell_file(const Error& error, const std::string& path);
  int tell_output_failed();
  int show(Failure failure);
  void show_summary();
  void show_reasoning();
  void show_step(const Step& step);

  [[nodiscard]] net::Milliseconds limit() const {
    return std::chrono::ceil<net::Milliseconds>(std::chrono::duration<double>(seconds_));
  }

  /// What is left until `deadline`.
  [[nodiscard]] static net::Milliseconds left_until(Clock::time_point deadline) {
    return std::max(std::chrono::ceil<net::Milliseconds>(deadline - Clock::now()),
                    net::Milliseconds(0));
  }

  const ConnectOptions& options_;
  const Common& common_;
  double seconds_;
  StandardInput input_;
  bool has_payload_;
  Terminal terminal_;  // of the summary and the diagram
  Report report_;
  std::optional<Diagram> diagram_;
  Recorder recorder_;
  std::optional<KeyLogFile> key_log_;
  Grounds grounds_;
  std::shared_ptr<SessionCache> sessions_;  // of --resume
  std::optional<ServerName> name_;
  std::string early_data_;
  Json response_;
};

bool reads_input(const ConnectOptions& options, const Common& common) {
  return options.path.empty() && !common.json && !common.no_input;
}

Run::Run(const ConnectOptions& options, const Common& common)
    : options_(options), common_(common), seconds_(common.timeout.value_or(default_timeout)),
      input_(reads_input(options, common) ? look_at_standard_input() : StandardInput()),
      has_payload_(!common.json && (!options.path.empty() || !options.early_data.empty() ||
                                    input_.kind != InputKind::none)),
      terminal_(has_payload_ ? stderr : stdout, common.color),
      recorder_([this](const Step& step) { show_step(step); }) {
  report_.is_checked = !options.is_insecure;
  report_.now = net::now();
}

int Run::operator()() {
  const Result<Target> target = parse_target(
      options_.target, options_.starttls ? usual_port(*options_.starttls) : std::uint16_t{443});
  if (!target) {
    Failure failure = explain(target.error(), Side::client, Stage::setup);
    failure.headline = fmt::format("{} is not a host, host:port or URL that begins with TLS.",
                                   options_.target.empty() ? "Nothing" : escape(options_.target));
    failure.why.clear();
    return show(std::move(failure));
  }
  report_.target = *target;
  report_.server_name = options_.server_name.empty() ? target->host : options_.server_name;
  if (options_.draws && !common_.json && !common_.quiet) {
    diagram_.emplace(terminal_, target->shown);
  }
  OrExit<Session> session = connect();
  if (!session) {
    return session.error();
  }
  return talk(*session);
}

Run::OrExit<Session> Run::connect() {
  const auto config = make_config();
  if (!config) {
    return std::unexpected(config.error());
  }
  const Result<ServerName> name = ServerName::parse(report_.server_name);
  if (!name) {
    Failure failure = explain(name.error(), Side::client, Stage::setup);
    failure.headline =
        fmt::format("{} is neither a DNS name nor an IP address.", escape(report_.server_name));
    failure.why.clear();
    return std::unexpected(show(std::move(failure)));
  }
  name_ = *name;
  if (!options_.early_data.empty()) {
    constexpr std::size_t longest = std::size_t{1} << 14;
    Result<std::string> text = net::read_file(options_.early_data, longest);
    if (!text) {
      return std::unexpected(tell_file(text.error(), options_.early_data));
    }
    early_data_ = *std::move(text);
  }
  if (!options_.key_log.empty()) {
    std::expected<KeyLogFile, Failure> file = KeyLogFile::open(options_.key_log);
    if (!file) {
      return std::unexpected(show(std::move(file.error())));
    }
    key_log_.emplace(*std::move(file));
  }
  auto start = Clock::now();
  const auto deadline = start + limit();  // of all three steps
  const auto addresses = net::look_up(report_.target.host, report_.target.port, limit());
  report_.times.lookup = milliseconds_since(start);
  if (!addresses) {
    return std::unexpected(tell(addresses.error(), Stage::network));
  }
  start = Clock::now();
  Result<net::Reached> reached = net::reach(*addresses, left_until(deadline));
  report_.times.reach = milliseconds_since(start);
  if (!reached) {
    return std::unexpected(tell(reached.error(), Stage::network));
  }
  report_.address = reached->address.text();
  if (diagram_) {
    terminal_.print(diagram_->head());
  }
  Result<Connection> connection = begin(reached->socket, *config, deadline);
  if (!connection) {
    return std::unexpected(
        tell(connection.error(), options_.starttls ? Stage::plain : Stage::setup));
  }
  if (key_log_) {
    connection->log_keys_to(&*key_log_);
  }
  Session session(std::move(reached->socket), *std::move(connection), recorder_);
  session.send_early(early_data_);
  session.beat_every(
      std::chrono::ceil<Clock::duration>(std::chrono::duration<double>(options_.heartbeat)));
  start = Clock::now();
  const Result<> done = session.handshake(deadline);
  report_.times.handshake = milliseconds_since(start);
  note_verdict(session.connection(), *name);
  if (!done) {
    return std::unexpected(tell(done.error(), Stage::handshake, &session));
  }
  report_.settled = session.connection().settled();
  report_.is_early_withheld = session.is_early_withheld();
  report_.ech = ech_text(report_.settled, (*config)->options(), options_.ech);
  report_.leaf = certificate_at(recorder_, 0);
  report_.staple_size = recorder_.staples().empty() ? 0 : recorder_.staples().front().size();
  note_identity(session.connection());
  return session;
}

/// The connection that speaks TLS: at once, or when the server has let it begin.
Result<Connection> Run::begin(const net::Descriptor& socket,
                              std::shared_ptr<const ClientConfig> config,
                              Clock::time_point deadline) {
  if (!options_.starttls) {
    return Connection::client(std::move(config), *name_, report_.now);
  }
  report_.starttls = options_.starttls;
  recorder_.start();
  StartTls plain(*options_.starttls, *name_);
  plain.observe_with(&recorder_);
  const auto start = Clock::now();
  Result<Connection> connection =
      net::start_tls(socket, std::move(plain), std::move(config), left_until(deadline));
  report_.times.plain = milliseconds_since(start);
  return connection;
}

/// Whether the server has asked who we are, which it may do late, and what it was shown.
void Run::note_identity(const Connection& connection) {
  report_.settled.client_scheme = connection.settled().client_scheme;
  report_.is_asked = recorder_.asked_of().has_value();
  report_.has_shown = recorder_.has_shown();
  report_.weaknesses = recorder_.weaknesses();
}

/// Puts the judgement of the server's certificates into words, while there is one.
void Run::note_verdict(const Connection& connection, const ServerName& name) {
  const Verdict* verdict = connection.verdict();
  if (verdict == nullptr || !report_.is_checked) {
    return;
  }
  const std::vector<Bytes> chain(recorder_.chain().begin(), recorder_.chain().end());
  report_.judgement = judgement_of(*verdict, {.chain = chain,
                                              .name = &name,
                                              .now = report_.now,
                                              .anchors = grounds_.anchors,
                                              .logs = grounds_.logs.get()});
}

Run::OrExit<std::shared_ptr<const ClientConfig>> Run::make_config() {
  ClientOptions offer = options_.offer;
  report_.beats = options_.heartbeat > 0;
  if (auto read = read_ech(options_.ech, offer); !read) {
    return std::unexpected(show(std::move(read.error())));
  }
  if (!options_.chain.empty()) {
    std::vector<std::string> keys;
    if (!options_.key.empty()) {
      keys.push_back(options_.key);
    }
    auto credentials = serve::read_pairs({options_.chain}, std::move(keys));
    if (!credentials) {
      return std::unexpected(show(std::move(credentials.error())));
    }
    offer.credentials = std::move(credentials->list);
  }
  if (!options_.own_key.empty()) {
    auto key = read_raw_key(options_.own_key);
    if (!key) {
      return std::unexpected(show(std::move(key.error())));
    }
    offer.credentials.push_back(*std::move(key));
  }
  if (options_.takes_delegated) {
    offer.delegated_credential_schemes = {usual_delegated_schemes.begin(),
                                          usual_delegated_schemes.end()};
  }
  if (options_.takes_raw_key) {
    offer.peer_certificate_types = {CertificateType::raw_public_key, CertificateType::x509};
  }
  auto psks = read_psks(options_.psk, PskRole::client);
  if (!psks) {
    return std::unexpected(show(std::move(psks.error())));
  }
  offer.external_psks = *std::move(psks);
  if (!options_.session.empty()) {
    sessions_ = std::make_shared<SessionCache>();
    if (auto loaded = load_session(options_.session, *sessions_); !loaded) {
      return std::unexpected(show(std::move(loaded.error())));
    }
    offer.sessions = sessions_;
    offer.early_data = !options_.early_data.empty();
    report_.keeps_session = true;
  }
  Result<std::shared_ptr<const ClientConfig>> config;
  if (options_.is_insecure) {
    config = ClientConfig::make(danger::AcceptAnyCertificate(), offer);
  } else if (!offer.external_psks.empty() && options_.grounds.authorities.empty() &&
             options_.grounds.pins.empty()) {
    config = ClientConfig::make(OnlyPsk(), offer);
  } else {
    auto grounds = read_grounds(options_.grounds);
    if (!grounds) {
      return std::unexpected(show(std::move(grounds.error())));
    }
    grounds_ = *std::move(grounds);
    report_.trust = grounds_.anchors;
    offer.evidence = evidence();
    config = ClientConfig::make(grounds_.trust, offer);
  }
  if (!config) {
    return std::unexpected(tell(config.error(), Stage::setup));
  }
  return *std::move(config);
}

/// What is known of the server's certificates besides whom to trust.
Evidence Run::evidence() const {
  return {.revocation = {.demand = options_.grounds.demand},
          .lists = grounds_.lists,
          .intermediates = grounds_.intermediates.empty()
                               ? nullptr
                               : CertificateSet::from_der(grounds_.intermediates)};
}

/// Everything after the handshake.
int Run::talk(Session& session) {
  if (!diagram_) {
    show_summary();  // else below it, when it is whole
  }
  if (!options_.path.empty()) {
    return fetch(session);
  }
  if (input_.kind == InputKind::none && (early_data_.empty() || common_.json)) {
    return finish(session);
  }
  if (input_.kind == InputKind::terminal && !common_.quiet) {
    terminal_.print(
        terminal_.paint(Paint::faint, "What you type is sent; Ctrl-D ends the connection.") + '\n');
  }
  Written written = Written::all;
  const auto print = [&](Bytes bytes) {
    written = write_all(STDOUT_FILENO, bytes);
    return written == Written::all;
  };
  const Result<> done = session.relay(net::as_bytes(input_.first), print, limit());
  if (written == Written::failed) {
    return tell_output_failed();
  }
  return done ? finish(session) : tell(done.error(), Stage::data, &session);
}

int Run::fetch(Session& session) {
  std::string body;  // for the JSON document
  std::size_t size = 0;
  Written written = Written::all;
  const auto take = [&](std::string_view content) {
    size += content.size();
    if (common_.json) {
      constexpr std::size_t longest_body = std::size_t{1} << 20;
      body += content.substr(0, longest_body - std::min(longest_body, body.size()));
      return true;
    }
    written = write_all(STDOUT_FILENO, net::as_bytes(content));
    return written == Written::all;
  };
  Fetch fetch(take);
  Result<> parsed;
  const auto put = [&](Bytes bytes) {
    const Result<Fetch::Progress> progress = fetch.put(bytes);
    if (!progress) {
      parsed = std::unexpected(progress.error());
    }
    return progress && *progress == Fetch::Progress::wants_more && written == Written::all;
  };
  const Result<> done =
      session.fetch(Fetch::request(report_.target.shown, options_.path), put, limit());
  if (done && parsed && written == Written::all && !fetch.is_done()) {
    parsed = fetch.end();
  }
  if (common_.verbose && !common_.json) {
    for (const std::string& line : fetch.head()) {
      terminal_.print(terminal_.paint(Paint::faint, line) + '\n');
    }
  }
  if (written == Written::failed) {
    return tell_output_failed();
  }
  if (!done) {
    return tell(done.error(), Stage::data, &session);
  }
  if (!parsed) {
    session.abort();  // the library cannot see that anything is wrong
    return tell(parsed.error(), Stage::data, &session);
  }
  response_ = Json{{"status", fetch.status()}, {"head", fetch.head()}, {"bytes", size}};
  response_["body"] = body;
  return finish(session);
}

/// Closes, and tells what was still to be told.
int Run::finish(Session& session) {
  const Result<> closed = session.close();
  if (!closed) {
    return tell(closed.error(), Stage::data, &session);
  }
  note_identity(session.connection());
  if (sessions_ != nullptr) {
    const bool was_used = report_.settled.session != SessionOutcome::not_offered;
    auto kept = keep_session(options_.session, *sessions_, *name_, report_.now, was_used);
    if (!kept) {
      return show(std::move(kept.error()));
    }
    report_.session_kept_until = *kept;
  }
  if (diagram_) {
    terminal_.print(diagram_->foot());
    show_summary();
  } else if (sessions_ != nullptr && !common_.json && !common_.quiet) {
    terminal_.print(kept_line(report_, terminal_));
  }
  if (common_.json) {
    Json document = json_head("connect", true);
    document["exit"] = exit_done;
    document.update(report_json(report_));
    if (options_.draws) {
      document["steps"] = steps_json(recorder_.steps());
    }
    if (!response_.is_null()) {
      document["response"] = response_;
    }
    print_json(document);
  }
  return exit_done;
}

int Run::tell(const Error& error, Stage stage, Session* session) {
  // The library knows no clock, so only here can the peer learn that nobody waits for it any more.
  const bool is_told = session != nullptr && error.reason == Reason::timed_out && session->abort();
  recorder_.flush();
  if (diagram_) {
    terminal_.print(diagram_->foot());
    if (session != nullptr && stage == Stage::data) {
      note_identity(session->connection());
      show_summary();
    }
  }
  if (stage == Stage::handshake && !common_.quiet) {
    show_reasoning();
  }
  const Scene scene{
      .target = report_.target,
      .server_name = report_.server_name,
      .recorder = recorder_,
      .stage = stage,
      .seconds = session != nullptr && session->is_beat_missed() ? options_.heartbeat : seconds_,
      .now = report_.now,
      .is_timeout_told = is_told,
      .has_credential = !options_.chain.empty() || !options_.own_key.empty(),
      .names_versions = options_.names_versions,
      .starttls = options_.starttls ? name(*options_.starttls) : std::string_view(),
      .unread = session != nullptr ? std::string(net::as_text(session->unread())) : std::string()};
  Failure failure = explain(error, scene);
  if (session != nullptr) {
    tell_retry_configs(failure, session->connection().settled(), options_.target);
  }
  return show(std::move(failure));
}

int Run::tell_file(const Error& error, const std::string& path) {
  return show(file_failure(error, path));
}

int Run::tell_output_failed() {
  return tell_file(fail(Reason::file_unwritable).error(), "standard output");
}

int Run::show(Failure failure) {
  if (common_.json && options_.draws) {
    failure.facts["steps"] = steps_json(recorder_.steps());
  }
  if (common_.json && options_.explains && report_.judgement) {
    failure.facts.update(to_json(report_.judgement->reasoning));
  }
  return print_failure(common_, "connect", failure);
}

void Run::show_summary() {
  if (!common_.json && !common_.quiet) {
    terminal_.print(summary_lines(report_, terminal_));
    show_reasoning();
  }
}

/// Why the certificates were trusted, or not.
void Run::show_reasoning() {
  if ((options_.explains || common_.verbose) && report_.judgement && !common_.json) {
    terminal_.print(to_lines(report_.judgement->reasoning, terminal_));
  }
}

void Run::show_step(const Step& step) {
  if (diagram_) {
    terminal_.print(diagram_->lines(step));
  }
}

}  // namespace

int connect(const ConnectOptions& options, const Common& common) { return Run(options, common)(); }

}  // namespace handfast::command
