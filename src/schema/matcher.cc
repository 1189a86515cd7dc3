#include "schema/matcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "schema/token_mask.h"

namespace vitrine::schema {

namespace {

/// What a text may end in and go on with forever: digits of a number, white space between the parts of a document.
enum class Run : uint8_t { kNone, kDigits, kSpace };

Run run_of(char byte) {
  if (byte >= '0' && byte <= '9') return Run::kDigits;
  return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t' ? Run::kSpace : Run::kNone;
}

/// Takes the tokens out whose first byte is left out, unless no token is left then. Returns whether one is.
template <typename IsLeftOut>
bool leave_out(const Vocabulary& vocabulary, std::span<uint64_t> mask, const IsLeftOut& is_left_out) {
  std::vector<uint64_t> left(mask.begin(), mask.end());
  bool any = false;
  for (size_t word = 0; word < left.size(); ++word) {
    for (uint64_t bits = mask[word]; bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<size_t>(__builtin_ctzll(bits));
      const std::string_view bytes = vocabulary.bytes(static_cast<TokenId>(word * 64 + bit));
      if (!bytes.empty() && is_left_out(bytes[0])) left[word] &= ~(uint64_t{1} << bit);
    }
    any |= left[word] != 0;
  }
  if (any) std::ranges::copy(left, mask.begin());
  return any;
}

}  // namespace

struct Matcher::Impl {
  Impl(const Grammar& shared_grammar, const Vocabulary& shared_vocabulary)
      : grammar(shared_grammar),
        vocabulary(shared_vocabulary),
        automaton(grammar.program()),
        masks(automaton, vocabulary),
        history{{.state = automaton.start()}} {}

  /// Where the text stood after each accept().
  struct Moment {
    StateId state;
    bool is_ended = false;
    Run run = Run::kNone;  ///< what the last byte is of
    size_t run_bytes = 0;
  };
  const Moment& now() const { return history.back(); }

  Moment moment_after(std::string_view bytes, StateId state) const {
    Moment next{.state = state, .run = now().run, .run_bytes = now().run_bytes};
    if (bytes.empty()) return next;
    next.run = run_of(bytes.back());
    size_t same = 0;
    while (same < bytes.size() && run_of(bytes[bytes.size() - 1 - same]) == next.run) ++same;
    next.run_bytes = same + (same == bytes.size() && next.run == now().run ? now().run_bytes : 0);
    return next;
  }

  /// Tells whether the run at the end is one of a number or between parts, and not of a string.
  bool is_in_open_run() const {
    if (now().run == Run::kNone) return false;
    const Node::Op op = now().run == Run::kDigits ? Node::Op::kNumber : Node::Op::kSpace;
    return std::ranges::any_of(automaton.places(now().state), [&](const Place& place) {
      return place.node != kNone && automaton.program().nodes[place.node].op == op;
    });
  }

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

void Matcher::mask_for_drawing(std::span<uint64_t> mask, size_t longest_run) {
  this->mask(mask);
  const Impl::Moment& now = impl_->now();
  if (longest_run == 0 || now.run_bytes < longest_run || now.is_ended || !impl_->is_in_open_run()) return;
  const Vocabulary& vocabulary = impl_->vocabulary;
  if (leave_out(vocabulary, mask, [&](char byte) { return run_of(byte) == now.run; })) return;
  // A number that is no number yet may lack a digit, but no further zero.
  if (now.run == Run::kDigits) leave_out(vocabulary, mask, [](char byte) { return byte == '0'; });
}

bool Matcher::accept(TokenId token) {
  const Vocabulary& vocabulary = impl_->vocabulary;
  if (token >= vocabulary.size() || is_ended()) return false;
  if (vocabulary.is_end(token)) {
    if (!is_complete()) return false;
    impl_->history.push_back({.state = impl_->now().state, .is_ended = true});
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
  impl_->history.push_back(impl_->moment_after(bytes, state));
  return true;
}

bool Matcher::is_complete() const { return impl_->automaton.is_complete(impl_->now().state); }

bool Matcher::is_finished() const { return is_ended() || impl_->automaton.is_finished(impl_->now().state); }

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
