#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "template/code_points.h"
#include "template/compare.h"
#include "template/format_value.h"
#include "template/json.h"

namespace vitrine::templates {
namespace {

void append_unicode_escape(uint32_t c, std::string& out) {
  if (c >= 0x10000) {
    out += fmt::format("\\u{:04x}", 0xD800 + ((c - 0x10000) >> 10));
    c = 0xDC00 + ((c - 0x10000) & 0x3FF);
  }
  out += fmt::format("\\u{:04x}", c);
}

void append_json_string(std::string_view bytes, bool ascii_only, std::string& out) {
  out += '"';
  for (size_t at = 0; at < bytes.size();) {
    const CodePoint symbol = code_point_at(bytes, at);
    constexpr std::string_view kEscaped = "\"\\\n\r\t\b\f", kLetters = "\"\\nrtbf";
    const size_t short_form = symbol.value < 0x80 ? kEscaped.find(static_cast<char>(symbol.value)) : std::string::npos;
    if (short_form != std::string::npos) {
      out += '\\';
      out += kLetters[short_form];
    } else if (symbol.value < 0x20 || (ascii_only && symbol.value >= 0x7F)) {
      append_unicode_escape(symbol.value, out);
    } else {
      out += bytes.substr(at, symbol.length);
    }
    at += symbol.length;
  }
  out += '"';
}

class JsonWriter {
 public:
  JsonWriter(const JsonLayout& layout, Budget& budget) : layout_(layout), budget_(budget), origin_(layout.origin) {}

  void write(const Value& value, size_t level) {
    budget_.charge(1);
    budget_.check_length(out_.size());
    switch (value.kind()) {
      case Kind::kNone:
        out_ += "null";
        break;
      case Kind::kBoolean:
        out_ += value.as_boolean() ? "true" : "false";
        break;
      case Kind::kInteger:
      case Kind::kBigInteger:
      case Kind::kReal:
        origin_ = merged(origin_, value.origin());
        out_ += number(value);
        break;
      case Kind::kString:
        origin_ = merged(origin_, value.text().origin());
        write_string(value.bytes());
        break;
      case Kind::kList:
        if (value.list().form > ListForm::kTuple) refuse(value);
        write_list(value.list(), level);
        break;
      case Kind::kDict:
        write_dict(value.dict(), level);
        break;
      default:
        refuse(value);
    }
  }

  Text result() {
    budget_.charge_string(out_.size());
    return Text(std::move(out_), origin_);
  }

 private:
  [[noreturn]] static void refuse(const Value& value) {
    fail(fmt::format("tojson: a value of type '{}' cannot be written as JSON", type_name(value)));
  }

  static std::string number(const Value& value) {
    if (value.is(Kind::kInteger)) return std::to_string(value.as_integer());
    if (value.is(Kind::kBigInteger)) return value.digits();
    if (std::isnan(value.as_real())) return "NaN";
    if (std::isinf(value.as_real())) return value.as_real() < 0 ? "-Infinity" : "Infinity";
    return real_repr(value.as_real());
  }

  void write_string(std::string_view bytes) {
    budget_.charge_string(out_.size() + bytes.size());
    append_json_string(bytes, layout_.ascii_only, out_);
  }

  void write_key(const Value& key) {
    if (key.is(Kind::kString)) {
      origin_ = merged(origin_, key.text().origin());
      write_string(key.bytes());
    } else if (key.is(Kind::kNone) || key.is_number()) {
      out_ += '"';
      write(key, 0);
      out_ += '"';
    } else {
      fail(fmt::format("tojson: keys are strings, numbers or none (got '{}')", type_name(key)));
    }
  }

  void new_line(size_t level) {
    if (!layout_.indent) return;
    budget_.charge_string(level * layout_.indent->size());
    out_ += '\n';
    for (size_t i = 0; i < level; ++i) out_ += *layout_.indent;
  }

  void write_list(const List& list, size_t level) {
    out_ += '[';
    for (size_t i = 0; i < list.items.size(); ++i) {
      if (i > 0) out_ += layout_.item_separator;
      new_line(level + 1);
      write(list.items[i], level + 1);
    }
    if (!list.items.empty()) new_line(level);
    out_ += ']';
  }

  void write_dict(const Dict& dict, size_t level) {
    std::vector<const std::pair<Value, Value>*> entries;
    for (const auto& entry : dict.entries) entries.push_back(&entry);
    if (layout_.sort_keys) {
      budget_.charge(dict.weight);
      std::ranges::stable_sort(entries, [&](const auto* a, const auto* b) {
        budget_.charge(std::min(a->first.weight(), b->first.weight()));
        return ordered(a->first, b->first, "<") < 0;
      });
    }
    out_ += '{';
    for (size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out_ += layout_.item_separator;
      new_line(level + 1);
      write_key(entries[i]->first);
      out_ += layout_.key_separator;
      write(entries[i]->second, level + 1);
    }
    if (!entries.empty()) new_line(level);
    out_ += '}';
  }

  const JsonLayout& layout_;
  Budget& budget_;
  std::string out_;
  Origin origin_;
};

}  // namespace

Text write_json(const Value& value, const JsonLayout& layout, Budget& budget) {
  JsonWriter writer(layout, budget);
  writer.write(value, 0);
  return writer.result();
}

}  // namespace vitrine::templates
