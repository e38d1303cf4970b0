// XMPP, RFC 6120 §5: stream header, features, <starttls/>, <proceed/>.
//
// No parser of XML: a scanner of tags that knows what RFC 6120 §11.1 leaves of XML, and of that
// what servers write here. Prefixes are those of the RFC's examples ("stream:", none), attributes
// have no blanks around "=", and references in texts are not read. What it cannot read it refuses.

#include "starttls/dialogue.h"
#include "starttls/text.h"

#include <string>

namespace handfast::starttls {

namespace {

constexpr std::string_view streams_namespace = "http://etherx.jabber.org/streams";
constexpr std::string_view tls_namespace = "urn:ietf:params:xml:ns:xmpp-tls";
constexpr std::string_view blanks = " \t\r\n";

bool is_blank(std::uint8_t byte) { return blanks.find(static_cast<char>(byte)) != blanks.npos; }

struct XmlTag {
  bool opens = false;  ///< an empty element opens and closes
  bool closes = false;
  Bytes name;
  Bytes xmlns;         ///< its own, not what it inherits
  Bytes xmlns_stream;  ///< what the prefix "stream" means
  Bytes version;
};

/// A tag with both its brackets, or the text before the next one.
Measured measure_xml(Bytes waiting) {
  std::uint8_t quote = 0;
  for (std::size_t at = 0; at < waiting.size(); ++at) {
    const std::uint8_t byte = waiting[at];
    const bool is_tag = waiting.front() == '<';
    if (byte == '<' && at > 0) {
      return is_tag ? Measured(fail(Reason::starttls_malformed)) : Measured(at);
    }
    if (!is_tag) {
      continue;
    }
    if (quote != 0) {
      quote = byte == quote ? std::uint8_t{0} : quote;
    } else if (byte == '"' || byte == '\'') {
      quote = byte;
    } else if (byte == '>') {
      return Measured(at + 1);
    }
  }
  return Measured(std::nullopt);
}

void skip_blanks(Text& text) {
  while (is_blank(text.peek())) {
    static_cast<void>(text.skip(" ") || text.skip("\t") || text.skip("\r") || text.skip("\n"));
  }
}

/// Takes one attribute. Returns whether it is well-formed and named for the first time, as far as
/// its name matters here.
bool read_attribute(Text& text, XmlTag& tag) {
  const Bytes name = text.until("=/>\"'<> \t\r\n");
  if (name.empty() || !text.skip("=")) {
    return false;
  }
  const bool is_double = text.skip("\"");
  if (!is_double && !text.skip("'")) {
    return false;
  }
  const Bytes value = text.until(is_double ? "\"" : "'");
  if (!text.skip(is_double ? "\"" : "'")) {
    return false;
  }
  Bytes* place = is_exactly(name, "xmlns")          ? &tag.xmlns
                 : is_exactly(name, "xmlns:stream") ? &tag.xmlns_stream
                 : is_exactly(name, "version")      ? &tag.version
                                                    : nullptr;
  if (place == nullptr) {
    return true;
  }
  const bool is_first = place->data() == nullptr;
  *place = value;
  return is_first;
}

std::optional<XmlTag> read_tag(Bytes whole) {
  Text text(whole);
  XmlTag tag;
  text.skip("<");
  tag.closes = text.skip("/");
  tag.opens = !tag.closes;
  tag.name = text.until("=/>\"'<> \t\r\n");
  bool is_good = !tag.name.empty() && text.peek() != '=';
  skip_blanks(text);
  while (is_good && text.peek() != '>' && text.peek() != '/') {
    is_good = tag.opens && read_attribute(text, tag);
    skip_blanks(text);
  }
  if (text.skip("/")) {
    is_good = is_good && tag.opens;
    tag.closes = true;
  }
  is_good = is_good && text.skip(">") && text.at_end();
  return is_good ? std::optional(tag) : std::nullopt;
}

class XmppDialogue : public Dialogue {
 public:
  // A ServerName has nothing in it that would have to be escaped in XML.
  XmppDialogue(const ServerName& domain, std::string_view content)
      : Dialogue("the stream header"),
        header_(std::string("<?xml version='1.0'?><stream:stream to='") +
                std::string(domain.text()) + "' version='1.0' xmlns='" + std::string(content) +
                "' xmlns:stream='" + std::string(streams_namespace) + "'>") {}

  Result<> open(PlainStream& stream) override { return stream.say(bytes_of(header_), {}); }

  Result<Progress> hear(PlainStream& stream) override {
    const Result<std::optional<Bytes>> whole = stream.take(measure_xml, {});
    if (!whole) {
      return std::unexpected(whole.error());
    }
    return *whole ? hear_whole(**whole, stream) : Result<Progress>(Progress::waits);
  }

 private:
  enum class Step : std::uint8_t { header, features, proceed };

  Result<Progress> hear_whole(Bytes whole, PlainStream& stream) {
    Text text(whole);
    if (!text.skip("<")) {
      // Between the elements of a stream stand blanks at most; inside, texts.
      const bool is_allowed = depth_ > 1 || std::ranges::all_of(whole, is_blank);
      return is_allowed ? Result<Progress>(Progress::goes_on) : fail(Reason::starttls_malformed);
    }
    if (text.peek() == '?' && step_ == Step::header && !has_declaration_) {
      has_declaration_ = true;
      return text.skip("?xml ") ? Result<Progress>(Progress::goes_on)
                                : fail(Reason::starttls_malformed);
    }
    // RFC 6120 §11.1 forbids comments, processing instructions and document types.
    const bool is_other = text.peek() == '?' || text.peek() == '!';
    const std::optional<XmlTag> tag = is_other ? std::nullopt : read_tag(whole);
    if (!tag) {
      return fail(Reason::starttls_malformed);
    }
    switch (step_) {
      case Step::header: return hear_header(*tag);
      case Step::features: return hear_features(*tag, stream);
      case Step::proceed: break;
    }
    return hear_proceed(*tag);
  }

  Result<Progress> hear_header(const XmlTag& tag) {
    if (!is_exactly(tag.name, "stream:stream") || !tag.opens || tag.closes ||
        !is_exactly(tag.xmlns_stream, streams_namespace)) {
      return fail(Reason::starttls_malformed);
    }
    // RFC 6120 §4.7.5: without a version it is 0.9, which has no features.
    if (tag.version.empty() || tag.version.front() == '0') {
      return fail(Reason::starttls_not_offered);
    }
    step_ = Step::features;
    await("the features");
    return Progress::goes_on;
  }

  Result<Progress> hear_features(const XmlTag& tag, PlainStream& stream) {
    if (depth_ == 0 && !(tag.opens && is_exactly(tag.name, "stream:features"))) {
      return fail(end_or_malformed(tag));
    }
    is_offered_ = is_offered_ || (depth_ == 1 && tag.opens && is_exactly(tag.name, "starttls") &&
                                  is_exactly(tag.xmlns, tls_namespace));
    if (const Result<> counted = count(tag, "stream:features"); !counted) {
      return std::unexpected(counted.error());
    }
    if (depth_ > 0) {
      return Progress::goes_on;
    }
    if (!is_offered_) {
      return fail(Reason::starttls_not_offered);
    }
    step_ = Step::proceed;
    await("the answer to <starttls/>");
    const std::string request = "<starttls xmlns='" + std::string(tls_namespace) + "'/>";
    const Result<> said = stream.say(bytes_of(request), {});
    return said ? Result<Progress>(Progress::goes_on) : std::unexpected(said.error());
  }

  Result<Progress> hear_proceed(const XmlTag& tag) {
    const bool is_tls = is_exactly(tag.xmlns, tls_namespace);
    if (depth_ == 0 && tag.opens && is_tls && is_exactly(tag.name, "failure")) {
      return fail(Reason::starttls_refused);
    }
    if (depth_ == 0 && !(tag.opens && is_tls && is_exactly(tag.name, "proceed"))) {
      return fail(end_or_malformed(tag));
    }
    if (const Result<> counted = count(tag, "proceed"); !counted) {
      return std::unexpected(counted.error());
    }
    return depth_ == 0 ? Progress::is_over : Progress::goes_on;
  }

  /// The server may end the stream, with an error or without.
  static Reason end_or_malformed(const XmlTag& tag) {
    const bool is_end = (tag.opens && is_exactly(tag.name, "stream:error")) ||
                        (!tag.opens && is_exactly(tag.name, "stream:stream"));
    return is_end ? Reason::starttls_refused : Reason::starttls_malformed;
  }

  /// Follows elements in each other; the outermost is called `outermost`.
  Result<> count(const XmlTag& tag, std::string_view outermost) {
    depth_ += tag.opens ? 1 : 0;
    if (depth_ > limits::starttls_depth) {
      return fail_limit(Reason::starttls_too_long, limits::starttls_depth, depth_);
    }
    depth_ -= tag.closes ? 1 : 0;
    if (depth_ == 0 && !is_exactly(tag.name, outermost)) {
      return fail(Reason::starttls_malformed);
    }
    return {};
  }

  std::string header_;
  Step step_ = Step::header;
  unsigned depth_ = 0;  // below the stream itself
  bool has_declaration_ = false;
  bool is_offered_ = false;
};

}  // namespace

std::unique_ptr<Dialogue> xmpp_dialogue(const ServerName& domain, std::string_view content) {
  return std::make_unique<XmppDialogue>(domain, content);
}

}  // namespace handfast::starttls
