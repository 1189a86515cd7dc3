// Chat templates: any bytes as template and variables give a rendering or an Error, within the limits.
// Input: the template, a zero byte, and JSON for the variables; without the JSON, a small conversation.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "template/json.h"
#include "template/messages.h"
#include "template/template.h"

namespace {

using namespace vitrine::templates;  // NOLINT: a fuzz target is one file

constexpr std::string_view kVariables =
    R"({"messages": [{"role": "user", "content": "hi <|im_end|>"}, {"role": "assistant", "content": null}],)"
    R"( "tools": [{"function": {"name": "f", "n": 1.5}}], "s": "é日 a,b", "n": 7, "d": {"k": [1, 2]}, "add_generation_prompt": true})";

/// The segments have to cover the text without a gap, or a tokenizer would trust what it should not.
void check_segments(const Rendered& rendered) {
  size_t at = 0;
  for (const Segment& segment : rendered.segments) {
    if (segment.begin != at || segment.end <= at) __builtin_trap();
    at = segment.end;
  }
  if (at != rendered.text.size()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\0'), input.size());
  const std::string_view json = end < input.size() ? input.substr(end + 1) : kVariables;
  RenderOptions options;
  options.limits = {.max_work = 200'000, .max_depth = 300, .max_output_bytes = 1u << 18};
  options.now = std::tm{};
  try {
    const Template chat = Template::parse(input.substr(0, end));
    check_segments(chat.render(value_from_json(json), options));
  } catch (const vitrine::Error& error) {
    if (error.code() == vitrine::ErrorCode::kInternal) __builtin_trap();
  }
  return 0;
}
