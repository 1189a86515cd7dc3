#include "tokenizer/train/word_counter.h"

#include <algorithm>
#include <utility>

namespace vitrine::tokenizer {
namespace {

constexpr int kFirstWordBits = 12;
constexpr size_t kPieceBytes = size_t{256} << 10;  // small enough to balance two threads, large enough to cost nothing
constexpr size_t kPiecesPerRound = 64;             // between two reports of progress

bool is_word_edge(char before, char after) {
  const char letter = static_cast<char>(before | 0x20);
  return letter >= 'a' && letter <= 'z' && (after == ' ' || after == '\n');
}

}  // namespace

WordTable::WordTable() : slots_(size_t{1} << kFirstWordBits), shift_(64 - kFirstWordBits) {}

WordTable::Slot& WordTable::find_or_insert(const WordKey& key) {
  for (size_t slot = key.hash() >> shift_;; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot].key == key) return slots_[slot];
    if (slots_[slot].count == 0) {
      slots_[slot].key = key;
      return slots_[slot];
    }
  }
}

void WordTable::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  --shift_;
  for (const Slot& slot : old) {
    if (slot.count > 0) find_or_insert(slot.key).count = slot.count;
  }
}

void WordTable::add(const char* word, size_t num_bytes, const char* text_end) {
  if (num_bytes > WordKey::kMaxBytes) {
    ++long_[std::string(word, num_bytes)];
    return;
  }
  Slot& slot = find_or_insert(make_word_key(word, num_bytes, text_end));
  if (++slot.count == 1 && ++num_short_ * 2 > slots_.size()) grow();
}

void WordTable::add(const WordTable& other) {
  for (const Slot& theirs : other.slots_) {
    if (theirs.count == 0) continue;
    Slot& slot = find_or_insert(theirs.key);
    const bool is_new = slot.count == 0;
    slot.count += theirs.count;
    if (is_new && ++num_short_ * 2 > slots_.size()) grow();
  }
  for (const auto& [word, count] : other.long_) long_[word] += count;
}

void WordTable::for_each(const std::function<void(std::string_view, int64_t)>& visit) const {
  for (const Slot& slot : slots_) {
    if (slot.count == 0) continue;
    char bytes[16];
    slot.key.copy_to(bytes);
    visit({bytes, slot.key.size()}, slot.count);
  }
  for (const auto& [word, count] : long_) visit(word, count);
}

WordCounter::WordCounter(const PreTokenizer& pre_tokenizer, ThreadPool& pool)
    : pre_tokenizer_(pre_tokenizer), pool_(pool), tables_(static_cast<size_t>(pool.num_threads())) {}

void WordCounter::add(std::span<const std::string_view> documents, const std::function<void(int64_t)>& on_bytes) {
  std::vector<std::string_view> pieces;
  const auto count_pieces = [&] {
    pool_.parallel_for(static_cast<int64_t>(pieces.size()), [&](int64_t chunk, int thread) {
      const std::string_view piece = pieces[static_cast<size_t>(chunk)];
      WordTable& table = tables_[static_cast<size_t>(thread)];
      const char* end = piece.data() + piece.size();
      for (const char *word = piece.data(), *next; word != end; word = next) {
        next = pre_tokenizer_.word_end(word, end);
        table.add(word, static_cast<size_t>(next - word), end);
      }
    });
    for (const std::string_view piece : pieces) num_bytes_ += static_cast<int64_t>(piece.size());
    pieces.clear();
    if (on_bytes) on_bytes(num_bytes_);
  };
  for (const std::string_view document : documents) {
    for (const std::string_view piece : split_at_word_edges(document, kPieceBytes)) {
      pieces.push_back(piece);
      if (pieces.size() == kPiecesPerRound) count_pieces();
    }
  }
  count_pieces();
}

WordTable WordCounter::take() {
  WordTable all;
  for (WordTable& table : tables_) {
    // Always the smaller into the larger: words come in the order of their hashes, which would pile up in a small table.
    if (table.num_words() > all.num_words()) std::swap(table, all);
    all.add(std::exchange(table, WordTable()));
  }
  return all;
}

std::vector<std::string_view> split_at_word_edges(std::string_view document, size_t piece_bytes) {
  std::vector<std::string_view> pieces;
  while (document.size() > piece_bytes) {
    size_t edge = piece_bytes;
    while (edge < document.size() && !is_word_edge(document[edge - 1], document[edge])) ++edge;
    pieces.push_back(document.substr(0, edge));
    document.remove_prefix(edge);
  }
  if (!document.empty()) pieces.push_back(document);
  return pieces;
}

}  // namespace vitrine::tokenizer
