#include "serve/json_writer.h"

#include <fmt/format.h>

#include <cmath>

#include "tokenizer/utf8.h"

namespace vitrine::serve {

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    const auto c = static_cast<unsigned char>(*at);
    if (c >= 0x80) {
      const tokenizer::Utf8Char character = tokenizer::read_utf8(at, end);
      if (character.status == tokenizer::Utf8Status::kValid)
        out.append(at, character.length);
      else
        out += "\xEF\xBF\xBD";
      at += character.length;
      continue;
    }
    ++at;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c >= 0x20 && c != 0x7f) {
      out += static_cast<char>(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += fmt::format("\\u{:04x}", c);
    }
  }
  out += '"';
}

void JsonWriter::separate() {
  if (out_.empty()) return;
  const char last = out_.back();
  if (last != '{' && last != '[' && last != ':') out_ += ',';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_text(out_, name);
  out_ += ':';
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_text(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) { return std::isfinite(number) ? raw(fmt::format("{}", number)) : null(); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  return *this;
}

}  // namespace vitrine::serve
