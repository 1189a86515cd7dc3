// libFuzzer target of schemas, patterns and grammars: whatever comes in ends in an Error or in a matcher that holds its
// promises. The first byte chooses the language and the options, the rest is the text.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "schema/validate.h"
#include "support/schema_sampler.h"

namespace {

using namespace vitrine;
using namespace vitrine::schema;

/// Ends the program where a promise is broken; libFuzzer keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

std::optional<Grammar> compile(uint8_t kind, std::string_view text, const JsonSchemaOptions& options) {
  switch (kind % 4) {
    case 0:
      return compile_regex(text);
    case 1:
      return compile_gbnf(text);
    default:
      return compile_json_schema(text, options);
  }
}

/// Writes one text by the masks. Every token of a mask can be taken, and there is none only where the text has ended.
void write_and_check(const Grammar& grammar, std::string_view schema, bool is_schema, const JsonSchemaOptions& options,
                     uint64_t seed) {
  std::mt19937_64 random(seed);
  Matcher matcher(grammar, small_vocabulary());
  std::string text;
  const SampleEnd end = sample_text(matcher, random, 24, text);
  require(end != SampleEnd::kDeadEnd);
  if (is_schema && end == SampleEnd::kWhole) require(validate(text, schema, options).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size > 4096) return 0;
  const JsonSchemaOptions options{.compact = (data[0] & 4) != 0,
                                  .any_key_order = (data[0] & 8) != 0,
                                  .minimal_escapes = (data[0] & 16) != 0,
                                  .ignore_unknown_keywords = (data[0] & 32) != 0,
                                  .max_depth = 64};
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  try {
    if (const std::optional<Grammar> grammar = compile(data[0], text, options)) {
      write_and_check(*grammar, text, data[0] % 4 >= 2, options, data[0] * 31 + size);
    }
  } catch (const Error& error) {
    require(error.code() != ErrorCode::kInternal);
  }
  return 0;
}
