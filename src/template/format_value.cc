#include "template/format_value.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "template/code_points.h"
#include "template/unicode/characters.h"

namespace vitrine::templates {
namespace {

/// Writes one value after another into a string and remembers whether any of them is input.
class ReprWriter {
 public:
  ReprWriter(std::string& out, Budget& budget) : out_(out), budget_(budget) {}

  void write(const Value& value, int depth) {
    budget_.charge(1);
    budget_.check_length(out_.size());
    if (depth > kMaxValueDepth) fail("a value is nested too deep to be shown");
    switch (value.kind()) {
      case Kind::kUndefined:
        out_ += "Undefined";
        break;
      case Kind::kNone:
        out_ += "None";
        break;
      case Kind::kBoolean:
        out_ += value.as_boolean() ? "True" : "False";
        break;
      case Kind::kInteger:
        note(value.origin());
        out_ += std::to_string(value.as_integer());
        break;
      case Kind::kBigInteger:
        note(value.origin());
        out_ += value.digits();
        break;
      case Kind::kReal:
        note(value.origin());
        out_ += real_repr(value.as_real());
        break;
      case Kind::kString:
        note(value.text().origin());
        budget_.charge_string(out_.size() + value.text().size());
        out_ += string_repr(value.bytes());
        break;
      case Kind::kList:
        write_list(value.list(), depth);
        break;
      case Kind::kDict:
        write_dict(value.dict(), depth);
        break;
      default:
        write_object(value, depth);
    }
  }

  Origin origin() const { return origin_; }

 private:
  void note(Origin origin) { origin_ = merged(origin_, origin); }

  void write_items(const std::vector<Value>& items, int depth) {
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ", ";
      write(items[i], depth + 1);
    }
  }

  void write_list(const List& list, int depth) {
    switch (list.form) {
      case ListForm::kList:
        out_ += '[';
        write_items(list.items, depth);
        out_ += ']';
        break;
      case ListForm::kTuple:
        out_ += '(';
        write_items(list.items, depth);
        out_ += list.items.size() == 1 ? ",)" : ")";
        break;
      case ListForm::kRange:
        out_ += list.shown;
        break;
      case ListForm::kGenerator:
        out_ += "<generator object>";
        break;
      default:
        out_ += list.form == ListForm::kKeysView     ? "dict_keys(["
                : list.form == ListForm::kValuesView ? "dict_values(["
                                                     : "dict_items([";
        write_items(list.items, depth);
        out_ += "])";
    }
  }

  void write_dict(const Dict& dict, int depth) {
    out_ += '{';
    for (size_t i = 0; i < dict.entries.size(); ++i) {
      if (i > 0) out_ += ", ";
      write(dict.entries[i].first, depth + 1);
      out_ += ": ";
      write(dict.entries[i].second, depth + 1);
    }
    out_ += '}';
  }

  void write_object(const Value& value, int depth) {
    if (value.is(Kind::kCallable)) {
      out_ += fmt::format("<function {}>", value.shared_callable()->name);
    } else if (value.is(Kind::kLoop)) {
      out_ += fmt::format("<LoopContext {}/{}>", value.loop_state().index + 1, value.loop_state().length);
    } else {
      out_ += "<Namespace {";
      std::string_view separator = "";
      for (const auto& [name, attribute] : value.name_space().attributes) {
        out_ += fmt::format("{}{}: ", separator, string_repr(name));
        separator = ", ";
        write(attribute, depth + 1);
      }
      out_ += "}>";
    }
  }

  std::string& out_;
  Budget& budget_;
  Origin origin_ = Origin::kTemplate;
};

/// The layout of Python: positional for exponents of -4 to 15, scientific beyond.
std::string lay_out(std::string digits, int exponent) {
  const int size = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    if (size > 1) digits.insert(1, ".");
    return fmt::format("{}e{}{:02}", digits, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  if (size <= exponent + 1) return digits + std::string(static_cast<size_t>(exponent + 1 - size), '0') + ".0";
  digits.insert(static_cast<size_t>(exponent) + 1, ".");
  return digits;
}

}  // namespace

std::string real_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(value), std::chars_format::scientific).ptr;
  const std::string_view written(buffer, static_cast<size_t>(end - buffer));
  const size_t mark = written.find('e');
  std::string digits(1, written[0]);
  if (mark > 2) digits += written.substr(2, mark - 2);
  const int exponent = std::atoi(std::string(written.substr(mark + 1)).c_str());
  return (std::signbit(value) ? "-" : "") + lay_out(std::move(digits), exponent);
}

std::string string_repr(std::string_view bytes) {
  const bool single = bytes.find('\'') == std::string_view::npos || bytes.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string out(1, quote);
  for (size_t at = 0; at < bytes.size();) {
    const CodePoint symbol = code_point_at(bytes, at);
    const uint32_t c = symbol.value;
    if (c == '\\' || c == static_cast<uint32_t>(quote)) {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
    } else if (is_printable(c)) {
      out += bytes.substr(at, symbol.length);
    } else if (c < 0x100) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      out += c < 0x10000 ? fmt::format("\\u{:04x}", c) : fmt::format("\\U{:08x}", c);
    }
    at += symbol.length;
  }
  return out += quote;
}

Origin append_repr(const Value& value, std::string& out, Budget& budget) {
  ReprWriter writer(out, budget);
  writer.write(value, 0);
  budget.charge_string(out.size());
  return writer.origin();
}

Text to_text(const Value& value, Budget& budget) {
  budget.charge(1);
  if (value.is(Kind::kString)) return value.text();
  if (value.is(Kind::kUndefined)) return Text();
  std::string shown;
  const Origin origin = append_repr(value, shown, budget);
  return Text(std::move(shown), origin);
}

}  // namespace vitrine::templates
