#include <fmt/format.h>

#include <cmath>

#include "template/code_points.h"
#include "template/format_spec.h"
#include "template/format_value.h"

namespace vitrine::templates {
namespace {

constexpr size_t kMaxPercentWidth = 1u << 20;

/// Reads `%(name)-5.2f` fields and fetches the argument of each.
class PercentFormatter {
 public:
  PercentFormatter(const Text& format, const Value& arguments, Budget& budget)
      : format_(format), arguments_(arguments), budget_(budget) {}

  Text run() {
    const std::string& bytes = format_.bytes();
    budget_.charge_bytes(bytes.size());
    while (at_ < bytes.size()) {
      const size_t mark = std::min(bytes.find('%', at_), bytes.size());
      out_.append(format_, at_, mark);
      at_ = mark + 1;
      if (mark < bytes.size()) format_field(mark);
      budget_.check_length(out_.size());
    }
    const bool is_tuple = arguments_.is_list(ListForm::kTuple);
    const size_t given = is_tuple ? arguments_.list().items.size() : 1;
    const bool may_be_left = arguments_.is(Kind::kDict) || (arguments_.is(Kind::kList) && !is_tuple);
    if (next_ < given && !may_be_left) fail("%: not all arguments were used");
    return std::move(out_);
  }

 private:
  char peek() const {
    if (at_ >= format_.size()) fail("%: the format ends within a field");
    return format_.bytes()[at_];
  }

  size_t read_number() {
    size_t number = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
      number = number * 10 + static_cast<size_t>(peek() - '0');
      if (number > kMaxPercentWidth) fail("%: a width or precision is too large");
    }
    return number;
  }

  Value next_argument() {
    if (arguments_.is_list(ListForm::kTuple)) {
      if (next_ >= arguments_.list().items.size()) fail("%: there are not enough arguments for the format");
      return arguments_.list().items[next_++];
    }
    if (next_++ > 0) fail("%: there are not enough arguments for the format");
    return arguments_;
  }

  Value named_argument() {
    const size_t end = format_.bytes().find(')', at_);
    if (end == std::string::npos) fail("%: a name lacks its ')'");
    if (!arguments_.is(Kind::kDict)) fail("%: the format needs a dict");
    const Value* found = arguments_.dict().find(std::string_view(format_.bytes()).substr(at_ + 1, end - at_ - 1));
    if (found == nullptr) fail("%: a name is not in the dict");
    at_ = end + 1;
    next_ = 1;
    return *found;
  }

  FormatSpec read_spec() {
    FormatSpec spec;
    for (; std::string_view("-+ #0").find(peek()) != std::string_view::npos; ++at_) {
      if (peek() == '-') spec.align = '<';
      if (peek() == '+') spec.sign = '+';
      if (peek() == ' ' && spec.sign == '-') spec.sign = ' ';
      if (peek() == '#') spec.alternate = true;
      if (peek() == '0' && spec.align == 0) spec.align = '=';
    }
    spec.width = read_number();
    if (peek() == '.') {
      ++at_;
      spec.precision = static_cast<int>(read_number());
    }
    while (std::string_view("hlL").find(peek()) != std::string_view::npos) ++at_;
    spec.type = format_.bytes()[at_++];
    return spec;
  }

  void format_field(size_t mark) {
    const Origin origin = format_.origin_of(mark, mark + 1);
    if (peek() == '%') {
      out_.append("%", origin);
      ++at_;
      return;
    }
    const bool named = peek() == '(';
    Value value = named ? named_argument() : Value();
    FormatSpec spec = read_spec();
    if (!named && spec.type != '%') value = next_argument();
    if (spec.align == '=') spec.fill = "0";
    out_.append(formatted(value, spec, origin));
  }

  Text formatted(const Value& value, FormatSpec& spec, Origin origin) {
    switch (spec.type) {
      case 's':
      case 'r':
      case 'a': {
        std::string shown;
        const Text text = spec.type == 's' ? to_text(value, budget_) : [&] {
          const Origin shown_origin = append_repr(value, shown, budget_);
          return Text(shown, shown_origin);
        }();
        spec.type = 's';
        spec.align = spec.align == '<' ? '<' : '>';
        spec.fill = " ";
        return format_value(Value::string(text), spec, origin, budget_);
      }
      case 'c':
        return character(value, spec, origin);
      case 'd':
      case 'i':
      case 'u':
        spec.type = 'd';
        if (!value.is_number()) fail(fmt::format("%d: a number is needed (got '{}')", type_name(value)));
        return integer(value, spec, origin);
      default:
        if (std::string_view("xXofFeEgG").find(spec.type) == std::string_view::npos)
          fail(fmt::format("%: there is no field '{}'", spec.type));
        if (!value.is_number()) fail(fmt::format("%{}: a number is needed (got '{}')", spec.type, type_name(value)));
        return format_value(value, spec, origin, budget_);
    }
  }

  Text integer(const Value& value, FormatSpec& spec, Origin origin) {
    spec.precision = -1;
    if (!value.is(Kind::kReal)) return format_value(value, spec, origin, budget_);
    const double whole = std::trunc(value.as_real());
    if (!(std::fabs(whole) < 9.2e18)) fail("%d: the number is beyond 64 bits");
    return format_value(Value::integer(static_cast<int64_t>(whole), value.origin()), spec, origin, budget_);
  }

  Text character(const Value& value, FormatSpec& spec, Origin origin) {
    spec.type = 's';
    spec.align = spec.align == '<' ? '<' : '>';
    spec.fill = " ";
    if (value.is(Kind::kString) && count_code_points(value.bytes()) == 1)
      return format_value(value, spec, origin, budget_);
    const bool valid = value.is(Kind::kInteger) && value.as_integer() >= 0 && value.as_integer() <= 0x10FFFF &&
                       (value.as_integer() < 0xD800 || value.as_integer() > 0xDFFF);
    if (!valid) fail("%c: one character or the number of one is needed");
    std::string bytes;
    append_code_point(static_cast<uint32_t>(value.as_integer()), bytes);
    return format_value(Value::string(bytes, value.origin()), spec, origin, budget_);
  }

  const Text& format_;
  const Value& arguments_;
  Budget& budget_;
  Text out_;
  size_t at_ = 0;
  size_t next_ = 0;
};

}  // namespace

Text format_percent(const Text& format, const Value& arguments, Budget& budget) {
  return PercentFormatter(format, arguments, budget).run();
}

}  // namespace vitrine::templates
