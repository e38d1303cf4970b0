// Reading a response for showing it: whoever signed it, whatever it says. What is believed is read
// in ocsp.cc.

#include "base/limits.h"
#include "der/reader.h"
#include "handfast/issue_ocsp.h"
#include "x509/algorithm.h"
#include "x509/distinguished_name.h"
#include "x509/extension_list.h"
#include "x509/oids.h"

#include <utility>

namespace handfast {

namespace {

using der::Reader;
using der::Tag;

UnixTime read_time(Reader& reader) {
  reader.require(reader.peek() == Tag::generalized_time);
  return reader.time();
}

RevocationReason read_reason(Reader& field) {
  const std::uint32_t number = field.small_integer(0xff, Tag::enumerated);
  field.require(number <= 10 && number != 7);
  return static_cast<RevocationReason>(number);
}

OcspResponse::Statement read_statement(Reader& list) {
  OcspResponse::Statement statement;
  OcspAnswer& answer = statement.answer;
  list.inside(Tag::sequence, [&](Reader& single) {
    Reader id(single.whole(Tag::sequence));
    id.inside(Tag::sequence, [&](Reader& parts) {
      parts.read(Tag::sequence);
      parts.read(Tag::octet_string);
      parts.read(Tag::octet_string);
      statement.serial = parts.integer();
    });
    single.require(id.complete());
    if (single.read_if(der::context(0))) {
      answer.status = OcspAnswer::Status::good;
    } else if (!single.read_if(der::context(2))) {
      answer.status = OcspAnswer::Status::revoked;
      single.inside(der::context_constructed(1), [&](Reader& revoked) {
        answer.revoked_at = read_time(revoked);
        revoked.inside_if(der::context_constructed(0),
                          [&](Reader& field) { answer.reason = read_reason(field); });
      });
    }
    answer.this_update = read_time(single);
    single.inside_if(der::context_constructed(0),
                     [&](Reader& field) { answer.next_update = read_time(field); });
    single.read_if(der::context_constructed(1));  // extensions
  });
  return statement;
}

void read_responder(Reader& data, OcspResponse& response) {
  const bool is_by_name = data.inside_if(der::context_constructed(1), [&](Reader& name) {
    response.responder_name = x509::read_name(name);
  });
  if (!is_by_name) {
    data.inside(der::context_constructed(2),
                [&](Reader& key) { response.responder_key_hash = key.read(Tag::octet_string); });
  }
}

// ResponseData, RFC 6960 §4.2.1.
void read_data(Reader& data, OcspResponse& response) {
  data.inside_if(der::context_constructed(0),
                 [](Reader& version) { version.require(version.small_integer(0xff) == 0); });
  read_responder(data, response);
  response.produced_at = read_time(data);
  data.inside(Tag::sequence, [&](Reader& list) {
    while (!list.at_end()) {
      list.require(response.statements.size() < limits::ocsp_responses);
      response.statements.push_back(read_statement(list));
    }
  });
  data.inside_if(der::context_constructed(1), [&](Reader& field) {
    field.inside(Tag::sequence, [&](Reader& list) {
      x509::read_extension_list(list, [&](Bytes id, Reader& value) {
        if (x509::oid::ocsp_nonce == id) {
          response.nonce = value.read(Tag::octet_string);
          return true;
        }
        return x509::pass_over(value);
      });
    });
  });
}

void read_basic(Reader& basic, OcspResponse& response) {
  basic.inside(Tag::sequence, [&](Reader& data) { read_data(data, response); });
  response.signature_algorithm = x509::signature_algorithm(basic.read(Tag::sequence));
  basic.octets_in_bit_string();
  basic.inside_if(der::context_constructed(0), [&](Reader& field) {
    field.inside(Tag::sequence, [&](Reader& list) {
      while (!list.at_end()) {
        list.require(response.certificates.size() < limits::ocsp_certificates);
        response.certificates.push_back(list.whole(Tag::sequence));
      }
    });
  });
}

}  // namespace

Result<OcspResponse> OcspResponse::parse(Bytes der) {
  OcspResponse response;
  Reader reader(der);
  reader.inside(Tag::sequence, [&](Reader& outer) {
    response.status = static_cast<std::uint8_t>(outer.small_integer(0xff, Tag::enumerated));
    const bool has_bytes = outer.inside_if(der::context_constructed(0), [&](Reader& field) {
      field.inside(Tag::sequence, [&](Reader& bytes) {
        bytes.require(x509::oid::ocsp_basic == bytes.object_identifier());
        Reader basic(bytes.read(Tag::octet_string));
        basic.inside(Tag::sequence, [&](Reader& parts) { read_basic(parts, response); });
        bytes.require(basic.complete());
      });
    });
    outer.require(has_bytes == (response.status == 0));
  });
  if (!reader.complete()) {
    return fail(Reason::ocsp_malformed);
  }
  return response;
}

}  // namespace handfast
