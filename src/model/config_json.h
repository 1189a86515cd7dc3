// Checked reading of a config.json and its kin, without a JSON header here.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::model {

/// A parsed config.json, or another file of that kind. Errors of all readers: kCorruptData naming file and key.
class ConfigJson {
 public:
  struct State;
  explicit ConfigJson(std::string_view json, std::string file = "config.json");
  ~ConfigJson();
  ConfigJson(ConfigJson&&) noexcept;

  bool is_empty() const;
  /// Stands there, and not as null.
  bool has(std::string_view key) const;
  bool is_null(std::string_view key) const;
  bool is_text(std::string_view key) const;
  int64_t integer(std::string_view key) const;
  int64_t integer_or(std::string_view key, int64_t fallback) const;
  /// A whole number, or a list of them; empty where the key is missing.
  std::vector<int64_t> integers(std::string_view key) const;
  /// A list of texts; empty where the key is missing.
  std::vector<std::string> texts(std::string_view key) const;
  double real_or(std::string_view key, double fallback) const;
  bool flag_or(std::string_view key, bool fallback) const;
  double real(std::string_view key) const;
  /// A number within bounds, whole where that is asked for.
  double number_within(std::string_view key, double min, double max, bool is_whole) const;
  /// Stands there as anything but null, false, an empty list or text, or that number.
  bool departs_from(std::string_view key, double usual) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;
  /// The keys of this object, in the order of the file.
  std::vector<std::string> keys() const;
  /// The object under a key, or nothing where the key is missing or null.
  std::optional<ConfigJson> object(std::string_view key) const;

  /// Refuses a switch that stands otherwise than `usual`. Errors: kUnsupported naming it.
  void require_flag(std::string_view key, bool usual) const;
  /// Refuses a text other than these, the first of which is meant where the key is missing. Errors: as above.
  void require_text(std::string_view key, std::initializer_list<std::string_view> usual) const;

 private:
  explicit ConfigJson(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace vitrine::model
