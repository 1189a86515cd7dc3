// Answers questions about schemas, a JSON object a line, for tests/e2e/json_schema_test.py:
// {"schema": text, "any_key_order": bool, "seed": n, "count": n, "documents": [text]} gives
// {"error": text or null, "samples": [text], "dead_ends": n, "accepted": [bool], "valid": [bool]}.
#include <fmt/format.h>

#include <iostream>

#include "base/error.h"
#include "schema/json_value.h"
#include "schema/validate.h"
#include "support/schema_sampler.h"

namespace vitrine::schema {
namespace {

std::string join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  return "[" + out + "]";
}

std::string answer(const JsonValue& question) {
  const std::string& schema = question.find("schema")->string;
  const JsonSchemaOptions options{.any_key_order = question.find("any_key_order")->is(JsonKind::kTrue)};
  std::mt19937_64 random(static_cast<uint64_t>(*question.find("seed")->number.to_int64()));
  const Grammar grammar = compile_json_schema(schema, options);
  Matcher matcher(grammar, small_vocabulary());
  std::vector<std::string> samples, accepted, valid;
  int dead_ends = 0;
  for (int64_t i = *question.find("count")->number.to_int64(); i > 0; --i) {
    matcher.reset();
    std::string text;
    const SampleEnd end = sample_text(matcher, random, 4 + random() % 40, text);
    if (end == SampleEnd::kWhole) samples.push_back(json_quoted(text));
    if (end == SampleEnd::kDeadEnd) ++dead_ends;
  }
  for (const JsonValue& document : question.find("documents")->items) {
    matcher.reset();
    bool is_accepted = true;
    for (size_t at = 0; at < document.string.size() && is_accepted;) {
      const size_t bytes = 1 + random() % 5;
      is_accepted = matcher.accept_bytes(std::string_view(document.string).substr(at, bytes));
      at += bytes;
    }
    accepted.push_back(is_accepted && matcher.is_complete() ? "true" : "false");
    valid.push_back(validate(document.string, schema, options).empty() ? "true" : "false");
  }
  return fmt::format(R"({{"error":null,"samples":{},"dead_ends":{},"accepted":{},"valid":{}}})", join(samples),
                     dead_ends, join(accepted), join(valid));
}

}  // namespace
}  // namespace vitrine::schema

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    try {
      fmt::print("{}\n", vitrine::schema::answer(vitrine::schema::parse_json(line, "question")));
    } catch (const vitrine::Error& error) {
      fmt::print("{{\"error\":{}}}\n", vitrine::schema::json_quoted(error.message()));
    }
  }
}
