#include "tokenizer/word_encoder.h"

#include <cstring>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/models/bpe_model.h"
#include "tokenizer/models/unigram_model.h"
#include "tokenizer/models/word_piece_model.h"
#include "tokenizer/space_mark.h"
#include "tokenizer/splitters/byte_level.h"
#include "tokenizer/word_batch.h"

namespace vitrine::tokenizer {
namespace {

/// Ends a word of space marks and what follows up to the next one.
const char* space_mark_word_end(const char* begin, const char* end) {
  std::string_view text(begin, static_cast<size_t>(end - begin));
  while (text.starts_with(kSpaceMark)) text.remove_prefix(kSpaceMark.size());
  const size_t next = text.find(kSpaceMark);
  return next == text.npos ? end : text.data() + next;
}

/// Tells whether no token reaches over the start of a run of space marks, so that a text may be cut there.
bool may_cut_at_space_marks(const TokenizerDefinition& definition, const BpeDefinition& bpe) {
  if (bpe.ignore_merges || !bpe.continuing_subword_prefix.empty() || !bpe.end_of_word_suffix.empty()) return false;
  bool has_mark = false;
  for (const std::string& token : definition.tokens) has_mark = has_mark || token == kSpaceMark;
  for (const Merge& merge : bpe.merges) {
    std::string_view token = definition.tokens[static_cast<size_t>(merge.result)];
    while (token.starts_with(kSpaceMark)) token.remove_prefix(kSpaceMark.size());
    if (token.find(kSpaceMark) != token.npos) return false;
  }
  return has_mark;
}

}  // namespace

bool is_byte_level(const TokenizerDefinition& definition) {
  const auto* bpe = std::get_if<BpeDefinition>(&definition.model);
  if (bpe == nullptr || bpe->byte_fallback) return false;
  if (!bpe->continuing_subword_prefix.empty() || !bpe->end_of_word_suffix.empty()) return false;
  const auto steps = flatten_sequence(definition.pre_tokenizer, "pretokenizers");
  return !steps.empty() && steps.back()->type() == "ByteLevel";
}

WordEncoder::WordEncoder(const TokenizerDefinition& definition, std::vector<bool> is_unreachable,
                         bool is_strict)
    : is_byte_level_(tokenizer::is_byte_level(definition)) {
  auto steps = flatten_sequence(definition.pre_tokenizer, "pretokenizers");
  if (is_byte_level_) scanner_ = scanner_of(steps);
  make_model(definition, std::move(is_unreachable), is_strict);
  if (scanner_ != nullptr) {
    word_end_ = scanner_->word_end;
  } else if (is_byte_level_) {
    splitters_ = make_splitters({steps.begin(), steps.end() - 1});
    splitters_.push_back(make_raw_byte_level_splitter(*steps.back()));
  } else if (!steps.empty()) {
    splitters_ = make_splitters(steps);
  } else if (const auto* bpe = std::get_if<BpeDefinition>(&definition.model)) {
    if (may_cut_at_space_marks(definition, *bpe)) word_end_ = space_mark_word_end;
  }
}

void WordEncoder::make_model(const TokenizerDefinition& definition, std::vector<bool> is_unreachable,
                             bool is_strict) {
  const std::vector<std::string>& names = definition.tokens;
  if (const auto* unigram = std::get_if<UnigramDefinition>(&definition.model)) {
    model_ = std::make_unique<UnigramModel>(*unigram, names, is_unreachable);
  } else if (const auto* word_piece = std::get_if<WordPieceDefinition>(&definition.model)) {
    model_ = std::make_unique<WordPieceModel>(*word_piece, names, is_unreachable);
  } else {
    const auto& bpe = std::get<BpeDefinition>(definition.model);
    std::vector<std::string> bytes;
    if (is_byte_level_) bytes.reserve(names.size());
    for (size_t id = 0; is_byte_level_ && id < names.size(); ++id) {
      auto token = from_byte_alphabet(names[id]);
      // Names outside the alphabet are text that never comes as bytes.
      if (!token) is_unreachable[id] = true;
      bytes.push_back(token ? std::move(*token) : names[id]);
    }
    model_ = std::make_unique<BpeModel>(
        bpe, BpeModel::Options{.unit = is_byte_level_ ? BpeUnit::kByte : BpeUnit::kCharacter,
                               .tokens = is_byte_level_ ? std::span<const std::string>(bytes) : names,
                               .is_unreachable = std::move(is_unreachable),
                               .is_strict = is_strict});
  }
}

void WordEncoder::append(std::string_view text, bool starts_text, std::vector<TokenId>& out) {
  if (text.empty()) return;
  if (word_end_ != nullptr) {
    WordCachePool::Loan cache(caches_);
    encode_scanned(text, word_end_, *model_, *cache, out);
  } else if (splitters_.empty()) {
    model_->append_word(text, out);
  } else {
    append_pieces(text, starts_text, out);
  }
}

void WordEncoder::append_pieces(std::string_view text, bool starts_text, std::vector<TokenId>& out) {
  Pieces pieces(text, starts_text);
  for (const SplitterPointer& splitter : splitters_) splitter->apply(pieces);
  if (pieces.ranges().empty()) return;
  WordCachePool::Loan cache(caches_);
  WordBatch batch;
  for (const Pieces::Range& range : pieces.ranges()) {
    if (batch.is_full()) batch.encode(*model_, *cache, out);
    batch.add(pieces.view(range), pieces.text_end(), *cache);
  }
  batch.encode(*model_, *cache, out);
}

}  // namespace vitrine::tokenizer
