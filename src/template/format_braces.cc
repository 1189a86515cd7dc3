#include <fmt/format.h>

#include "template/code_points.h"
#include "template/format_spec.h"
#include "template/format_value.h"

namespace vitrine::templates {
namespace {

constexpr size_t kMaxWidth = 1u << 20;

/// Reads `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
class SpecReader {
 public:
  explicit SpecReader(std::string_view spec) : rest_(spec) {}

  FormatSpec read() {
    FormatSpec spec;
    read_alignment(spec);
    if (one_of("+- ")) spec.sign = take();
    if (one_of("#")) spec.alternate = take() == '#';
    if (one_of("0")) {
      take();
      if (spec.align == 0) {
        spec.align = '=';
        spec.fill = "0";
      }
    }
    spec.width = read_number();
    if (one_of(",_")) spec.grouping = take();
    if (one_of(".")) {
      take();
      if (!one_of("0123456789")) fail("format: a precision is missing");
      spec.precision = static_cast<int>(read_number());
    }
    if (!rest_.empty()) spec.type = take();
    if (!rest_.empty()) fail("format: the part after ':' cannot be read");
    return spec;
  }

 private:
  bool one_of(std::string_view characters) const {
    return !rest_.empty() && characters.find(rest_.front()) != std::string_view::npos;
  }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void read_alignment(FormatSpec& spec) {
    if (rest_.empty()) return;
    const size_t fill = code_point_at(rest_, 0).length;
    if (rest_.size() > fill && std::string_view("<>=^").find(rest_[fill]) != std::string_view::npos) {
      spec.fill = rest_.substr(0, fill);
      spec.align = rest_[fill];
      rest_.remove_prefix(fill + 1);
    } else if (one_of("<>=^")) {
      spec.align = take();
    }
  }
  size_t read_number() {
    size_t number = 0;
    while (one_of("0123456789")) {
      number = number * 10 + static_cast<size_t>(take() - '0');
      if (number > kMaxWidth) fail("format: a width or precision is too large");
    }
    return number;
  }

  std::string_view rest_;
};

class BraceFormatter {
 public:
  BraceFormatter(const Text& format, const FieldLookup& look_up, Budget& budget)
      : format_(format), bytes_(format.bytes()), look_up_(look_up), budget_(budget) {}

  Text run() {
    budget_.charge_bytes(bytes_.size());
    while (at_ < bytes_.size()) {
      const size_t brace = std::min(bytes_.find_first_of("{}", at_), bytes_.size());
      out_.append(format_, at_, brace);
      at_ = brace;
      if (at_ < bytes_.size()) handle_brace();
      budget_.check_length(out_.size());
    }
    return std::move(out_);
  }

 private:
  void handle_brace() {
    if (at_ + 1 < bytes_.size() && bytes_[at_ + 1] == bytes_[at_]) {
      out_.append(format_, at_, at_ + 1);
      at_ += 2;
      return;
    }
    if (bytes_[at_] == '}') fail("format: there is a single '}'");
    const size_t end = bytes_.find('}', at_);
    if (end == std::string::npos) fail("format: a '{' is not closed");
    const std::string_view field = bytes_.substr(at_ + 1, end - at_ - 1);
    if (field.find('{') != std::string_view::npos) fail("format: fields inside a field are not supported");
    out_.append(formatted(field, format_.origin_of(at_, at_ + 1)));
    at_ = end + 1;
  }

  Text formatted(std::string_view field, Origin origin) {
    const size_t name_end = std::min(field.find_first_of(":!"), field.size());
    std::string_view name = field.substr(0, name_end), rest = field.substr(name_end);
    Value value = look_up_(complete(name));
    if (rest.starts_with('!')) {
      if (rest.size() < 2 || std::string_view("rsa").find(rest[1]) == std::string_view::npos)
        fail("format: after '!' stands r, s or a");
      value = converted(value, rest[1]);
      rest.remove_prefix(2);
    }
    if (rest.empty()) return to_text(value, budget_);
    if (!rest.starts_with(':')) fail("format: ':' is expected after the conversion");
    if (rest.size() == 1) return to_text(value, budget_);
    return format_value(value, SpecReader(rest.substr(1)).read(), origin, budget_);
  }

  /// Gives fields without a name the next number.
  std::string complete(std::string_view name) {
    const bool numbered = name.empty() || name.front() == '.' || name.front() == '[';
    return numbered ? std::to_string(next_++) + std::string(name) : std::string(name);
  }

  Value converted(const Value& value, char conversion) {
    if (conversion == 's') return Value::string(to_text(value, budget_));
    std::string shown;
    const Origin origin = append_repr(value, shown, budget_);
    return Value::string(std::move(shown), origin);
  }

  const Text& format_;
  std::string_view bytes_;
  const FieldLookup& look_up_;
  Budget& budget_;
  Text out_;
  size_t at_ = 0;
  int next_ = 0;
};

}  // namespace

Text format_braces(const Text& format, const FieldLookup& look_up, Budget& budget) {
  return BraceFormatter(format, look_up, budget).run();
}

}  // namespace vitrine::templates
