#include "infer/token_constraint.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "base/error.h"

namespace vitrine::infer {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr size_t kWordBits = 64;

}  // namespace

std::shared_ptr<const schema::Vocabulary> make_vocabulary(const tokenizer::Tokenizer& tokenizer,
                                                          std::span<const int32_t> end_ids,
                                                          const VocabularyMarks& marks) {
  std::vector<std::string_view> tokens;
  for (int32_t id = 0; id < tokenizer.vocab_size(); ++id) tokens.push_back(tokenizer.token_bytes(id));
  std::vector<schema::TokenId> ends, special;
  for (const int32_t id : end_ids) ends.push_back(static_cast<schema::TokenId>(id));
  for (const tokenizer::SpecialToken& token : tokenizer.special_tokens())
    if (std::ranges::find(marks.text, token.id) == marks.text.end())
      special.push_back(static_cast<schema::TokenId>(token.id));
  for (const int32_t id : marks.never) special.push_back(static_cast<schema::TokenId>(id));
  return std::make_shared<schema::Vocabulary>(tokens, ends, special);
}

Speller make_speller(const tokenizer::Tokenizer& tokenizer) {
  return [tokenizer](std::string_view bytes) { return tokenizer.encode(bytes); };
}

TokenConstraint::TokenConstraint(const TextRule& rule)
    : rule_(rule), matcher_(rule.grammar, *rule_.vocabulary), mask_(rule.vocabulary->mask_words()) {}

void TokenConstraint::restrict(std::span<float> logits) {
  matcher_.mask_for_drawing(mask_, rule_.longest_run);
  bool any = false;
  for (size_t begin = 0, word = 0; begin < logits.size(); begin += kWordBits, ++word) {
    const std::span<float> part = logits.subspan(begin, std::min(kWordBits, logits.size() - begin));
    uint64_t allowed = word < mask_.size() ? mask_[word] : 0;
    if (part.size() < kWordBits) allowed &= (uint64_t{1} << part.size()) - 1;
    any |= allowed != 0;
    if (allowed == 0) {
      std::ranges::fill(part, kNever);
    } else if (allowed != ~uint64_t{0}) {
      for (size_t bit = 0; bit < part.size(); ++bit)
        if ((allowed >> bit & 1) == 0) part[bit] = kNever;
    }
  }
  if (!any)
    throw Error(ErrorCode::kUnsupported, "constrain: no token can come next",
                matcher_.is_ended() ? "the text has ended" : "the model's vocabulary cannot spell this grammar's text");
}

std::vector<int32_t> TokenConstraint::forced_tokens(int64_t most) {
  constexpr size_t kFewestBytes = 2;  // less is as likely the beginning of a longer token
  constexpr int64_t kBytesEach = 8;
  if (!rule_.spell || most <= 0) return {};
  const std::string bytes = matcher_.forced_bytes(static_cast<size_t>(std::min<int64_t>(most, 64) * kBytesEach));
  if (bytes.size() < kFewestBytes) return {};
  std::vector<int32_t> tokens = rule_.spell(bytes);
  size_t spelled = 0, count = 0;  // tokenizers may add or change bytes
  for (; count < tokens.size() && static_cast<int64_t>(count) < most; ++count) {
    const std::string_view piece = rule_.vocabulary->bytes(static_cast<schema::TokenId>(tokens[count]));
    if (piece.empty() || !std::string_view(bytes).substr(spelled).starts_with(piece)) break;
    spelled += piece.size();
  }
  tokens.resize(count);
  return tokens;
}

void TokenConstraint::accept(int32_t id) {
  if (id < 0 || !matcher_.accept(static_cast<schema::TokenId>(id)))
    throw Error(ErrorCode::kInvalidArgument, fmt::format("constrain: token {} may not come here", id));
}

}  // namespace vitrine::infer
