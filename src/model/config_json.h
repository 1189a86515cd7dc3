// Checked reading of a config.json, without a JSON header here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine::model {

/// A parsed config.json. Errors of all readers: kCorruptData naming the key.
class ConfigJson {
 public:
  explicit ConfigJson(std::string_view json);
  ~ConfigJson();
  ConfigJson(ConfigJson&&) noexcept;

  bool has(std::string_view key) const;
  bool is_text(std::string_view key) const;
  int64_t integer(std::string_view key) const;
  int64_t integer_or(std::string_view key, int64_t fallback) const;
  double real_or(std::string_view key, double fallback) const;
  bool flag_or(std::string_view key, bool fallback) const;
  double real(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;
  /// The object under a key, or nothing where the key is missing or null.
  std::optional<ConfigJson> object(std::string_view key) const;

 private:
  ConfigJson();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vitrine::model
