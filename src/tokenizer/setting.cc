#include "tokenizer/setting.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace vitrine::tokenizer {
namespace {

constexpr int kMaxSequenceDepth = 16;

void append_parts(const Setting& part, std::string_view key, int depth, std::vector<const Setting*>& out) {
  if (part.is_null()) return;
  if (part.type() != "Sequence") {
    out.push_back(&part);
    return;
  }
  if (depth == kMaxSequenceDepth)
    throw Error(ErrorCode::kCorruptData, fmt::format("tokenizer: sequences nested deeper than {}", kMaxSequenceDepth),
                "get the file again");
  for (const Setting& step : part.list(key)) append_parts(step, key, depth + 1, out);
}

}  // namespace

bool Setting::operator==(const Setting& other) const { return value_ == other.value_; }

const Setting& Setting::get(std::string_view key) const {
  static const Setting null;
  const Object* members = object();
  if (members == nullptr) return null;
  const auto found = std::find_if(members->begin(), members->end(), [&](const auto& m) { return m.key == key; });
  return found == members->end() ? null : found->value;
}

const std::string& Setting::type() const { return text("type"); }

bool Setting::flag(std::string_view key, bool fallback) const { return get(key).is_null() ? fallback : flag(key); }

bool Setting::flag(std::string_view key) const {
  if (const bool* value = get(key).boolean()) return *value;
  fail(key, "true or false");
}

const std::string& Setting::text(std::string_view key) const {
  if (const std::string* value = get(key).text()) return *value;
  fail(key, "a text");
}

std::string Setting::text_or(std::string_view key, std::string_view fallback) const {
  return get(key).is_null() ? std::string(fallback) : text(key);
}

int64_t Setting::integer(std::string_view key, int64_t min, int64_t max) const {
  const int64_t* value = get(key).integer();
  if (value == nullptr || *value < min || *value > max) fail(key, fmt::format("a whole number from {} to {}", min, max));
  return *value;
}

const Setting::List& Setting::list(std::string_view key) const {
  if (const List* value = get(key).list()) return *value;
  fail(key, "a list");
}

void Setting::expect_only(std::initializer_list<std::string_view> keys) const {
  const Object* members = object();
  if (members == nullptr) fail("type", "an object");
  for (const SettingMember& member : *members) {
    if (member.key == "type" || std::find(keys.begin(), keys.end(), member.key) != keys.end()) continue;
    throw Error(ErrorCode::kUnsupported, fmt::format("tokenizer: '{}' has an unknown option '{}'", type(), member.key),
                "the file was made for a newer program than this");
  }
}

void Setting::fail(std::string_view key, std::string_view expected) const {
  const std::string* name = key == "type" ? nullptr : get("type").text();
  throw Error(ErrorCode::kCorruptData,
              fmt::format("tokenizer: {} has a bad or missing '{}' (expected {})",
                          name == nullptr ? "a part" : "'" + *name + "'", key, expected),
              "get the file again");
}

Setting make_part(std::string type, Setting::Object options) {
  Setting::Object members{{"type", std::move(type)}};
  for (SettingMember& option : options) members.push_back(std::move(option));
  return members;
}

Setting make_sequence(std::string key, Setting::List parts) {
  return make_part("Sequence", {{std::move(key), std::move(parts)}});
}

std::vector<const Setting*> flatten_sequence(const Setting& part, std::string_view key) {
  std::vector<const Setting*> parts;
  append_parts(part, key, 0, parts);
  return parts;
}

}  // namespace vitrine::tokenizer
