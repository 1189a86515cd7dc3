// Text into units for the parser: sentences, and the tails of quotations.
#include <cctype>

#include "data/synth/digits.h"
#include "data/synth/parser.h"

namespace vitrine::data {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Unit> split() {
    for (at_ = 0; at_ < text_.size(); ++at_) step(text_[at_]);
    close();
    return std::move(units_);
  }

 private:
  void step(char c) {
    if (c == '\n') return close();
    if (c == '"') return quote();
    pending_ += c;
    if (!ends_here(c)) return;
    if (is_quoted_ && next_is_quote()) return;
    close();
  }

  // A mark ends a sentence unless it stands inside a number (3.5); a colon only where a line or a quotation follows.
  bool ends_here(char c) const {
    const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
    if (c == '.') return !is_digit(after);
    if (c == '!' || c == '?') return true;
    return c == ':' && (is_space(after) || after == '"');
  }
  bool next_is_quote() const { return at_ + 1 < text_.size() && text_[at_ + 1] == '"'; }

  void quote() {
    if (!is_quoted_) {
      close();
      is_quoted_ = true;
      return;
    }
    while (!pending_.empty() && is_space(pending_.back())) pending_.pop_back();
    if (pending_.ends_with(',')) pending_.back() = '.';
    close();
    is_quoted_ = false;
    // What goes on in small letters, or with the name of the speaker, on the same line is the tail.
    size_t next = at_ + 1;
    while (next < text_.size() && text_[next] == ' ') ++next;
    is_tail_ = next < text_.size() && std::islower(static_cast<unsigned char>(text_[next])) != 0;
  }

  // A piece without an end is taken for cut only where the text ends; elsewhere the parser refuses it.
  void close() {
    size_t begin = 0;
    while (begin < pending_.size() && is_space(pending_[begin])) ++begin;
    std::string piece = pending_.substr(begin);
    pending_.clear();
    while (!piece.empty() && is_space(piece.back())) piece.pop_back();
    if (piece.empty()) return;
    const bool is_ended = std::string_view(".!?:").find(piece.back()) != std::string_view::npos;
    const bool is_last = at_ >= text_.size();
    units_.push_back({std::move(piece), is_tail_ ? RuleUse::kTail : RuleUse::kSentence, is_ended || !is_last});
    is_tail_ = false;
  }

  std::string_view text_;
  std::vector<Unit> units_;
  std::string pending_;
  size_t at_ = 0;
  bool is_quoted_ = false;
  bool is_tail_ = false;
};

}  // namespace

std::vector<Unit> split_units(std::string_view text) { return Splitter(text).split(); }

}  // namespace vitrine::data
