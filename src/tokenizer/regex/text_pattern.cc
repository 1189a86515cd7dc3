#include "tokenizer/regex/text_pattern.h"

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/error.h"
#include "tokenizer/regex/regex_syntax.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

constexpr size_t kMaxPatternBytes = 64 << 10;
constexpr unsigned kMaxHeapKib = 64 << 10;

template <typename T, void (*kFree)(T*)>
struct Freed {
  void operator()(T* object) const { kFree(object); }
};
using MatchData = std::unique_ptr<pcre2_match_data, Freed<pcre2_match_data, pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freed<pcre2_match_context, pcre2_match_context_free>>;
using CompileContext =
    std::unique_ptr<pcre2_compile_context, Freed<pcre2_compile_context, pcre2_compile_context_free>>;

std::string message_of(int error) {
  PCRE2_UCHAR buffer[256] = {};
  pcre2_get_error_message(error, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

}  // namespace

struct TextPattern::Compiled {
  explicit Compiled(std::string_view pattern) {
    if (pattern.size() > kMaxPatternBytes || !is_valid_utf8(pattern))
      refuse(pattern.substr(0, 100), fmt::format("longer than {} bytes, or not UTF-8", kMaxPatternBytes));
    const CompileContext context(pcre2_compile_context_create(nullptr));
    if (context == nullptr) throw std::bad_alloc();
    pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
    const std::string syntax = to_pcre_syntax(pattern);
    int error = 0;
    PCRE2_SIZE place = 0;
    // As in Ruby, ^ and $ stand at every line.
    code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(syntax.data()), syntax.size(),
                             PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C,
                             &error, &place, context.get()));
    if (code == nullptr) refuse(pattern, message_of(error));
    pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);  // where there is no JIT the interpreter runs
    limits.reset(pcre2_match_context_create(nullptr));
    if (limits == nullptr) throw std::bad_alloc();
    pcre2_set_match_limit(limits.get(), kMaxSteps);
    pcre2_set_heap_limit(limits.get(), kMaxHeapKib);
  }

  [[noreturn]] static void refuse(std::string_view pattern, std::string_view why) {
    throw Error(ErrorCode::kCorruptData, fmt::format("tokenizer pattern: '{}' cannot be used ({})", pattern, why),
                "get the file again");
  }

  /// Finds the next match at or behind `from`; false when there is none.
  bool find(std::string_view text, size_t from, pcre2_match_data* data) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    int result = pcre2_match(code.get(), subject, text.size(), from, 0, data, limits.get());
    // The compiled code has 32 KiB of stack; the interpreter takes its memory from the heap.
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
      result = pcre2_match(code.get(), subject, text.size(), from, PCRE2_NO_JIT, data, limits.get());
    if (result == PCRE2_ERROR_NOMATCH) return false;
    if (result < 0)
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("encode: the tokenizer's pattern gave up at byte {} ({})", from, message_of(result)),
                  "the pattern takes too long on this text; split the text, or use another tokenizer");
    return true;
  }

  std::unique_ptr<pcre2_code, Freed<pcre2_code, pcre2_code_free>> code;
  MatchContext limits;
};

TextPattern TextPattern::from_setting(const Setting& setting) {
  const std::string* text = setting.get("String").text();
  if (text != nullptr) return literal(*text);
  return regex(setting.text("Regex"));
}

TextPattern TextPattern::literal(std::string text) {
  TextPattern pattern;
  pattern.literal_ = std::move(text);
  return pattern;
}

TextPattern TextPattern::regex(std::string_view text) {
  TextPattern pattern;
  pattern.compiled_ = std::make_shared<const Compiled>(text);
  return pattern;
}

void TextPattern::for_each_match(std::string_view text, const std::function<void(size_t, size_t)>& found) const {
  if (compiled_ == nullptr) {
    if (literal_.empty()) return;
    for (size_t at = text.find(literal_); at != std::string_view::npos; at = text.find(literal_, at + literal_.size()))
      found(at, at + literal_.size());
    return;
  }
  const MatchData data(pcre2_match_data_create(1, nullptr));
  if (data == nullptr) throw std::bad_alloc();
  const PCRE2_SIZE* edges = pcre2_get_ovector_pointer(data.get());
  size_t from = 0, last_end = SIZE_MAX;
  while (from <= text.size() && compiled_->find(text, from, data.get())) {
    const size_t begin = edges[0], end = edges[1];
    if (begin < end || begin != last_end) found(begin, std::max(begin, end));
    last_end = end;
    from = end;
    if (begin >= end) {  // an empty match: go on behind the next character
      if (end >= text.size()) break;
      from = end + read_utf8(text.data() + end, text.data() + text.size()).length;
    }
  }
}

}  // namespace vitrine::tokenizer
