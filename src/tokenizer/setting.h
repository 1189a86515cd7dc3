// A small tree of values: how a tokenizer's parts (normalizer, pre-tokenizer, decoder …) are described, whatever kind of
// file the description came from. Parts read their options from it by name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrine::tokenizer {

class Setting;

/// A member of an object. A template, so that it may hold what is not complete yet.
template <typename Value>
struct KeyAndValue {
  std::string key;
  Value value;

  bool operator==(const KeyAndValue&) const = default;
};
using SettingMember = KeyAndValue<Setting>;

/// Null, a boolean, a number, a text, a list or an object. Reading what is not there or of another type throws
/// Error{kCorruptData} that names the part and the option.
class Setting {
 public:
  using List = std::vector<Setting>;
  using Object = std::vector<SettingMember>;  // in the order of the file; keys are unique

  Setting() = default;
  Setting(bool value) : value_(value) {}
  Setting(int value) : value_(int64_t{value}) {}
  Setting(int64_t value) : value_(value) {}
  Setting(double value) : value_(value) {}
  Setting(std::string value) : value_(std::move(value)) {}
  Setting(const char* value) : value_(std::string(value)) {}
  Setting(List value) : value_(std::move(value)) {}
  Setting(Object value) : value_(std::move(value)) {}

  bool operator==(const Setting&) const;

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const int64_t* integer() const { return std::get_if<int64_t>(&value_); }
  const double* real() const { return std::get_if<double>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const List* list() const { return std::get_if<List>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }

  /// Returns the member of that name, or the null setting.
  const Setting& get(std::string_view key) const;

  /// The `type` of a part, such as "Replace".
  const std::string& type() const;
  bool flag(std::string_view key, bool fallback) const;
  bool flag(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;
  /// A whole number within [min, max].
  int64_t integer(std::string_view key, int64_t min, int64_t max) const;
  const List& list(std::string_view key) const;

  /// Refuses options beside `type` and the given ones. Errors: kUnsupported.
  void expect_only(std::initializer_list<std::string_view> keys) const;

 private:
  [[noreturn]] void fail(std::string_view key, std::string_view expected) const;

  std::variant<std::monostate, bool, int64_t, double, std::string, List, Object> value_;
};

/// Makes a part of one type from its options, in order.
Setting make_part(std::string type, Setting::Object options = {});

/// Makes a part of type Sequence; `key` names its list ("normalizers", "pretokenizers", "decoders").
Setting make_sequence(std::string key, Setting::List parts);

/// Returns the parts of a setting as one flat list: none for null, those of a Sequence (and of sequences in it) in order.
/// Errors: kCorruptData.
std::vector<const Setting*> flatten_sequence(const Setting& part, std::string_view key);

}  // namespace vitrine::tokenizer
