#include "schema/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "base/error.h"

namespace vitrine::schema {
namespace {

using Sax = nlohmann::json_sax<nlohmann::json>;

/// Builds the tree from the parser's events, and stops at nesting, repeated keys and numbers that it cannot hold.
class TreeBuilder : public Sax {
 public:
  TreeBuilder(int max_depth, RepeatedKeys repeated_keys) : max_depth_(max_depth), repeated_keys_(repeated_keys) {}

  JsonValue take() { return std::move(root_); }
  const std::string& problem() const { return problem_; }
  bool is_too_deep() const { return is_too_deep_; }

  bool null() override { return add(JsonKind::kNull); }
  bool boolean(bool value) override { return add(value ? JsonKind::kTrue : JsonKind::kFalse); }
  bool number_integer(number_integer_t value) override { return add_number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return add_number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return add_number(text); }
  bool string(string_t& text) override {
    if (!add(JsonKind::kString)) return false;
    last_->string = std::move(text);
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(JsonKind::kObject); }
  bool start_array(size_t) override { return open(JsonKind::kArray); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& text) override {
    if (!keys_.back().insert(text).second) {
      if (repeated_keys_ == RepeatedKeys::kRefused)
        return fail(fmt::format("the key '{}' stands twice in one object", text));
      std::erase_if(open_.back()->members, [&](const JsonValue::Member& member) { return member.first == text; });
    }
    open_.back()->members.push_back({std::move(text), JsonValue()});
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // nlohmann's text begins with a code in brackets that says nothing to a reader.
    const std::string_view what = error.what();
    const size_t bracket = what.find("] ");
    return fail(fmt::format("not JSON at byte {}: {}", position,
                            bracket == std::string_view::npos ? what : what.substr(bracket + 2)));
  }

 private:
  bool fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
  }
  bool add(JsonKind kind) {
    if (open_.empty()) {
      last_ = &root_;
    } else if (open_.back()->is(JsonKind::kArray)) {
      last_ = &open_.back()->items.emplace_back();
    } else {
      last_ = &open_.back()->members.back().second;
    }
    last_->kind = kind;
    return true;
  }
  bool add_number(const std::string& text) {
    const std::optional<Decimal> number = Decimal::parse(text);
    if (!number) return fail(fmt::format("the number {} is too long", text.substr(0, 40)));
    add(JsonKind::kNumber);
    last_->number = *number;
    return true;
  }
  bool open(JsonKind kind) {
    if (static_cast<int>(open_.size()) >= max_depth_) {
      is_too_deep_ = true;
      return fail(fmt::format("nested deeper than {}", max_depth_));
    }
    add(kind);
    open_.push_back(last_);
    keys_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  int max_depth_;
  RepeatedKeys repeated_keys_;
  JsonValue root_;
  JsonValue* last_ = nullptr;
  std::vector<JsonValue*> open_;
  std::vector<std::unordered_set<std::string>> keys_;
  std::string problem_;
  bool is_too_deep_ = false;
};

void write_text(const JsonValue& value, std::string& out) {
  switch (value.kind) {
    case JsonKind::kNull:
      out += "null";
      break;
    case JsonKind::kFalse:
      out += "false";
      break;
    case JsonKind::kTrue:
      out += "true";
      break;
    case JsonKind::kNumber:
      out += value.number.to_text();
      break;
    case JsonKind::kString:
      out += json_quoted(value.string);
      break;
    case JsonKind::kArray:
      out += '[';
      for (size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += ',';
        write_text(value.items[i], out);
      }
      out += ']';
      break;
    case JsonKind::kObject:
      out += '{';
      for (size_t i = 0; i < value.members.size(); ++i) {
        if (i > 0) out += ',';
        out += json_quoted(value.members[i].first) + ':';
        write_text(value.members[i].second, out);
      }
      out += '}';
      break;
  }
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

bool json_equal(const JsonValue& a, const JsonValue& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case JsonKind::kNumber:
      return a.number == b.number;
    case JsonKind::kString:
      return a.string == b.string;
    case JsonKind::kArray:
      return std::ranges::equal(a.items, b.items, json_equal);
    case JsonKind::kObject:
      return a.members.size() == b.members.size() && std::ranges::all_of(a.members, [&](const JsonValue::Member& m) {
               const JsonValue* other = b.find(m.first);
               return other != nullptr && json_equal(m.second, *other);
             });
    default:
      return true;
  }
}

JsonValue parse_json(std::string_view text, std::string_view operation, int max_depth, RepeatedKeys repeated_keys) {
  TreeBuilder builder(max_depth, repeated_keys);
  if (!nlohmann::json::sax_parse(text, &builder)) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", operation, builder.problem()),
                builder.is_too_deep() ? "write it flatter"
                                      : "give one JSON text (RFC 8259) in UTF-8, each key once in its object");
  }
  return builder.take();
}

std::string_view json_type_name(const JsonValue& value) {
  switch (value.kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kFalse:
    case JsonKind::kTrue:
      return "boolean";
    case JsonKind::kNumber:
      return value.number.is_integer() ? "integer" : "number";
    case JsonKind::kString:
      return "string";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "object";
  }
  return "";
}

std::string json_to_text(const JsonValue& value) {
  std::string out;
  write_text(value, out);
  return out;
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace vitrine::schema
