#include "schema/formats.h"

#include <array>
#include <mutex>
#include <string>

namespace vitrine::schema {
namespace {

// Days by month; February has its 29th in leap years of the Gregorian calendar, and there is no year 0.
#define VITRINE_LEAP_YEAR \
  "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
#define VITRINE_DATE                                                                                               \
  "(?:(?:(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-"                                                  \
  "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|"                        \
  "02-(?:0[1-9]|1[0-9]|2[0-8])))|" VITRINE_LEAP_YEAR "-02-29)"
// No leap seconds: which of them happened is a table, and most readers of times refuse them.
#define VITRINE_TIME "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
#define VITRINE_OCTET "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
#define VITRINE_IPV4 "(?:" VITRINE_OCTET "\\.){3}" VITRINE_OCTET
#define VITRINE_H16 "[0-9A-Fa-f]{1,4}"
#define VITRINE_LABEL "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define VITRINE_PCHAR "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
#define VITRINE_QUERY "(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
#define VITRINE_AUTHORITY \
  "(?:(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+@)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,4})?"
#define VITRINE_URI                                                                                             \
  "[A-Za-z][A-Za-z0-9+.-]*:(?://" VITRINE_AUTHORITY "(?:/" VITRINE_PCHAR "*)*|/(?:" VITRINE_PCHAR "+(?:/"         \
  VITRINE_PCHAR "*)*)?|" VITRINE_PCHAR "+(?:/" VITRINE_PCHAR "*)*)(?:\\?" VITRINE_QUERY ")?(?:#" VITRINE_QUERY ")?"

struct Format {
  std::string_view name;
  std::string_view pattern;
};

constexpr Format kFormats[] = {
    {"date", VITRINE_DATE},
    {"time", VITRINE_TIME},
    {"date-time", VITRINE_DATE "[Tt]" VITRINE_TIME},
    {"duration",
     "P(?:[0-9]+W|(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)"
     "(?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))?|"
     "T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))"},
    {"email",
     "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@" VITRINE_LABEL "(?:\\." VITRINE_LABEL ")*"},
    {"hostname", VITRINE_LABEL "(?:\\." VITRINE_LABEL ")*"},
    {"ipv4", VITRINE_IPV4},
    {"ipv6",
     "(?:(?:" VITRINE_H16 ":){7}" VITRINE_H16 "|(?:" VITRINE_H16 ":){1,7}:|(?:" VITRINE_H16 ":){1,6}:" VITRINE_H16
     "|(?:" VITRINE_H16 ":){1,5}(?::" VITRINE_H16 "){1,2}|(?:" VITRINE_H16 ":){1,4}(?::" VITRINE_H16 "){1,3}|(?:" VITRINE_H16
     ":){1,3}(?::" VITRINE_H16 "){1,4}|(?:" VITRINE_H16 ":){1,2}(?::" VITRINE_H16 "){1,5}|" VITRINE_H16 ":(?::" VITRINE_H16
     "){1,6}|:(?:(?::" VITRINE_H16 "){1,7}|:)|(?:" VITRINE_H16 ":){6}" VITRINE_IPV4 "|::(?:" VITRINE_H16
     ":){0,5}" VITRINE_IPV4 ")"},
    {"uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"},
    {"uri", VITRINE_URI},
    {"uri-reference",
     VITRINE_URI "|(?:/(?:" VITRINE_PCHAR "+(?:/" VITRINE_PCHAR "*)*)?|(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})+(?:/"
     VITRINE_PCHAR "*)*)?(?:\\?" VITRINE_QUERY ")?(?:#" VITRINE_QUERY ")?"},
    {"json-pointer", "(?:/(?:[^/~]|~[01])*)*"},
};
constexpr size_t kCount = std::size(kFormats);

}  // namespace

std::span<const std::string_view> format_names() {
  static const auto names = [] {
    std::array<std::string_view, kCount> built;
    for (size_t i = 0; i < kCount; ++i) built[i] = kFormats[i].name;
    return built;
  }();
  return names;
}

const Dfa* find_format(std::string_view name) {
  static std::array<std::once_flag, kCount> flags;
  static std::array<Dfa, kCount> languages;
  for (size_t i = 0; i < kCount; ++i) {
    if (kFormats[i].name != name) continue;
    std::call_once(flags[i], [i] {
      const std::string operation = "format " + std::string(kFormats[i].name);
      languages[i] = Dfa::from_regex(parse_regex(kFormats[i].pattern, operation), false, operation);
    });
    return &languages[i];
  }
  return nullptr;
}

}  // namespace vitrine::schema
