// What the tests of this folder share: where files lie, and short ways to render.
#pragma once

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/error.h"
#include "template/json.h"
#include "template/template.h"

namespace vitrine::templates {

inline std::filesystem::path source_root() {
  return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
}
inline std::filesystem::path golden_folder() { return source_root() / "tests" / "golden" / "template"; }

/// The folder of shared data, beside the repository; need not be there.
inline std::filesystem::path shared_folder() {
  const char* given = std::getenv("VITRINE_SHARED");
  return (given != nullptr ? std::filesystem::path(given) : source_root() / ".." / "shared") / "data";
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

/// 7 March 2026, a Saturday, 09:05:02: the moment that the golden results were made for.
inline std::tm golden_time() {
  std::tm time{};
  time.tm_year = 126;
  time.tm_mon = 2;
  time.tm_mday = 7;
  time.tm_hour = 9;
  time.tm_min = 5;
  time.tm_sec = 2;
  time.tm_wday = 6;
  time.tm_yday = 65;
  return time;
}

inline Rendered render_all(const std::string& source, const Value& variables, const Limits& limits = {}) {
  return Template::parse(source).render(variables, {.limits = limits, .now = golden_time()});
}

inline std::string render(const std::string& source, const std::string& variables_json = "{}") {
  return render_all(source, value_from_json(variables_json)).text;
}

/// Returns the message of the error that rendering gives; empty where it gives none.
inline std::string error_of(const std::string& source, const std::string& variables_json = "{}",
                            const Limits& limits = {}) {
  try {
    render_all(source, value_from_json(variables_json), limits);
  } catch (const Error& error) {
    return error.code() == ErrorCode::kInternal ? "INTERNAL " + error.message() : error.message();
  }
  return "";
}

}  // namespace vitrine::templates
