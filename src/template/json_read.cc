#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "template/json.h"

namespace vitrine::templates {
namespace {

/// Builds values while the parser reads: it does not recurse, and an object with many keys costs no quadratic look-ups.
class ValueBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit ValueBuilder(Origin origin) : origin_(origin) {}

  bool null() override { return add(Value::none()); }
  bool boolean(bool value) override { return add(Value::boolean(value)); }
  bool number_integer(number_integer_t value) override { return add(Value::integer(value, origin_)); }
  bool number_unsigned(number_unsigned_t value) override {
    return add(Value::big_integer(std::to_string(value), origin_));
  }
  bool number_float(number_float_t value, const string_t& written) override {
    const bool is_integer = written.find_first_of(".eE") == std::string::npos;
    return add(is_integer ? Value::big_integer(written, origin_) : Value::real(value, origin_));
  }
  bool string(string_t& value) override { return add(Value::string(std::move(value), origin_)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return open(); }
  bool start_array(size_t) override { return open(); }
  bool key(string_t& name) override {
    open_.back().keys.push_back(Value::string(std::move(name), origin_));
    return true;
  }
  bool end_array() override {
    std::vector<Value> items = std::move(open_.back().values);
    open_.pop_back();
    return add(Value::list(std::move(items)));
  }
  bool end_object() override {
    Container closed = std::move(open_.back());
    open_.pop_back();
    std::vector<std::pair<Value, Value>> entries;
    entries.reserve(closed.keys.size());
    for (size_t i = 0; i < closed.keys.size(); ++i)
      entries.emplace_back(std::move(closed.keys[i]), std::move(closed.values[i]));
    return add(Value::dict(std::move(entries)));
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    fail(fmt::format("read JSON: the text is no JSON (at byte {})", position));
  }

  Value result() const { return result_; }

 private:
  struct Container {
    std::vector<Value> keys;
    std::vector<Value> values;
  };

  bool open() {
    if (open_.size() >= static_cast<size_t>(kMaxValueDepth))
      fail(fmt::format("read JSON: nested too deep (limit {})", kMaxValueDepth));
    open_.emplace_back();
    return true;
  }

  bool add(Value value) {
    if (open_.empty()) {
      result_ = std::move(value);
    } else {
      open_.back().values.push_back(std::move(value));
    }
    return true;
  }

  Origin origin_;
  std::vector<Container> open_;
  Value result_;
};

}  // namespace

Value value_from_json(std::string_view json, Origin origin) {
  ValueBuilder builder(origin);
  nlohmann::json::sax_parse(json.begin(), json.end(), &builder);
  return builder.result();
}

}  // namespace vitrine::templates
