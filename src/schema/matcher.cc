#include "schema/matcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "schema/token_mask.h"

namespace vitrine::schema {

struct Matcher::Impl {
  Impl(const Grammar& shared_grammar, const Vocabulary& shared_vocabulary)
      : grammar(shared_grammar),
        vocabulary(shared_vocabulary),
        automaton(grammar.program()),
        masks(automaton, vocabulary),
        history{{automaton.start(), false}} {}

  /// Where the text stood after each accept().
  struct Moment {
    StateId state;
    bool is_ended;
  };
  const Moment& now() const { return history.back(); }

  Grammar grammar;
  const Vocabulary& vocabulary;
  Automaton automaton;
  MaskMaker masks;
  std::vector<Moment> history;
};

Matcher::Matcher(const Grammar& grammar, const Vocabulary& vocabulary)
    : impl_(std::make_unique<Impl>(grammar, vocabulary)) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

void Matcher::mask(std::span<uint64_t> mask) {
  VITRINE_CHECK(mask.size() == impl_->vocabulary.mask_words(), "a mask of another vocabulary's size");
  const Impl::Moment now = impl_->now();
  if (now.is_ended) {
    std::ranges::fill(mask, 0);
    return;
  }
  impl_->masks.write(now.state, mask);
  if (!is_complete()) return;
  for (TokenId token : impl_->vocabulary.end_ids()) mask[token / 64] |= uint64_t{1} << token % 64;
}

bool Matcher::accept(TokenId token) {
  const Vocabulary& vocabulary = impl_->vocabulary;
  if (token >= vocabulary.size() || is_ended()) return false;
  if (vocabulary.is_end(token)) {
    if (!is_complete()) return false;
    impl_->history.push_back({impl_->now().state, true});
    return true;
  }
  const std::string_view bytes = vocabulary.bytes(token);
  if (bytes.empty() || bytes.size() > Vocabulary::kMaxTokenBytes) return false;
  return accept_bytes(bytes);
}

bool Matcher::accept_bytes(std::string_view bytes) {
  if (is_ended()) return false;
  StateId state = impl_->now().state;
  for (char byte : bytes) {
    state = impl_->automaton.step(state, static_cast<uint8_t>(byte));
    if (state == Automaton::kDead) return false;
  }
  impl_->history.push_back({state, false});
  return true;
}

bool Matcher::is_complete() const { return impl_->automaton.is_complete(impl_->now().state); }

bool Matcher::is_ended() const { return impl_->now().is_ended; }

std::string Matcher::forced_bytes(size_t max_bytes) {
  std::string forced;
  StateId state = impl_->now().state;
  while (!is_ended() && forced.size() < max_bytes && !impl_->automaton.is_complete(state)) {
    const ByteSet bytes = impl_->automaton.first_bytes(state);
    StateId only = Automaton::kDead;
    uint8_t byte = 0;
    for (int candidate = 0; candidate < 256; ++candidate) {
      if ((bytes.bits[static_cast<size_t>(candidate) >> 6] >> (candidate & 63) & 1) == 0) continue;
      const StateId next = impl_->automaton.step(state, static_cast<uint8_t>(candidate));
      if (next == Automaton::kDead) continue;
      if (only != Automaton::kDead) return forced;
      only = next;
      byte = static_cast<uint8_t>(candidate);
    }
    if (only == Automaton::kDead) break;
    forced += static_cast<char>(byte);
    state = only;
  }
  return forced;
}

void Matcher::rollback(size_t n) {
  if (n >= impl_->history.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("rollback: more steps than were taken (got {}, expected at most {})", n,
                            impl_->history.size() - 1));
  }
  impl_->history.resize(impl_->history.size() - n);
}

void Matcher::reset() { impl_->history.resize(1); }

}  // namespace vitrine::schema
