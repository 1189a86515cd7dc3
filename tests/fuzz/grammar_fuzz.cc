// Any text as a pattern or a GBNF grammar, as the first byte chooses: refused with an Error, or a matcher whose masks
// never lead into a dead end.
#include <optional>

#include "fuzz/fuzz_target.h"
#include "schema/grammar.h"
#include "support/schema_sampler.h"

namespace vitrine::fuzz {

using namespace schema;

void run_target(std::string_view input) {
  const unsigned char choice = take_byte(input);
  if (input.size() > 4096) return;
  std::optional<Grammar> grammar;
  if (!accepts([&] { grammar = choice % 2 == 0 ? compile_regex(input) : compile_gbnf(input); })) return;
  std::mt19937_64 random(choice * 31u + input.size());
  SampleEnd end = SampleEnd::kTooLong;
  std::string text;
  // A grammar may turn out too ambiguous while it is read.
  accepts([&] {
    Matcher matcher(*grammar, small_vocabulary());
    end = sample_text(matcher, random, 24, text);
  });
  require(end != SampleEnd::kDeadEnd, "a text by the masks can always go on");
}

}  // namespace vitrine::fuzz
