#include "x509/lists.h"

#include "crypto/hash.h"
#include "crypto/sha1.h"
#include "der/time.h"
#include "der/writer.h"
#include "x509/credential_key.h"
#include "x509/oids.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace handfast::test {

namespace {

using der::Tag;
using der::Writer;

// GeneralizedTime, which OCSP has everywhere.
void write_generalized_time(Writer& writer, UnixTime time) {
  const std::string utc = der::time_text(time);
  writer.element(Tag::generalized_time, std::string_view(utc.size() == 13 ? "20" + utc : utc));
}

void write_extras(Writer& writer, const std::vector<Extra>& extras) {
  for (const Extra& extra : extras) {
    writer.inside(Tag::sequence, [&](Writer& extension) {
      extension.object_identifier(extra.id);
      extension.boolean_default_false(extra.is_critical);
      extension.element(Tag::octet_string, extra.value);
    });
  }
}

template <class Body>
Octets written(Body&& body) {
  Writer writer;
  body(writer);
  return writer.take();
}

Octets enumerated(unsigned number) { return {0x0a, 0x01, static_cast<std::uint8_t>(number)}; }

// [tag] IMPLICIT BIT STRING.
void write_reasons(Writer& writer, std::uint8_t tag, std::uint16_t bits) {
  const Octets whole = written([&](Writer& inner) { inner.named_bits(bits); });
  writer.element(der::context(tag), Bytes(whole).subspan(2));
}

void write_point_name(Writer& writer, const std::string& url, const Octets& relative) {
  if (url.empty() && relative.empty()) {
    return;
  }
  writer.inside(der::context_constructed(0), [&](Writer& name) {
    if (!url.empty()) {
      name.inside(der::context_constructed(0),
                  [&](Writer& full) { full.element(der::context(6), std::string_view(url)); });
    } else {
      name.inside(der::context_constructed(1), [&](Writer& rdn) { rdn.raw(relative); });
    }
  });
}

void write_directory_name(Writer& writer, const Octets& name) {
  writer.inside(der::context_constructed(4), [&](Writer& directory) { directory.raw(name); });
}

void write_algorithm(Writer& writer) {
  writer.inside(Tag::sequence, [](Writer& algorithm) {
    algorithm.object_identifier(x509::oid::ecdsa_with_sha256);
  });
}

Octets sign(const Octets& part, const Party& signer) {
  const auto signature =
      x509::private_key(*signer.key).sign(SignatureScheme::ecdsa_secp256r1_sha256, part);
  if (!signature) {
    std::abort();
  }
  return {signature->bytes().begin(), signature->bytes().end()};
}

Octets copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Extra unknown_extension(bool is_critical) {
  return {.id = der::Oid{1, 3, 6, 1, 4, 1, 99999, 1}, .is_critical = is_critical, .value = {5, 0}};
}

Extra no_rev_avail() { return {.id = x509::oid::no_rev_avail, .value = {5, 0}}; }

Extra distribution_points(const std::vector<PointOrder>& points) {
  return {.id = x509::oid::crl_distribution_points,
          .value = written([&](Writer& writer) {
            writer.inside(Tag::sequence, [&](Writer& list) {
              for (const PointOrder& point : points) {
                list.inside(Tag::sequence, [&](Writer& fields) {
                  write_point_name(fields, point.url, point.relative);
                  if (point.reasons) {
                    write_reasons(fields, 1, *point.reasons);
                  }
                  if (!point.crl_issuer.empty()) {
                    fields.inside(der::context_constructed(2), [&](Writer& names) {
                      write_directory_name(names, point.crl_issuer);
                    });
                  }
                });
              }
            });
          })};
}

Extra issuing_distribution_point(const ScopeOrder& scope) {
  return {.id = x509::oid::issuing_distribution_point,
          .is_critical = true,
          .value = written([&](Writer& writer) {
            writer.inside(Tag::sequence, [&](Writer& fields) {
              const auto flag = [&](std::uint8_t number, bool value) {
                if (value) {
                  fields.element(der::context(number), Octets{0xff});
                }
              };
              write_point_name(fields, scope.url, scope.relative);
              flag(1, scope.only_user);
              flag(2, scope.only_authorities);
              if (scope.only_some_reasons) {
                write_reasons(fields, 3, *scope.only_some_reasons);
              }
              flag(4, scope.is_indirect);
              flag(5, scope.only_attributes);
            });
          })};
}

Party with_extensions(const Party& party, const std::vector<Extra>& extras, const Party& issuer) {
  Writer part;
  part.inside(Tag::sequence, [&](Writer& tbs) {
    const Certificate certificate = party.certificate();
    der::Reader fields(der::Reader(certificate.signed_part).read(Tag::sequence));
    while (!fields.at_end()) {
      const der::Element field = fields.any();
      if (field.tag != der::context_constructed(3)) {
        tbs.raw(field.whole);
        continue;
      }
      tbs.inside(field.tag, [&](Writer& outer) {
        outer.inside(Tag::sequence, [&](Writer& list) {
          der::Reader old(der::Reader(field.content).read(Tag::sequence));
          while (!old.at_end()) {
            const der::Element extension = old.any();
            const Bytes id = der::Reader(extension.content).object_identifier();
            if (std::ranges::none_of(extras, [&](const Extra& extra) { return extra.id == id; })) {
              list.raw(extension.whole);
            }
          }
          write_extras(list, extras);
        });
      });
    }
  });
  const Octets signed_part = part.take();
  return {party.key, written([&](Writer& writer) {
            writer.inside(Tag::sequence, [&](Writer& whole) {
              whole.raw(signed_part);
              write_algorithm(whole);
              whole.bit_string(sign(signed_part, issuer));
            });
          })};
}

EntryOrder entry_of(const Party& party, std::optional<RevocationReason> reason) {
  return {.serial = copy(party.certificate().serial), .reason = reason};
}

namespace {

void write_entry(Writer& writer, const EntryOrder& order) {
  std::vector<Extra> extras;
  if (order.reason) {
    extras.push_back(
        {.id = x509::oid::crl_reason, .value = enumerated(static_cast<unsigned>(*order.reason))});
  }
  if (!order.certificate_issuer.empty()) {
    extras.push_back({.id = x509::oid::certificate_issuer,
                      .is_critical = true,
                      .value = written([&](Writer& value) {
                        value.inside(Tag::sequence, [&](Writer& names) {
                          write_directory_name(names, order.certificate_issuer);
                        });
                      })});
  }
  if (order.has_unknown_critical) {
    extras.push_back(unknown_extension(true));
  }
  writer.inside(Tag::sequence, [&](Writer& entry) {
    entry.element(Tag::integer, order.serial);
    entry.time(order.at);
    if (!extras.empty()) {
      entry.inside(Tag::sequence, [&](Writer& list) { write_extras(list, extras); });
    }
  });
}

std::vector<Extra> list_extensions(const ListOrder& order, const Party& signer) {
  std::vector<Extra> extras = order.extras;
  if (order.has_key_id) {
    extras.push_back({.id = x509::oid::authority_key_identifier,
                      .value = written([&](Writer& value) {
                        value.inside(Tag::sequence, [&](Writer& fields) {
                          fields.element(der::context(0), signer.certificate().subject_key_id);
                        });
                      })});
  }
  const auto integer = [](std::uint32_t number) {
    return written([&](Writer& value) { value.small_integer(number); });
  };
  if (order.number) {
    extras.push_back({.id = x509::oid::crl_number, .value = integer(*order.number)});
  }
  if (order.base) {
    extras.push_back(
        {.id = x509::oid::delta_crl_indicator, .is_critical = true, .value = integer(*order.base)});
  }
  return extras;
}

}  // namespace

Octets make_list(const ListOrder& order, const Party& signer) {
  const Octets part = written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& tbs) {
      if (!order.is_version_1) {
        tbs.small_integer(1);
      }
      write_algorithm(tbs);
      tbs.raw(order.issuer.empty() ? signer.certificate().subject : Bytes(order.issuer));
      tbs.time(order.this_update);
      if (order.next_update) {
        tbs.time(*order.next_update);
      }
      if (!order.entries.empty()) {
        tbs.inside(Tag::sequence, [&](Writer& entries) {
          for (const EntryOrder& entry : order.entries) {
            write_entry(entries, entry);
          }
        });
      }
      const std::vector<Extra> extras = list_extensions(order, signer);
      if (!order.is_version_1 && !extras.empty()) {
        tbs.inside(der::context_constructed(0), [&](Writer& field) {
          field.inside(Tag::sequence, [&](Writer& list) { write_extras(list, extras); });
        });
      }
    });
  });
  return written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& whole) {
      whole.raw(part);
      write_algorithm(whole);
      whole.bit_string(sign(part, signer));
    });
  });
}

std::shared_ptr<const RevocationLists> lists(std::vector<Octets> files) {
  Result<std::shared_ptr<const RevocationLists>> parsed = RevocationLists::parse(std::move(files));
  if (!parsed) {
    std::abort();
  }
  return *parsed;
}

SingleOrder single_of(const Party& party, const Party& issuer, OcspStatus status) {
  return {.serial = copy(party.certificate().serial),
          .issuer_name = copy(party.certificate().issuer),
          .issuer_key = copy(issuer.certificate().public_key),
          .status = status};
}

namespace {

void write_certificate_id(Writer& writer, const SingleOrder& order) {
  const auto hashed = [&](const Octets& bytes) {
    return order.uses_sha256 ? copy(crypto::hash(crypto::HashId::sha256, bytes).bytes())
                             : copy(crypto::sha1(bytes));
  };
  writer.inside(Tag::sequence, [&](Writer& id) {
    id.inside(Tag::sequence, [&](Writer& algorithm) {
      algorithm.object_identifier(order.uses_sha256 ? x509::oid::sha256 : x509::oid::sha1);
      algorithm.element(Tag::null, Bytes{});
    });
    id.element(Tag::octet_string, hashed(order.issuer_name));
    id.element(Tag::octet_string, hashed(order.issuer_key));
    id.element(Tag::integer, order.serial);
  });
}

void write_single(Writer& writer, const SingleOrder& order) {
  writer.inside(Tag::sequence, [&](Writer& single) {
    write_certificate_id(single, order);
    if (order.status == OcspStatus::revoked) {
      single.inside(der::context_constructed(1), [&](Writer& revoked) {
        write_generalized_time(revoked, {now.seconds - 2 * day});
        if (order.reason) {
          revoked.inside(der::context_constructed(0), [&](Writer& field) {
            field.raw(enumerated(static_cast<unsigned>(*order.reason)));
          });
        }
      });
    } else {
      single.element(der::context(order.status == OcspStatus::good ? 0 : 2), Bytes{});
    }
    write_generalized_time(single, order.this_update);
    if (order.next_update) {
      single.inside(der::context_constructed(0),
                    [&](Writer& field) { write_generalized_time(field, *order.next_update); });
    }
    if (!order.extras.empty()) {
      single.inside(der::context_constructed(1), [&](Writer& field) {
        field.inside(Tag::sequence, [&](Writer& list) { write_extras(list, order.extras); });
      });
    }
  });
}

Octets response_data(const ResponseOrder& order, const Party& signer) {
  return written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& data) {
      if (order.has_version) {
        data.inside(der::context_constructed(0), [](Writer& field) { field.small_integer(0); });
      }
      if (order.by_key) {
        data.inside(der::context_constructed(2), [&](Writer& id) {
          id.element(Tag::octet_string, crypto::sha1(signer.certificate().public_key));
        });
      } else {
        data.inside(der::context_constructed(1), [&](Writer& id) {
          id.raw(order.responder_name.value_or(copy(signer.certificate().subject)));
        });
      }
      write_generalized_time(data, order.produced_at);
      data.inside(Tag::sequence, [&](Writer& singles) {
        for (const SingleOrder& single : order.singles) {
          write_single(singles, single);
        }
      });
      std::vector<Extra> extras = order.extras;
      if (!order.nonce.empty()) {
        extras.push_back({.id = x509::oid::ocsp_nonce, .value = written([&](Writer& value) {
                                                         value.element(Tag::octet_string,
                                                                       order.nonce);
                                                       })});
      }
      if (!extras.empty()) {
        data.inside(der::context_constructed(1), [&](Writer& field) {
          field.inside(Tag::sequence, [&](Writer& list) { write_extras(list, extras); });
        });
      }
    });
  });
}

}  // namespace

Octets make_response(const ResponseOrder& order, const Party& signer) {
  const Octets data = response_data(order, signer);
  const Octets basic = written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& response) {
      response.raw(data);
      write_algorithm(response);
      response.bit_string(sign(data, signer));
      if (!order.certificates.empty()) {
        response.inside(der::context_constructed(0), [&](Writer& field) {
          field.inside(Tag::sequence, [&](Writer& certificates) {
            for (const Party& party : order.certificates) {
              certificates.raw(party.der);
            }
          });
        });
      }
    });
  });
  Octets whole = written([&](Writer& writer) {
    writer.inside(Tag::sequence, [&](Writer& response) {
      response.raw(enumerated(order.status));
      if (order.status != 0) {
        return;
      }
      response.inside(der::context_constructed(0), [&](Writer& field) {
        field.inside(Tag::sequence, [&](Writer& bytes) {
          bytes.element(Tag::object_identifier,
                        order.type.empty() ? x509::oid::ocsp_basic.bytes() : Bytes(order.type));
          bytes.element(Tag::octet_string, basic);
        });
      });
    });
  });
  whole.insert(whole.end(), order.leftover.begin(), order.leftover.end());
  return whole;
}

}  // namespace handfast::test
