#include "handfast/starttls.h"

#include "starttls/dialogue.h"
#include "starttls/plain_stream.h"

#include <algorithm>
#include <array>
#include <utility>

namespace handfast {

namespace {

struct ProtocolRow {
  StartTlsProtocol protocol;
  std::string_view name;
  std::uint16_t port;
};

constexpr std::array protocol_rows = {
    ProtocolRow{StartTlsProtocol::smtp, "smtp", 25},
    ProtocolRow{StartTlsProtocol::lmtp, "lmtp", 24},
    ProtocolRow{StartTlsProtocol::imap, "imap", 143},
    ProtocolRow{StartTlsProtocol::pop3, "pop3", 110},
    ProtocolRow{StartTlsProtocol::sieve, "sieve", 4190},
    ProtocolRow{StartTlsProtocol::nntp, "nntp", 119},
    ProtocolRow{StartTlsProtocol::ftp, "ftp", 21},
    ProtocolRow{StartTlsProtocol::xmpp, "xmpp", 5222},
    ProtocolRow{StartTlsProtocol::xmpp_server, "xmpp-server", 5269},
    ProtocolRow{StartTlsProtocol::irc, "irc", 6667},
    ProtocolRow{StartTlsProtocol::ldap, "ldap", 389},
    ProtocolRow{StartTlsProtocol::postgres, "postgres", 5432},
    ProtocolRow{StartTlsProtocol::mysql, "mysql", 3306},
};

constexpr auto protocol_list = [] {
  std::array<StartTlsProtocol, protocol_rows.size()> list{};
  std::ranges::transform(protocol_rows, list.begin(), &ProtocolRow::protocol);
  return list;
}();

static_assert(std::ranges::is_sorted(protocol_list), "rows stand in the order of the enum");
static_assert(protocol_rows.size() == std::to_underlying(StartTlsProtocol::mysql) + 1U);

const ProtocolRow& row_of(StartTlsProtocol protocol) {
  return protocol_rows[std::to_underlying(protocol)];
}

std::unique_ptr<starttls::Dialogue> dialogue_of(StartTlsProtocol protocol, const ServerName& name) {
  switch (protocol) {
    case StartTlsProtocol::smtp: return starttls::smtp_dialogue();
    case StartTlsProtocol::lmtp: return starttls::lmtp_dialogue();
    case StartTlsProtocol::imap: return starttls::imap_dialogue();
    case StartTlsProtocol::pop3: return starttls::pop3_dialogue();
    case StartTlsProtocol::sieve: return starttls::sieve_dialogue();
    case StartTlsProtocol::nntp: return starttls::nntp_dialogue();
    case StartTlsProtocol::ftp: return starttls::ftp_dialogue();
    case StartTlsProtocol::xmpp: return starttls::xmpp_dialogue(name, "jabber:client");
    case StartTlsProtocol::xmpp_server: return starttls::xmpp_dialogue(name, "jabber:server");
    case StartTlsProtocol::irc: return starttls::irc_dialogue();
    case StartTlsProtocol::ldap: return starttls::ldap_dialogue();
    case StartTlsProtocol::postgres: return starttls::postgres_dialogue();
    case StartTlsProtocol::mysql: return starttls::mysql_dialogue();
  }
  return nullptr;
}

}  // namespace

std::string_view name(StartTlsProtocol protocol) { return row_of(protocol).name; }

std::span<const StartTlsProtocol> all_starttls_protocols() { return protocol_list; }

std::uint16_t usual_port(StartTlsProtocol protocol) { return row_of(protocol).port; }

/// Gone as a whole with the upgrade.
class StartTls::State {
 public:
  State(StartTlsProtocol protocol, ServerName server)
      : name_(std::move(server)), protocol_(protocol), dialogue_(dialogue_of(protocol, name_)) {}

  Result<PlainTurn> next(Input& in, Output& out) {
    if (error_) {
      return std::unexpected(*error_);
    }
    starttls::PlainStream stream(budget_, manners(), in, out, observer_);
    const Result<PlainTurn> turn = go_on(stream);
    if (!turn) {
      error_ = turn.error();
    }
    return turn;
  }

  Error end() {
    if (!error_) {
      error_ = Error{.reason = Reason::starttls_closed};
    }
    return *error_;
  }

  Result<Connection> upgrade(const Input& in, std::shared_ptr<const ClientConfig> config,
                             UnixTime now) {
    if (error_) {
      return std::unexpected(*error_);
    }
    if (!is_over_) {
      return fail(Reason::called_out_of_order);
    }
    // Whoever wrote that may not have been the server: after TLS it would count as its words.
    if (!in.waiting().empty()) {
      return fail(Reason::starttls_spoke_on);
    }
    return Connection::client(std::move(config), name_, now);
  }

  [[nodiscard]] std::string where() const {
    std::string text(name(protocol_));
    if (error_) {
      return text + ", failed: " + std::string(error_->text());
    }
    if (is_over_) {
      return text + ", about to begin TLS";
    }
    return text + ", awaiting " + std::string(dialogue_->awaited());
  }

  void observe_with(Observer* observer) { observer_ = observer; }

 private:
  Result<PlainTurn> go_on(starttls::PlainStream& stream) {
    if (!is_open_) {
      is_open_ = true;
      if (const Result<> opened = dialogue_->open(stream); !opened) {
        return std::unexpected(opened.error());
      }
    }
    while (!is_over_) {
      const Result<starttls::Progress> progress = dialogue_->hear(stream);
      if (!progress) {
        return std::unexpected(progress.error());
      }
      if (*progress == starttls::Progress::waits) {
        return PlainTurn::need_input;
      }
      is_over_ = *progress == starttls::Progress::is_over;
    }
    if (stream.has_more()) {
      return fail(Reason::starttls_spoke_on);
    }
    return PlainTurn::go_ahead;
  }

  [[nodiscard]] starttls::Manners manners() const {
    return protocol_ == StartTlsProtocol::irc ? starttls::Manners::chats
                                              : starttls::Manners::speaks_when_asked;
  }

  ServerName name_;
  StartTlsProtocol protocol_;
  std::unique_ptr<starttls::Dialogue> dialogue_;
  starttls::PlainBudget budget_;
  std::optional<Error> error_;
  Observer* observer_ = nullptr;
  bool is_open_ = false;
  bool is_over_ = false;
};

StartTls::StartTls(StartTlsProtocol protocol, ServerName name)
    : state_(std::make_unique<State>(protocol, std::move(name))) {}

StartTls::StartTls(StartTls&&) noexcept = default;
StartTls& StartTls::operator=(StartTls&&) noexcept = default;
StartTls::~StartTls() = default;

Result<PlainTurn> StartTls::next(Input& in, Output& out) {
  return state_ != nullptr ? state_->next(in, out) : fail(Reason::called_out_of_order);
}

Result<> StartTls::eof() {
  return state_ != nullptr ? Result<>(std::unexpected(state_->end()))
                           : Result<>(fail(Reason::called_out_of_order));
}

Result<Connection> StartTls::upgrade(const Input& in, std::shared_ptr<const ClientConfig> config,
                                     UnixTime now) && {
  const std::unique_ptr<State> state = std::move(state_);
  return state != nullptr ? state->upgrade(in, std::move(config), now)
                          : fail(Reason::called_out_of_order);
}

std::string StartTls::where() const {
  return state_ != nullptr ? state_->where() : "gone over to TLS";
}

void StartTls::observe_with(Observer* observer) {
  if (state_ != nullptr) {
    state_->observe_with(observer);
  }
}

}  // namespace handfast
