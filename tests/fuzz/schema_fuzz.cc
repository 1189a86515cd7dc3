// Any text as a JSON Schema: refused with an Error, or a matcher that writes what is valid. The first byte chooses the
// options.
#include <optional>

#include "fuzz/fuzz_target.h"
#include "schema/validate.h"
#include "support/schema_sampler.h"

namespace vitrine::fuzz {

using namespace schema;

void run_target(std::string_view input) {
  const unsigned char choice = take_byte(input);
  if (input.size() > 4096) return;
  const JsonSchemaOptions options{.compact = (choice & 4) != 0,
                                  .any_key_order = (choice & 8) != 0,
                                  .minimal_escapes = (choice & 16) != 0,
                                  .plain_integers = (choice & 64) != 0,
                                  .ignore_unknown_keywords = (choice & 32) != 0,
                                  .max_depth = 64};
  std::optional<Grammar> grammar;
  if (!accepts([&] { grammar = compile_json_schema(input, options); })) return;
  std::mt19937_64 random(choice * 31u + input.size());
  SampleEnd end = SampleEnd::kTooLong;
  std::string text;
  // Overlapping anyOf within one another may turn out too many at once while a text is read.
  const bool was_written = accepts([&] {
    Matcher matcher(*grammar, small_vocabulary());
    end = sample_text(matcher, random, 24, text);
  });
  require(end != SampleEnd::kDeadEnd, "a text by the masks can always go on");
  if (!was_written || end != SampleEnd::kWhole) return;
  // Alternatives that nothing can be are not looked into when a schema is compiled; validating may meet faults in them.
  std::vector<std::string> problems;
  if (accepts([&] { problems = validate(text, input, options); }))
    require(problems.empty(), "what is written by the masks is valid");
}

}  // namespace vitrine::fuzz
