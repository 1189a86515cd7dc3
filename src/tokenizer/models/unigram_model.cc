#include "tokenizer/models/unigram_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "tokenizer/utf8.h"

namespace vitrine::tokenizer {
namespace {

// An unknown character scores so much below the worst token; the sentencepiece library's constant.
constexpr double kUnknownPenalty = 10.0;
// Below it the sentencepiece library (0.2.3, as its results show) counts anew from 0: f32 sums stay fine enough.
constexpr double kLowestSum = -100'000;

[[noreturn]] void corrupt_unigram_vocabulary(std::string what) {
  throw Error(ErrorCode::kCorruptData, "unigram vocabulary: " + std::move(what), "get the tokenizer file again");
}

size_t total_bytes(std::span<const std::string> tokens) {
  size_t total = 0;
  for (const std::string& token : tokens) total += token.size();
  return total;
}

}  // namespace

UnigramModel::UnigramModel(const UnigramDefinition& definition, std::span<const std::string> tokens,
                           const std::vector<bool>& is_unreachable)
    : scores_(definition.scores),
      trie_(total_bytes(tokens)),
      unk_(definition.unk_id.value_or(kNoToken)),
      single_precision_(definition.single_precision) {
  if (scores_.size() > tokens.size())
    corrupt_unigram_vocabulary(fmt::format("{} scores for {} tokens", scores_.size(), tokens.size()));
  if (unk_ < 0 || static_cast<size_t>(unk_) >= tokens.size())
    corrupt_unigram_vocabulary(
        fmt::format("the unknown token is not there (got id {}, expected below {})", unk_, tokens.size()));
  double worst = HUGE_VAL;
  Trie byte_names;
  for (size_t id = 0; id < scores_.size(); ++id) {
    if (!std::isfinite(scores_[id]))
      corrupt_unigram_vocabulary(fmt::format("the score of token {} is {}", id, scores_[id]));
    worst = std::min(worst, scores_[id]);
    if (is_unreachable[id] || tokens[id].empty()) continue;
    // What is written as "<0x0A>" is text, even where a token of that name stands for a byte.
    (definition.byte_fallback && byte_of_name(tokens[id]) ? byte_names : trie_)
        .add(tokens[id], static_cast<int32_t>(id));
  }
  unk_score_ = (scores_.empty() ? 0 : worst) - kUnknownPenalty;
  if (definition.byte_fallback) byte_fallback_.emplace([&](std::string_view name) { return byte_names.find(name); });
}

void UnigramModel::reach(Step& step, double score, TokenId token, size_t begin) const {
  if (single_precision_) score = static_cast<float>(score);
  if (step.begin == SIZE_MAX || score > step.score) step = {score, token, begin};
}

/// Takes the sum at a place from all that was reached there and beyond.
void UnigramModel::count_anew(std::span<Step> reached) {
  const double sum = reached[0].score;
  for (Step& step : reached)
    if (step.begin != SIZE_MAX) step.score = static_cast<float>(step.score - sum);
}

std::vector<UnigramModel::Step> UnigramModel::best_steps(std::string_view word) const {
  std::vector<Step> steps(word.size() + 1);
  const char* end = word.data() + word.size();
  size_t furthest = 0;
  for (size_t begin = 0; begin < word.size();) {
    if (single_precision_ && steps[begin].score < kLowestSum)
      count_anew(std::span(steps).subspan(begin, furthest + 1 - begin));
    const double score = steps[begin].score;
    const size_t character = read_utf8(word.data() + begin, end).length;
    bool knows_character = false;
    uint32_t node = Trie::kRoot;
    for (size_t at = begin; at < word.size(); ++at) {
      node = trie_.step(node, static_cast<uint8_t>(word[at]));
      if (node == Trie::kNoNode) break;
      const int32_t id = trie_.value(node);
      if (id < 0) continue;
      furthest = std::max(furthest, at + 1);
      reach(steps[at + 1], scores_[static_cast<size_t>(id)] + score, id, begin);
      knows_character = knows_character || at + 1 - begin == character;
    }
    if (!knows_character) reach(steps[begin + character], unk_score_ + score, unk_, begin);
    begin += character;
    furthest = std::max(furthest, begin);
  }
  return steps;
}

void UnigramModel::append_unknown(std::string_view text, std::vector<TokenId>& out) const {
  if (byte_fallback_ && byte_fallback_->append(text, out)) return;
  out.push_back(unk_);
}

void UnigramModel::append_word(std::string_view word, std::vector<TokenId>& out) const {
  const std::vector<Step> steps = best_steps(word);
  struct Part {
    TokenId token;
    size_t begin, end;
  };
  std::vector<Part> parts;  // from the end; unknown ones in a row are one
  for (size_t end = word.size(); end > 0; end = steps[end].begin) {
    const Step& step = steps[end];
    if (step.token == unk_ && !parts.empty() && parts.back().token == unk_) {
      parts.back().begin = step.begin;
    } else {
      parts.push_back({step.token, step.begin, end});
    }
  }
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->token == unk_) {
      append_unknown(word.substr(part->begin, part->end - part->begin), out);
    } else {
      out.push_back(part->token);
    }
  }
}

}  // namespace vitrine::tokenizer
